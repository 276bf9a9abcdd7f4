"""Asking the lab's Resource Manager by plain HTTP, without any SDK in between."""

from __future__ import annotations

import json
from http.client import HTTPConnection
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from agent.lab.scenarios import CONNECTIVITY, ML_PROD
from agent.lab.world import LabWorld

HUB = f"/subscriptions/{CONNECTIVITY}"
SPOKES = f"/subscriptions/{ML_PROD}"
ZONES = f"{HUB}/providers/Microsoft.Network/privateDnsZones"
API_ZONE = f"{HUB}/resourceGroups/rg-dns/providers/Microsoft.Network/privateDnsZones/privatelink.api.azureml.ms"
AUDIENCE = "https://management.azure.com/.default"


class Reply(NamedTuple):
    status: int
    headers: dict[str, str]
    text: str

    @property
    def body(self) -> Any:
        return json.loads(self.text)

    @property
    def code(self) -> str:
        return str(self.body["error"]["code"])


def ask(
    world: LabWorld,
    target: str,
    *,
    method: str = "GET",
    token: str | None = None,
    timeout: float = 5,
    content: bytes | None = None,
    **headers: str,
) -> Reply:
    """One request; `token` None is a good one, `""` none at all."""
    if token is None:
        token = world.credential.get_token(AUDIENCE).token
    if token:
        headers["Authorization"] = f"Bearer {token}"
    connection = HTTPConnection(urlsplit(world.endpoint).netloc, timeout=timeout)
    try:
        connection.request(
            method, target, body=content, headers={name.replace("_", "-"): v for name, v in headers.items()}
        )
        response = connection.getresponse()
        sent = {name.lower(): value for name, value in response.getheaders()}
        return Reply(response.status, sent, response.read().decode())
    finally:
        connection.close()


def read(world: LabWorld, path: str, more: str = "") -> Reply:
    return ask(world, f"{path}?api-version=2024-06-01{more}")


def pages(world: LabWorld, path: str, more: str = "") -> list[list[Any]]:
    found, target = [], f"{path}?api-version=2024-06-01{more}"
    while target:
        page = ask(world, target).body
        found.append(page["value"])
        parts = urlsplit(page.get("nextLink", ""))
        assert parts.netloc in ("", urlsplit(world.endpoint).netloc)
        target = f"{parts.path}?{parts.query}" if parts.path else ""
    return found
