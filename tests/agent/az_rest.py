"""Saves what a lab answers as a person does who calls `az rest` for one URL after the other."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

from agent.lab.estate import LabEstate
from agent.lab.world import LabWorld
from collectors.arm.kinds import KINDS, Kind, children


def save_answers(world: LabWorld, estate: LabEstate, folder: Path) -> None:
    """Every list from the subscriptions down, and every resource that is only read by its id."""
    for id in _save_list(world, folder, KINDS["subscription"], ""):
        _save_below(world, folder, "subscription", id)
    for kind, id in _by_reference(estate):
        (answer,) = _pages(world, id, kind.api_version)
        _write(folder / f"{id.lstrip('/')}.json", answer)
        _save_below(world, folder, kind.name, id)


def _by_reference(estate: LabEstate) -> Iterator[tuple[Kind, str]]:
    for document in estate.documents.values():
        if KINDS[document.kind].by_reference:
            yield KINDS[document.kind], document.id.text


def _save_below(world: LabWorld, folder: Path, parent: str, id: str) -> None:
    for kind in children(parent):
        for found in _save_list(world, folder, kind, id):
            _save_below(world, folder, kind.name, found)


def _save_list(world: LabWorld, folder: Path, kind: Kind, scope: str) -> list[str]:
    path = kind.path.format(scope=scope)
    ids = []
    for number, answer in enumerate(_pages(world, path, kind.api_version), start=1):
        page = f".{number}" if number > 1 else ""
        _write(folder / f"{path.lstrip('/')}{page}.json", answer)
        ids += [item["id"] for item in answer["value"] if not kind.single]
    return ids


def _pages(world: LabWorld, path: str, version: str) -> Iterator[Any]:
    token = world.credential.get_token("https://management.azure.com/.default").token
    url = f"{world.endpoint}{quote(path)}?api-version={version}"
    while url:
        request = urllib.request.Request(url, headers={"Authorization": f"Bearer {token}"})
        with urllib.request.urlopen(request, timeout=10) as answer:
            page = json.load(answer)
        yield page
        url = page.get("nextLink", "")


def _write(file: Path, answer: Any) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(answer, indent=2) + "\n", encoding="utf-8")
