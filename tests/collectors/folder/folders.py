"""Folders as somebody makes them with `az rest`, written by hand."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

SUBSCRIPTION = "aaaaaaaa-0000-4000-8000-000000000001"
SCOPE = f"/subscriptions/{SUBSCRIPTION}"
NETWORK = f"{SCOPE}/resourceGroups/rg-a/providers/Microsoft.Network"
RIGHTS = [{"actions": ["*/read"], "notActions": []}]


def write(folder: Path, name: str, value: Any) -> Path:
    """One file with one JSON text."""
    file = folder / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(value), encoding="utf-8")
    return file


def answer(*rows: Any, more: str = "") -> dict[str, Any]:
    """An answer of a list."""
    return {"value": list(rows), **({"nextLink": more} if more else {})}


def subscription() -> dict[str, Any]:
    """The subscription of these folders, as a list gives it."""
    return {"id": SCOPE, "subscriptionId": SUBSCRIPTION, "displayName": "a", "state": "Enabled", "tenantId": "t"}


def resource(type: str, name: str, group: str = "rg-a", **properties: Any) -> dict[str, Any]:
    """A resource of Microsoft.Network."""
    id = f"{SCOPE}/resourceGroups/{group}/providers/Microsoft.Network/{type}/{name}"
    return {"id": id, "name": name, "type": f"Microsoft.Network/{type}", "properties": properties}


def zone(name: str, group: str = "rg-a", **properties: Any) -> dict[str, Any]:
    """A private DNS zone."""
    return resource("privateDnsZones", name, group, **properties)


def below(parent: dict[str, Any], type: str, name: str, **properties: Any) -> dict[str, Any]:
    """A child of a resource."""
    return {
        "id": f"{parent['id']}/{type}/{name}",
        "name": name,
        "type": f"{parent['type']}/{type}",
        "properties": properties,
    }


def begun(folder: Path) -> None:
    """The subscription and what the identity may see of it."""
    write(folder, "subscriptions.json", answer(subscription()))
    write(folder, f"{SCOPE[1:]}/providers/Microsoft.Authorization/permissions.json", answer(*RIGHTS))
