"""Every kind and every way in which reading it fails: the gap says so, and nothing looks like an empty list.

`pytest -rP` shows the whole matrix.
"""

from __future__ import annotations

import pytest

from collectors.arm.kinds import KINDS, Kind
from collectors.azure.listing import Ask, Listing
from collectors.azure.schedule import Schedule
from collectors.graph.documents import Reason
from tests.collectors.azure.arm_server import GROUP, SUBSCRIPTION, ArmServer, Reply, failed
from tests.collectors.azure.conftest import NOW, MakeSession

BEHAVIOURS = {
    "403": (failed(403, "AuthorizationFailed"), Reason.FORBIDDEN),
    "404 of the group": (failed(404, "ResourceGroupNotFound"), Reason.NOT_FOUND),
    "hidden": (failed(404, "SubscriptionNotFound"), Reason.NOT_FOUND),
    "429 forever": (failed(429, "TooManyRequests", retry_after_ms="1"), Reason.THROTTLED),
    "429 for a day": (failed(429, "TooManyRequests", Retry_After="86400"), Reason.REFUSED),
    "500 forever": (failed(500, "InternalServerError"), Reason.FAILED),
    "timeout": (Reply(body={"value": []}, delay=0.5), Reason.TIMED_OUT),
    "broken JSON": (Reply(body=b'{"value": ['), Reason.MALFORMED),
    "cut body": (Reply(body={"value": []}, missing=10), Reason.FAILED),
    "no list": (Reply(body={"code": "x"}), Reason.MALFORMED),
    "registered in part": (failed(409, "MissingRegistrationForType"), Reason.REFUSED),
}


def question(kind: Kind) -> Ask:
    """A list below a parent of the right type, or a resource by its id."""
    parent = KINDS.get(kind.parent or "")
    if kind.by_reference:
        return Ask(kind, resource(kind), one=True)
    if parent is None or kind.parent == "subscription":
        return Ask(kind, "" if parent is None else SUBSCRIPTION)
    return Ask(kind, resource(parent))


def resource(kind: Kind) -> str:
    """The id of some resource of a kind."""
    provider, *types = kind.type.split("/")
    return "/".join([GROUP, "providers", provider, *(part for name in types for part in (name, "x"))])


def asked(server: ArmServer, make_session: MakeSession, reply: Reply) -> dict[str, Listing]:
    """What each kind gives when all of them are answered so."""
    questions = [question(kind) for kind in KINDS.values()]
    for ask in questions:
        server.on(ask.url, reply)
    found: dict[str, Listing] = {}

    def keep(listing: Listing) -> tuple[Ask, ...]:
        found[listing.ask.kind.name] = listing
        return ()

    Schedule(make_session(read_timeout=0.1 if reply.delay else 10.0), lambda: NOW).run(questions, keep)
    return found


@pytest.mark.parametrize("behaviour", BEHAVIOURS)
def test_a_kind_that_cannot_be_read_is_a_gap_with_the_reason(
    behaviour: str, server: ArmServer, make_session: MakeSession
) -> None:
    reply, reason = BEHAVIOURS[behaviour]
    found = asked(server, make_session, reply)
    assert set(found) == set(KINDS)
    for name, listing in found.items():
        print(f"{name:28} {behaviour:20} {' '.join(gap.reason for gap in listing.gaps)}")  # noqa: T201
        (gap,) = listing.gaps
        assert (gap.kind, gap.scope, gap.reason) == (name, listing.ask.scope or "/", reason)
        assert listing.documents == ()
        assert not listing.unregistered
    assert {seen.method for seen in server.seen} == {"GET"}


def test_an_empty_list_is_no_gap_and_an_empty_resource_is_one(server: ArmServer, make_session: MakeSession) -> None:
    for name, listing in asked(server, make_session, Reply(body={"value": []})).items():
        expected = [Reason.MALFORMED] if KINDS[name].by_reference else []
        assert [gap.reason for gap in listing.gaps] == expected
        assert len(listing.documents) == KINDS[name].single  # no rights are a document, too
