"""Which list a file is: its path below the folder is the path of the URL that was asked.

`subscriptions/<id>/providers/Microsoft.Network/privateDnsZones.json`, further pages `privateDnsZones.2.json`.
Only so can an empty list say what there is none of.
"""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass
from urllib.parse import quote

from collectors.arm.kinds import KINDS, Kind
from collectors.graph.ids import ArmId

_NAME = re.compile(r"(?P<path>.+?)(?:\.(?P<page>[1-9]\d{0,5}))?\.jsonl?", re.IGNORECASE)
_GUID = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """The list of a kind at a scope (`""`: the tenant), or with a `by_reference` kind the resource `scope` itself."""

    kind: Kind
    scope: str

    @property
    def key(self) -> tuple[str, str]:
        """What it is compared by: ids know no case."""
        return self.kind.name, self.scope.lower()

    def holds(self, kind: Kind | None, id: ArmId) -> bool:
        """Whether a resource belongs into this list."""
        return kind is self.kind and id.key.startswith(f"{self.scope.lower()}/")

    @property
    def path(self) -> str:
        """The path of the URL."""
        return self.kind.path.format(scope=self.scope)

    @property
    def command(self) -> str:
        """What to run. The URL has no host: `az` then asks the cloud that it is signed in to."""
        url = f"{quote(self.path)}?api-version={self.kind.api_version}"
        return f"az rest --method get --url {shlex.quote(url)}"

    @property
    def action(self) -> str:
        """What to do when it is missing."""
        return f"save the answer of `{self.command}` as {self.path.lstrip('/')}.json"


def place(name: str) -> tuple[Listed, int] | None:
    """The list and the page that a file is by its path; None where the path says neither."""
    found = _NAME.fullmatch(name)
    segments = found["path"].split("/") if found else []
    starts = [number for number, segment in enumerate(segments) if segment.lower() == "subscriptions"]
    if not found or not starts:
        return None
    path = "/" + "/".join(segments[starts[0] :])
    for kind in KINDS.values():
        suffix = kind.path.removeprefix("{scope}")
        if suffix and path.lower().endswith(suffix.lower()) and _may_hold(kind, scope := path[: -len(suffix)]):
            return Listed(kind=kind, scope=scope), int(found["page"] or 1)
    return None


def subscription_named(name: str) -> str:
    """The scope of the one subscription whose id stands in a file's path, `""` for none, several, or a part of one."""
    if "resourcegroups" in name.lower().split("/"):
        return ""
    found = {guid.lower() for guid in _GUID.findall(name)}
    return f"/subscriptions/{found.pop()}" if len(found) == 1 else ""


def _may_hold(kind: Kind, scope: str) -> bool:
    if kind.parent is None:
        return not scope
    try:
        id = ArmId(scope)
    except ValueError:
        return False
    if kind.parent == "subscription":
        return bool(id.subscription) and id.key.count("/") == 2
    return id.type.lower() == KINDS[kind.parent].type.lower()
