"""What a lab scenario is made of: full ARM documents, the DNS servers that run, and what is said of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields, replace
from enum import Enum

from collectors.graph.declared import DeclaredClient, DeclaredServer, Site
from collectors.graph.documents import AnyChange, Change, Document, ServerChange
from collectors.graph.ids import ArmId


class Side(Enum):
    """Which side of a DNS server a fault changes: the server that runs, or also what is declared of it."""

    BOTH = "both"
    SERVER_ONLY = "server only"


@dataclass(frozen=True, slots=True, kw_only=True)
class LabEstate:
    """One estate: `documents` hold bodies exactly as ARM would send them, nothing trimmed.

    `servers` are the custom DNS servers that really run, `declared` what the configuration says of them. `cloud`
    is a name of `collectors.graph.clouds`. `changed` is what was done to which document, `write` or `delete`.
    """

    documents: Mapping[ArmId, Document]
    servers: tuple[DeclaredServer, ...] = ()
    declared: tuple[DeclaredServer, ...] = ()
    clients: tuple[DeclaredClient, ...] = ()
    sites: tuple[Site, ...] = ()
    cloud: str = "AzureCloud"
    changed: Mapping[ArmId, str] = field(default_factory=dict)

    def with_changes(self, changes: tuple[AnyChange, ...], side: Side = Side.BOTH) -> LabEstate:
        """The estate after the changes; documents keep their order."""
        documents, changed = dict(self.documents), dict(self.changed)
        servers, declared = list(self.servers), list(self.declared)
        for change in changes:
            match change:
                case Change():
                    if not change.consequence:
                        changed[change.id] = "write" if change.after else "delete"
                    if change.after is None:
                        documents.pop(change.id, None)
                    else:
                        documents[change.id] = change.after
                case ServerChange():
                    _replace_server(servers, change)
                    if side is Side.BOTH:
                        _replace_server(declared, replace(change, after=_as_declared(change.after)))
        now = replace(self, documents=documents, servers=tuple(servers), declared=tuple(declared))
        return replace(now, changed=changed)


def _replace_server(servers: list[DeclaredServer], change: ServerChange) -> None:
    """By address and place: a server that runs and its declaration may differ already, one change fits both."""
    it = change.before or change.after
    if it is None:
        return
    place = (it.address, it.network, it.site)
    before = next((s for s in servers if (s.address, s.network, s.site) == place), None)
    others = [s for s in servers if s is not before]
    servers[:] = others if change.after is None else [*others, _still(before, change.after)]


def _still(before: DeclaredServer | None, after: DeclaredServer) -> DeclaredServer:
    """What a change says, of a server that goes on misbehaving if it did."""
    if before is None or isinstance(after, type(before)):
        return after
    return replace(before, **{field.name: getattr(after, field.name) for field in fields(DeclaredServer)})


def _as_declared(server: DeclaredServer | None) -> DeclaredServer | None:
    """The server without what no declaration says."""
    if server is None or type(server) is DeclaredServer:
        return server
    return DeclaredServer(**{field.name: getattr(server, field.name) for field in fields(DeclaredServer)})


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """A named thing that somebody did wrong. `changes` raises LookupError where the scenario has no such thing."""

    name: str
    sentence: str
    changes: Callable[[LabEstate], tuple[AnyChange, ...]]
    side: Side = Side.BOTH


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """A healthy architecture and the faults that make sense in it."""

    name: str
    title: str
    build: Callable[[], LabEstate]
    faults: Mapping[str, Fault]
