"""The POSTs that only read. Nothing but GET leaves without standing here and being switched on by name."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from urllib.parse import quote

from collectors.arm.kinds import KINDS
from collectors.graph.ids import ArmId


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadPost:
    """One POST. `switch` is the setting or option that allows it, `client` as in `Kind`, `why` the reason that it
    is a read. `action` is what the identity must be allowed beyond the Reader role.
    """

    name: str
    switch: str
    client: str
    path: str
    api_version: str
    why: str
    action: str = ""

    @property
    def url(self) -> str:
        """Path and query, exactly as they may leave."""
        return f"{self.path}?api-version={self.api_version}"


@dataclass(frozen=True, slots=True, kw_only=True)
class ResourcePost:
    """A POST that one resource of a kind answers. What may leave is one exact `ReadPost` for each resource."""

    name: str
    switch: str
    kind: str
    verb: str
    why: str

    @property
    def action(self) -> str:
        """What the identity must be allowed: the Reader role does not hold it."""
        return f"{KINDS[self.kind].type}/{self.verb}/action"

    def of(self, id: ArmId) -> ReadPost:
        """The POST to one resource. Raises ValueError unless the id is one of the kind and nothing but an id."""
        kind = KINDS[self.kind]
        if not _RESOURCE.fullmatch(id.text) or id.type.lower() != kind.type.lower():
            raise ValueError(f"not the id of one of the {kind.title}: {id.text!r}")
        return ReadPost(
            name=self.name,
            switch=self.switch,
            client=kind.client,
            path=f"{quote(id.text, safe=_UNQUOTED)}/{self.verb}",
            api_version=kind.api_version,
            why=self.why,
            action=self.action,
        )


# A resource in a group, and no more: no dot segment, no query, no escape that a server may read as one.
_RESOURCE = re.compile(
    r"/subscriptions/[0-9a-f-]{36}/resourceGroups/[\w.()-]*[\w()-]/providers/[A-Za-z]+\.[A-Za-z]+/[A-Za-z]+/[\w-]+",
    re.IGNORECASE,
)
_UNQUOTED = "/-._~()"

RESOURCE_GRAPH = ReadPost(
    name="resource-graph",
    switch="azure.use_resource_graph",
    client="privatedns",
    path="/providers/Microsoft.ResourceGraph/resources",
    api_version="2021-03-01",
    why="a query language without any statement that changes something; POST only because queries are long",
)

DIAGNOSE = ResourcePost(
    name="workspace-diagnosis",
    switch="--azure-diagnose",
    kind="workspace",
    verb="diagnose",
    why="Azure looks at the set-up of a workspace and tells what it finds; POST only because that takes a while",
)

READ_POSTS: Mapping[str, ReadPost | ResourcePost] = MappingProxyType(
    {post.name: post for post in (RESOURCE_GRAPH, DIAGNOSE)}
)
"""Every one by name. Resource Graph needs no action: it shows what the identity may read anyway.

A diagnosis needs its own, which a role for this program may leave out: without it a run is told so, and is whole.
"""
