"""What the configuration leaves out of a run. What is left out is told, so that nobody takes it for absent."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase

from collectors.graph.documents import Document
from collectors.graph.ids import ArmId


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Excluded:
    """Something that was seen and left out. `rule` is the exclusion, `""`: not among those asked for."""

    id: ArmId
    rule: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """`subscriptions` are ids or names (none: all). `exclude` are globs, compared without case.

    An exclusion matches the id or name of a subscription, the resource group, the name or the id of a resource.
    """

    subscriptions: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()

    def left_out(self, document: Document) -> Excluded | None:
        """Why a subscription or a resource directly below one is left out; None when it is not.

        Children follow their parents and are not asked here: a glob on names would take records out of a zone
        that is otherwise there, and they would look missing.
        """
        names = list(_names(document))
        if document.kind == "subscription" and self.subscriptions and not self._is_chosen(names):
            return Excluded(id=document.id, rule="")
        for rule in self.exclude:
            if any(fnmatchcase(name, rule.lower()) for name in names):
                return Excluded(id=document.id, rule=rule)
        return None

    def unseen(self, subscriptions: list[Document]) -> list[str]:
        """The subscriptions that were asked for and are not among those listed."""
        listed = {name for document in subscriptions for name in _names(document)}
        return [wanted for wanted in self.subscriptions if wanted.lower().rstrip("/") not in listed]

    def _is_chosen(self, names: list[str]) -> bool:
        return any(wanted.lower().rstrip("/") in names for wanted in self.subscriptions)


def _names(document: Document) -> Iterator[str]:
    yield document.id.key
    yield document.id.name.lower()
    if document.kind == "subscription":
        yield str(document.body.get("displayName", "")).lower()
    elif document.id.resource_group:
        yield document.id.resource_group.lower()
