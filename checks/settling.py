"""What Azure is still at work on: a finding about it may be over by itself in a minute, and nobody is woken for it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from checks.context import Context
from checks.finding import Violation
from collectors.graph.documents import Document
from collectors.graph.ids import ArmId

YOUNG = timedelta(minutes=15)
"""As long as this after its creation, where Azure tells it, what is about a resource may still settle."""

_AT_WORK = frozenset(
    {
        "accepted",
        "creating",
        "deleting",
        "inprogress",
        "pending",
        "preparing",
        "provisioning",
        "running",
        "updating",
    }
)
"""States of provisioning that end by themselves; one that nobody has seen is taken for final: it hides nothing."""


def is_settling(context: Context, violation: Violation) -> bool:
    """Whether something that a violation is about, or that decided on its path, is not yet what it is to become."""
    documents = (context.estate.documents.get(id) for id in _resources(violation))
    return any(is_at_work(document, context.now) for document in documents if document)


def is_at_work(document: Document, now: datetime) -> bool:
    """Whether a resource is in a state that ends by itself, or was created a moment ago."""
    properties = document.body.get("properties")
    held = properties if isinstance(properties, dict) else {}
    states = (held.get("provisioningState"), held.get("virtualNetworkLinkState"))
    if any(isinstance(state, str) and state.lower() in _AT_WORK for state in states):
        return True
    created = _created(document)
    return created is not None and timedelta(0) <= now - created < YOUNG


def _created(document: Document) -> datetime | None:
    told = document.body.get("systemData")
    text = told.get("createdAt") if isinstance(told, dict) else None
    try:
        moment = datetime.fromisoformat(text) if isinstance(text, str) else None
    except ValueError:
        return None
    return moment if moment and moment.tzinfo else None


def _resources(violation: Violation) -> Iterator[ArmId]:
    ids = [violation.subject.id, *(thing.id for thing in violation.related)]
    for hop in violation.path.hops if violation.path else ():
        ids += [thing.id for thing in (hop.at, hop.decided_by) if thing]
    for id in ids:
        try:
            yield ArmId(id)
        except ValueError:
            continue
