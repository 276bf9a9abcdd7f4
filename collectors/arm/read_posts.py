"""The POSTs that only read. Nothing but GET leaves without standing here and being switched on by name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadPost:
    """One POST. `switch` is the setting that allows it, `client` as in `Kind`, `why` the reason that it is a read."""

    name: str
    switch: str
    client: str
    path: str
    api_version: str
    why: str

    @property
    def url(self) -> str:
        """Path and query, exactly as they may leave."""
        return f"{self.path}?api-version={self.api_version}"


RESOURCE_GRAPH = ReadPost(
    name="resource-graph",
    switch="azure.use_resource_graph",
    client="privatedns",
    path="/providers/Microsoft.ResourceGraph/resources",
    api_version="2021-03-01",
    why="a query language without any statement that changes something; POST only because queries are long",
)

READ_POSTS: Mapping[str, ReadPost] = MappingProxyType({post.name: post for post in (RESOURCE_GRAPH,)})
"""Every one by name. Roles need no action for them: each shows what the identity may read anyway."""
