"""Whether the identity may read everything: by what ARM says of its rights, and by what reading really gave."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

from agent.doctor.results import Result, State
from checks.catalogue import CATALOGUE
from checks.diagnosis.blind import SOURCES_OF_REQUIREMENTS
from collectors.arm.kinds import KINDS, Kind
from collectors.arm.sight import grants, permissions_of
from collectors.graph.documents import Gap, Reason
from collectors.graph.estate import Estate
from collectors.graph.ids import ArmId
from collectors.graph.nodes import Subscription

_FEW = 3


def rights(estate: Estate, gaps: Sequence[Gap]) -> Iterator[Result]:
    """One result for each missing right, or one that says that none is missing."""
    lacking = _lacking(estate, gaps)
    for name in sorted(lacking, key=list(KINDS).index):
        kind = KINDS[name]
        yield Result(
            about="right",
            state=State.UNSEEN,
            text=f"{kind.action} is missing on {_listed(_names(estate, lacking[name]))}: {kind.title} are not seen",
            remedy=f'add "{kind.action}" to the actions of the role, or assign Reader there',
            blinds=blinded_by(name),
        )
    yield from _unread(gaps)
    seen = estate.of_type(Subscription)
    if seen and not lacking and all(permissions_of(estate, one) is not None for one in seen):
        count = len([kind for kind in KINDS.values() if not _is_tenants(kind)])
        yield Result(about="right", state=State.OK, text=f"all {count} read actions are granted on what is visible")


def blinded_by(kind: str) -> tuple[str, ...]:
    """The codes of the checks that cannot say that something is absent where a kind is not read.

    Those are all where names and their addresses come from it.
    """
    return tuple(check.code for check in CATALOGUE if kind in check.needs or kind in SOURCES_OF_REQUIREMENTS)


def _lacking(estate: Estate, gaps: Iterable[Gap]) -> dict[str, set[str]]:
    """The scopes on which a kind may not be read: subscriptions by their permissions, else where it was refused."""
    found: dict[str, set[str]] = defaultdict(set)
    covered: set[tuple[str, str]] = set()
    for subscription in estate.of_type(Subscription):
        rows = permissions_of(estate, subscription)
        for kind in KINDS.values():
            if rows is not None and not _is_tenants(kind) and not grants(rows, kind.action):
                found[kind.name].add(subscription.id.text)
                covered.add((kind.name, subscription.id.subscription))
    for gap in gaps:
        if gap.reason is Reason.FORBIDDEN and gap.kind in KINDS:
            subscription_id = ArmId(gap.scope).subscription if gap.scope.startswith("/subscriptions/") else ""
            if (gap.kind, subscription_id) not in covered:
                found[gap.kind].add(gap.scope)
    return found


def _is_tenants(kind: Kind) -> bool:
    """Listing subscriptions needs no right, and seeing one's own rights neither."""
    return kind.parent is None or kind.name == "permissions"


def _unread(gaps: Iterable[Gap]) -> Iterator[Result]:
    """What could not be read although nobody forbade it."""
    for gap in gaps:
        if gap.kind in KINDS and gap.reason not in (Reason.FORBIDDEN, Reason.HIDDEN, Reason.NOT_ASKED):
            yield Result(
                about="reading",
                state=State.UNSEEN,
                text=f"{KINDS[gap.kind].title} of {gap.scope}: {gap.reason.value}, {gap.detail}",
                remedy=gap.action,
                blinds=blinded_by(gap.kind),
            )


def _names(estate: Estate, scopes: Iterable[str]) -> list[str]:
    return sorted(_name(estate, scope) for scope in scopes)


def _name(estate: Estate, scope: str) -> str:
    """A subscription by its name and id, else the scope as it is."""
    node = estate.get(Subscription, ArmId(scope)) if scope.count("/") == 2 else None
    return f"subscription {node.name or node.id.subscription} ({node.id.subscription})" if node else scope


def _listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - _FEW} more" if len(names) > _FEW else ""
    return ", ".join(names[:_FEW]) + more
