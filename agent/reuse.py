"""`--reuse`: what a former run of the same identity read stands in for what this one need not read."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta

from agent.ages import age_text, reused_of
from agent.state import Reader, StateDirectory
from collectors.graph.errors import SinkError
from collectors.reuse import Former, Place, fill, is_whole
from collectors.snapshot import Header, Snapshot

Notice = Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reuse:
    """What `--reuse AGE` allows a run. `notice` tells a person in one line what came of it."""

    age: timedelta
    directory: StateDirectory
    notice: Notice

    def former(self, header: Header, endpoint: str) -> Former | None:
        """What is known from before: by the same reader, with the same scope of reading, of this very version."""
        if not header.identity:
            self.notice("nothing can be reused or kept: the token does not say who reads.")
            return None
        oldest = header.started - self.age
        try:
            for snapshot in self.directory.kept(_reader(header, endpoint), oldest, header.started):
                if _is_alike(snapshot.header, header):
                    return Former(snapshot.documents, snapshot.gaps, oldest, snapshot.footer.removed)
        except SinkError as error:
            self.notice(str(error))
        self.notice(
            f"nothing to reuse: {self.directory.path} holds no whole reading by this identity, of the same [azure] "
            f"selection and version, that is less than {age_text(self.age)} old."
        )
        return None

    def filled(self, snapshot: Snapshot, asked: Collection[Place], former: Former | None) -> Snapshot:
        """The snapshot, with what the former reading knew in the place of what this run did not ask."""
        if former is None:
            return snapshot
        filled = fill(snapshot.documents, snapshot.gaps, asked, former)
        footer = replace(snapshot.footer, removed=_joined(snapshot.footer.removed, former.removed))
        made = replace(snapshot, documents=filled.documents, gaps=filled.gaps, footer=footer)
        reused = reused_of(made)
        if reused:
            self.notice(f"{reused.text(snapshot.footer.finished)}.")
        return made

    def keep(self, snapshot: Snapshot, asked: Collection[Place], endpoint: str) -> None:
        """Keep a whole reading. One of a workspace's closure is not kept: it would replace more than it holds."""
        if not snapshot.header.identity or not is_whole(snapshot.documents, asked):
            return
        try:
            self.directory.keep(_reader(snapshot.header, endpoint), snapshot)
        except SinkError as error:
            self.notice(f"this reading is not kept for later: {error}")


def _reader(header: Header, endpoint: str) -> Reader:
    return Reader(cloud=header.cloud, endpoint=endpoint, tenant=header.tenant, identity=header.identity)


def _joined(one: Mapping[str, tuple[str, ...]], other: Mapping[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
    return {kind: tuple(sorted({*one.get(kind, ()), *other.get(kind, ())})) for kind in sorted({*one, *other})}


def _is_alike(former: Header, header: Header) -> bool:
    """Whether two runs read the same things and kept the same of them."""
    return former.tool_version == header.tool_version and former.scope.get("azure") == header.scope.get("azure")
