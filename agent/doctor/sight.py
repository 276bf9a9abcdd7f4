"""Which subscriptions are seen, and which are only pointed to."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence

from agent.config import Config
from agent.doctor.results import Result, State
from collectors.graph.documents import Gap, Reason
from collectors.graph.estate import Estate
from collectors.graph.ids import ArmId
from collectors.graph.nodes import Subscription

_FEW = 3
_MANY = 10


def sight(estate: Estate, gaps: Sequence[Gap], config: Config) -> Iterator[Result]:
    """The visible subscriptions, those that were asked for and are not among them, and those that something needs."""
    visible = {node.id.subscription: node.name for node in estate.of_type(Subscription)}
    names = [f"{name} ({id})" if name else id for id, name in sorted(visible.items(), key=lambda item: item[1].lower())]
    more = f" and {len(names) - _MANY} more" if len(names) > _MANY else ""
    if names:
        text = f"{len(names)} visible: {', '.join(names[:_MANY])}{more}"
        yield Result(about="subscription", state=State.OK, text=text)
    else:
        yield Result(
            about="subscription",
            state=State.UNSEEN,
            text="none is visible to this identity",
            remedy="assign the role on the subscriptions, or on a management group over them",
        )
    asked = {id.lower() for id in config.azure.subscriptions} - visible.keys()
    wanted = {**dict.fromkeys(asked, "azure.subscriptions names it"), **_pointed_to(gaps, visible)}
    chosen = {id.lower() for id in config.azure.subscriptions}
    for id, why in sorted(wanted.items()):
        left_out = chosen and id not in chosen
        role = f"assign the role on /subscriptions/{id}"
        yield Result(
            about="subscription",
            state=State.UNSEEN,
            text=f"{id} is not {'read: azure.subscriptions leaves it out, and' if left_out else 'visible:'} {why}",
            remedy=f"add it to azure.subscriptions, and {role}" if left_out else role,
        )


def _pointed_to(gaps: Iterable[Gap], visible: Collection[str]) -> dict[str, str]:
    """The subscriptions of what something points to, with the first few things that do."""
    found: dict[str, list[str]] = defaultdict(list)
    for gap in gaps:
        id = ArmId(gap.scope).subscription if gap.scope.startswith("/subscriptions/") else ""
        thing, points, _ = gap.detail.partition(" points to it")
        if gap.reason is Reason.HIDDEN and points and id and id not in visible:
            found[id].append(thing)
    return {
        id: f"{', '.join(dict.fromkeys(things[:_FEW]))} point{'s' if len(set(things)) == 1 else ''} into it"
        for id, things in found.items()
    }
