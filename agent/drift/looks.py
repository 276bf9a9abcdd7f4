"""Reads two snapshots for a comparison, and tells what makes them hard to compare."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from agent.config import Config
from agent.run import gather
from agent.sources import Choice, Progress, open_source
from checks.context import Context
from checks.diagnosis.blind import blinding
from checks.drift.compare import Drift, drift_between
from checks.requirements import Scope
from collectors.graph.declared import Declared
from collectors.graph.errors import UsageError
from collectors.snapshot import Snapshot


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """A snapshot under the name that a person gave for it, and what is known from it."""

    name: str
    snapshot: Snapshot
    context: Context


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """Two looks, what differs between them, and what to mind when reading that."""

    before: Look
    after: Look
    drift: Drift
    notices: tuple[str, ...]

    @property
    def exit_code(self) -> int:
        """1: answers changed, or who asks; 3: none is known to have, but some could not be compared."""
        drift = self.drift
        if drift.answers or drift.observed or drift.came or drift.went:
            return 1
        return 3 if drift.incomparable or not drift.compared else 0


def compare_looks(before: str, after: str, config: Config, scope: Scope, progress: Progress) -> Comparison:
    """Compare two snapshots, files or folders. Raises AgentError for one that cannot be read."""
    first, second = (read_look(name, config, scope, progress) for name in (before, after))
    _refuse_nothing(first, second, scope)
    progress("comparing")
    return Comparison(
        before=first,
        after=second,
        drift=drift_between(first.context, second.context),
        notices=tuple(_notices(first, second)),
    )


def _refuse_nothing(before: Look, after: Look, scope: Scope) -> None:
    """Raise UsageError where neither look holds what is asked for, or requires any name, and could have seen it."""
    looks = [look.context for look in (before, after)]
    texts = {f'"{text}"' for text in (*scope.workspaces, *scope.subscriptions, *scope.networks)}
    missing = set(looks[0].required.unknown) & set(looks[1].required.unknown)
    asked = sorted(text for text in missing if text.partition(" ")[2] in texts)
    if any(blind for look in looks for blind in blinding(look.estate)):
        return
    if asked:
        raise UsageError(f"Neither A nor B holds {', '.join(asked)}: there is nothing to compare.")
    if not any(look.required.requirements for look in looks):
        raise UsageError("Neither A nor B holds a private endpoint whose names are required: nothing can be compared.")


def read_look(name: str, config: Config, scope: Scope, progress: Progress) -> Look:
    """Read a snapshot, file or folder. Raises AgentError for one that cannot be read.

    What it declares itself stands: the configuration of today must not hide that it was another one then.
    """
    with open_source(Choice(snapshot=name), config, scope, probe=False) as source:
        brought = source.read(progress).declared
        source = replace(source, declared=brought) if brought != Declared() else source
        snapshot, context, _ = gather(source, scope, progress)
    return Look(name=name, snapshot=snapshot, context=context)


def _notices(before: Look, after: Look) -> Iterator[str]:
    """What makes one look unlike the other, whatever happened to the estate."""
    old, new = before.snapshot, after.snapshot
    if old.header.cloud != new.header.cloud:
        yield f"A is of {old.header.cloud}, B of {new.header.cloud}: these are two estates, not one that changed."
    if old.header.tenant and new.header.tenant and old.header.tenant != new.header.tenant:
        yield f"A is of tenant {old.header.tenant}, B of {new.header.tenant}."
    elif old.header.identity and new.header.identity and old.header.identity != new.header.identity:
        yield "Another identity read B than A: what one may see, the other may not."
    yield from _scope_notice(before, after)
    if old.header.tool_version != new.header.tool_version:
        versions = f"{old.header.tool_version} and {new.header.tool_version}"
        yield f"Versions {versions} wrote them: a property that only one of them keeps shows as changed."
    if old.footer.finished > new.footer.finished:
        yield "A is the later look: what is told as a change goes back in time."


def _scope_notice(before: Look, after: Look) -> Iterator[str]:
    scopes = [{k: v for k, v in _asked_for(look).items() if v} for look in (before, after)]
    if scopes[0] != scopes[1]:
        told = " and B of ".join(_scope_text(scope) for scope in scopes)
        yield f"A is a look at {told}: what only one of them was to read shows as come or gone."


def _asked_for(look: Look) -> dict[str, list[str]]:
    """What a snapshot was asked to look at; a hand-made header may hold anything."""
    scope = look.snapshot.header.scope
    return {
        key: sorted(map(str, found)) if isinstance(found := scope.get(key), list) else []
        for key in ("workspaces", "subscriptions", "networks")
    }


def _scope_text(scope: dict[str, list[str]]) -> str:
    return "; ".join(f"{key} {', '.join(values)}" for key, values in scope.items()) or "everything"
