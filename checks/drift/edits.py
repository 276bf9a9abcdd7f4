"""What differs between two estates, each difference as one `Change`; what only Azure counts or stamps is none."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, Literal

from checks.diagnosis.blind import with_ancestors
from checks.resolution.path import Path
from collectors.arm.nodes import parse_document
from collectors.graph.declared import DeclaredServer
from collectors.graph.documents import AnyChange, Change, Document, Gap, ServerChange
from collectors.graph.estate import Estate
from collectors.graph.ids import ArmId, fqdn, relative
from collectors.graph.nodes import ZoneGroup
from collectors.graph.relations.base import covers

_STAMPS = frozenset({"etag", "systemdata", "numberofrecordsets", "numberofvirtualnetworklinks"})
"""Properties in lower case that change with every write, or with something else that is told itself."""

Word = Literal["added", "removed", "changed", "newly seen", "no longer seen"]

_KEYS = ("id", "name")  # by which the items of ARM's lists are told apart, whatever their order


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One dotted path at which a document differs; None where there is nothing."""

    path: str
    before: Any
    after: Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """One change between two looks, with the paths that differ.

    `hidden` are the gaps of the look that does not show the document: it may be there all the same.
    """

    change: AnyChange
    differences: tuple[Difference, ...] = ()
    hidden: tuple[Gap, ...] = ()

    @property
    def id(self) -> str:
        """The id of the document or declared server, as it is spelt."""
        return str(self.change.id)

    @property
    def word(self) -> Word:
        """What became of it. What may only be hidden is not said to have come or gone."""
        if self.change.before is None:
            return "newly seen" if self.hidden else "added"
        if self.change.after is None:
            return "no longer seen" if self.hidden else "removed"
        return "changed"


def edits_between(before: Estate, after: Estate) -> tuple[Edit, ...]:
    """Everything that differs, sorted by id."""
    found = [*_document_edits(before, after), *_server_edits(before, after)]
    return tuple(sorted(found, key=lambda edit: edit.id.lower()))


def _document_edits(before: Estate, after: Estate) -> Iterator[Edit]:
    for id in before.documents.keys() | after.documents.keys():
        old, new = before.documents.get(id), after.documents.get(id)
        if old and new:
            differences = tuple(differing(old.body, new.body))
            if differences:
                yield Edit(change=Change(id=new.id, before=old, after=new), differences=differences)
        elif document := old or new:
            hidden = _hiding(after if old else before, document)
            yield Edit(change=Change(id=document.id, before=old, after=new), hidden=hidden)


def _hiding(estate: Estate, document: Document) -> tuple[Gap, ...]:
    """The gaps that may hide a document from a look."""
    kinds = with_ancestors((document.kind,))
    return tuple(gap for gap in estate.gaps if gap.kind in kinds and covers(gap.scope, document.id))


def differing(before: Any, after: Any, path: str = "") -> Iterator[Difference]:
    """The paths at which two JSON values differ. Ids compare without case; items with an id or name in any order."""
    if before == after:  # asked first: most documents are the same
        return
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        yield from _differing_objects(before, after, path)
    elif isinstance(before, Sequence) and isinstance(after, Sequence) and not isinstance(before, str):
        yield from _differing_lists(before, after, path)
    elif not _is_same_id(before, after):
        yield Difference(path=path, before=before, after=after)


def _differing_objects(before: Mapping[str, Any], after: Mapping[str, Any], path: str) -> Iterator[Difference]:
    for key in sorted(before.keys() | after.keys()):
        if key.lower() not in _STAMPS:
            yield from differing(before.get(key), after.get(key), f"{path}.{key}" if path else key)


def _differing_lists(before: Sequence[Any], after: Sequence[Any], path: str) -> Iterator[Difference]:
    key = next((key for key in _KEYS if _tells_apart(key, before) and _tells_apart(key, after)), None)
    if key is None or isinstance(after, str):
        if len(before) != len(after) or any(True for pair in zip(before, after, strict=True) for _ in differing(*pair)):
            yield Difference(path=path, before=before, after=after)
        return
    old, new = ({str(item[key]).lower(): item for item in items} for items in (before, after))
    for name in sorted(old.keys() | new.keys()):
        yield from differing(old.get(name), new.get(name), f"{path}[{name.rpartition('/')[2]}]")


def _tells_apart(key: str, items: Sequence[Any]) -> bool:
    """Whether every item of a list has a key of its own."""
    named = [item.get(key) for item in items if isinstance(item, Mapping)]
    return len(named) == len(items) == len({str(name).lower() for name in named if isinstance(name, str)})


def _is_same_id(before: Any, after: Any) -> bool:
    both = isinstance(before, str) and isinstance(after, str)
    return both and before.startswith("/") and before.lower() == after.lower()


def _server_edits(before: Estate, after: Estate) -> Iterator[Edit]:
    old = {server.place: server for server in before.declared.servers}
    new = {server.place: server for server in after.declared.servers}
    for place in old.keys() | new.keys():
        was, now = old.get(place), new.get(place)
        old_one, new_one = _settled(was), _settled(now)
        if old_one != new_one:
            id = _server_id(before if was else after, was or now)
            both = differing(asdict(old_one), asdict(new_one)) if old_one and new_one else ()
            yield Edit(change=ServerChange(id=id, before=was, after=now), differences=tuple(both))


def _settled(server: DeclaredServer | None) -> DeclaredServer | None:
    """A server without the serials of the zones that it gave."""
    return server and replace(server, zones=tuple(replace(zone, serial=0) for zone in server.zones))


def _server_id(estate: Estate, server: DeclaredServer | None) -> str:
    assert server is not None  # one of both is there
    networks = estate.find_networks(server.network) if server.network else ()
    where = networks[0].id.text if networks else server.network or (f"site:{server.site}" if server.site else "")
    return f"server:{server.address}@{where}"


def below(edit: Edit, edits: Sequence[Edit]) -> tuple[Edit, ...]:
    """What came or went with a change: what it holds, and the records that its zone group writes.

    A zone is never deleted without its records and links, nor a zone group without its records.
    """
    held = (edit, *_held(edit, edits))
    written = {id for group in held for id in records_written(group)}
    if not written:
        return held[1:]
    here = {one.id for one in held}
    return (
        *held[1:],
        *(one for one in edits if one.id.lower() in written and one.id not in here and one.word != "changed"),
    )


def _held(edit: Edit, edits: Sequence[Edit]) -> Iterator[Edit]:
    """What came or went below what came or went."""
    change = edit.change
    if not isinstance(change, Change) or (change.before is not None and change.after is not None):
        return
    gone = change.after is None
    for other in edits:
        one = other.change
        if isinstance(one, Change) and is_above(change.id, one.id) and (one.after if gone else one.before) is None:
            yield other


def records_written(edit: Edit) -> frozenset[str]:
    """The ids, in lower case, of the records that only one side of a changed zone group writes."""
    if not isinstance(edit.change, Change):
        return frozenset()
    return frozenset(_written(edit.change.before) ^ _written(edit.change.after))


def _written(document: Document | None) -> set[str]:
    node = parse_document(document) if document and document.kind == "private-dns-zone-group" else None
    if not isinstance(node, ZoneGroup):
        return set()
    return {
        f"{config.zone.key}/{record.type.lower()}/{relative(fqdn(record.fqdn), config.zone.name.lower())}"
        for config in node.configs
        if config.zone
        for record in config.records
        if record.fqdn
    }


def is_above(id: ArmId, other: ArmId) -> bool:
    """Whether one resource holds another one."""
    return other.key.startswith(id.key + "/")


def touching(edits: Iterable[Edit], paths: Iterable[Path]) -> Iterator[Edit]:
    """The edits of what stands or decides on paths, or holds that."""
    on_path = {key for id in path_ids(paths) for key in with_holders(id)}
    return (edit for edit in edits if edit.id.lower() in on_path)


def path_ids(paths: Iterable[Path]) -> Iterator[str]:
    """The ids, in lower case, of the places on paths and of what decided there."""
    for path in paths:
        for hop in path.hops:
            yield hop.at.id.lower()
            if hop.decided_by:
                yield hop.decided_by.id.lower()


def with_holders(id: str) -> Iterator[str]:
    """An id and those of the resources that hold it; a resource group holds everything and so says nothing."""
    yield id
    if id.startswith("/"):
        one = ArmId(id)
        while "/" in one.type and is_above(one.parent, one):
            one = one.parent
            yield one.key
