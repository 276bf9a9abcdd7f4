"""Azure's own diagnosis through the real SDK pipeline: what may leave, how long we wait, and each way to fail."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import pytest

from collectors.arm.read_posts import DIAGNOSE
from collectors.azure.diagnose import ONLY_DNS, Patience, diagnose, posts_of
from collectors.azure.errors import ReadError
from collectors.azure.policies import Waits
from collectors.graph.documents import Reason
from collectors.graph.ids import ArmId
from collectors.graph.workspace_diagnosis import MOST_REMARKS, WORKSPACE_DIAGNOSIS, Remark, WorkspaceDiagnosis
from tests.collectors.azure.arm_server import SUBSCRIPTION, ArmServer, Reply, failed
from tests.collectors.azure.conftest import NOW, MakeSession

WORKSPACES = f"{SUBSCRIPTION}/resourceGroups/rg-ml/providers/Microsoft.MachineLearningServices/workspaces"
ONE, TWO = ArmId(f"{WORKSPACES}/mlw-one"), ArmId(f"{WORKSPACES}/mlw-two")
STATUS = f"{SUBSCRIPTION}/providers/Microsoft.MachineLearningServices/locations/westeurope/workspaceOperationsStatus"
QUICK = Patience(workspace=2.0, run=5.0, between=0.01)
CUSTOM = {"code": "CustomDnsInUse", "level": "Warning", "message": "It is detected VNet 'x'"}


def results(*found: Any) -> Reply:
    return Reply(body={"value": {"dnsResolutionResults": list(found)}})


def accepted(location: str, **headers: str) -> Reply:
    return Reply(status=202, body=b"", headers={"Location": location, "Retry_After": "0", **headers})


@pytest.fixture
def ask(server: ArmServer, make_session: MakeSession) -> Any:
    """Diagnose some workspaces in a session that was opened for them."""

    def asked(
        *ids: ArmId, patience: Patience = QUICK, posts: Iterable[ArmId] | None = None, **options: Any
    ) -> tuple[WorkspaceDiagnosis, ...]:
        session = make_session(posts=posts_of(ids if posts is None else posts), **options)
        return diagnose(session, ids, now=lambda: NOW, patience=patience)

    return asked


def sent(server: ArmServer) -> list[tuple[str, str]]:
    return [(seen.method, seen.path) for seen in server.seen if not seen.path.startswith("/msi")]


def url(id: ArmId) -> str:
    return f"{id.text}/diagnose?api-version={DIAGNOSE.of(id).api_version}"


def test_it_is_begun_once_and_looked_at_until_it_is_done(server: ArmServer, ask: Any) -> None:
    """As recorded: 202 without a body, only a Location, then 200. The same place may be named again."""
    place = f"{STATUS}/a?api-version=2022-05-01&type=location"
    server.on(f"{ONE}/diagnose", accepted(server.url + place))
    server.on(place, accepted(server.url + place), results(CUSTOM))
    (found,) = ask(ONE)
    assert found == WorkspaceDiagnosis(workspace=ONE, asked_at=NOW, remarks=(Remark(**CUSTOM),))
    assert sent(server) == [("POST", url(ONE)), ("GET", place), ("GET", place)]


def test_only_dns_is_asked_about() -> None:
    assert ONLY_DNS == {"value": {"dnsResolution": {}}}


def test_an_answer_at_once_is_one_too_and_no_remark_means_that_azure_sees_nothing(server: ArmServer, ask: Any) -> None:
    server.on(f"{ONE}/diagnose", results())
    assert ask(ONE) == (WorkspaceDiagnosis(workspace=ONE, asked_at=NOW),)


def test_several_workspaces_are_asked_about_at_the_same_time(server: ArmServer, ask: Any) -> None:
    """One failing says nothing of the other; the result is sorted, each workspace once."""
    for id in (ONE, TWO):
        server.on(f"{id}/diagnose", accepted(f"{server.url}{STATUS}/{id.name}", Retry_After="1"))
    server.on(f"{STATUS}/{ONE.name}", results())
    server.on(f"{STATUS}/{TWO.name}", failed(500, "InternalServerError"))
    started = time.monotonic()
    one, two = ask(TWO, ONE, TWO)
    assert time.monotonic() - started < 1.9
    assert (one.workspace, one.gap, two.workspace) == (ONE, None, TWO)
    assert two.gap is not None
    assert two.gap.reason is Reason.FAILED


@pytest.mark.parametrize(
    ("reply", "reason", "detail"),
    [
        (failed(403, "AuthorizationFailed"), Reason.FORBIDDEN, "the answer was 403 AuthorizationFailed"),
        (failed(404, "ResourceNotFound"), Reason.NOT_FOUND, "the answer was 404 ResourceNotFound"),
        (failed(500, "InternalServerError"), Reason.FAILED, "the answer was 500 InternalServerError"),
        (failed(400, "BadRequest"), Reason.FAILED, "the answer was 400 BadRequest"),
        (failed(307, Location="https://elsewhere.invalid/"), Reason.REFUSED, "redirects are not followed"),
        (failed(409, "MissingSubscriptionRegistration"), Reason.REFUSED, "not registered here"),
        (Reply(body=b"{"), Reason.MALFORMED, "not valid JSON"),
        (Reply(body=[]), Reason.MALFORMED, "no results about DNS"),
        (Reply(body={"value": {}}), Reason.MALFORMED, "no results about DNS"),
        (Reply(body={"value": {"dnsResolutionResults": {}}}), Reason.MALFORMED, "no results about DNS"),
        (results("text"), Reason.MALFORMED, "has no code"),
        (results({"level": "Error"}), Reason.MALFORMED, "has no code"),
        (results({"code": 7}), Reason.MALFORMED, "the code of a result about DNS is not text"),
        (results({"code": "x", "message": []}), Reason.MALFORMED, "the message of a result about DNS is not text"),
        (results(*[CUSTOM] * (MOST_REMARKS + 1)), Reason.MALFORMED, "more than 50 results"),
        (Reply(status=202, body=b""), Reason.MALFORMED, "does not say where its result will be"),
        (accepted("/relative"), Reason.REFUSED, "leads away from 127.0.0.1, and was not asked"),
        (accepted("https://elsewhere.invalid/x"), Reason.REFUSED, "leads away from 127.0.0.1, and was not asked"),
        (accepted("http://127.0.0.1@elsewhere.invalid/"), Reason.REFUSED, "leads away"),
        (accepted("http://127.0.0.1/" + "x" * 5000), Reason.MALFORMED, "does not say where its result will be"),
        (accepted("http://127.0.0.1/x", Retry_After="600"), Reason.TIMED_OUT, "asks for another 600 s"),
        (failed(429, "TooManyRequests", Retry_After="600"), Reason.TIMED_OUT, "asks for another 600 s"),
    ],
)
def test_whatever_goes_wrong_is_a_gap(server: ArmServer, ask: Any, reply: Reply, reason: Reason, detail: str) -> None:
    server.on(f"{ONE}/diagnose", reply)
    (found,) = ask(ONE)
    assert found.remarks == ()
    assert (found.gap.kind, found.gap.scope, found.gap.reason) == (WORKSPACE_DIAGNOSIS, ONE.text, reason)
    assert detail in found.gap.detail
    assert {path for _, path in sent(server)} == {url(ONE)}


def test_a_missing_right_is_told_with_the_action_to_grant(server: ArmServer, ask: Any) -> None:
    server.on(f"{ONE}/diagnose", failed(403, "AuthorizationFailed"))
    (found,) = ask(ONE)
    assert found.gap.action == (
        f"grant Microsoft.MachineLearningServices/workspaces/diagnose/action on {ONE}, "
        "which the Reader role does not hold"
    )


def test_places_that_lead_back_to_one_that_was_left_are_a_loop(server: ArmServer, ask: Any) -> None:
    here, there = f"{STATUS}/here", f"{STATUS}/there"
    server.on(f"{ONE}/diagnose", accepted(server.url + here))
    server.on(here, accepted(server.url + there))
    server.on(there, accepted(server.url + here))
    (found,) = ask(ONE)
    assert (found.gap.reason, found.gap.detail) == (Reason.REFUSED, "the places of the result form a loop")
    assert len(sent(server)) == 3


def test_a_diagnosis_that_never_ends_is_given_up(server: ArmServer, ask: Any) -> None:
    """Even where the endpoint wants to be asked without a pause: there is one, and an end."""
    place = f"{STATUS}/never"
    server.on(f"{ONE}/diagnose", accepted(server.url + place))
    server.on(place, accepted(server.url + place))
    started = time.monotonic()
    (found,) = ask(ONE, patience=Patience(workspace=0.5, run=5.0, between=0.1))
    assert time.monotonic() - started < 2
    assert found.gap.reason is Reason.TIMED_OUT
    assert "had not finished" in found.gap.detail
    assert len(sent(server)) < 8


def test_being_asked_too_often_is_waited_for(server: ArmServer, ask: Any) -> None:
    server.on(f"{ONE}/diagnose", failed(429, "TooManyRequests", Retry_After="0"), results(CUSTOM))
    (found,) = ask(ONE)
    assert found.remarks == (Remark(**CUSTOM),)


def test_no_answer_in_time_is_a_gap(server: ArmServer, ask: Any) -> None:
    server.on(f"{ONE}/diagnose", Reply(body={}, delay=1.0))
    (found,) = ask(ONE, read_timeout=0.2)
    assert found.gap.reason is Reason.TIMED_OUT


def test_waiting_stays_within_what_a_run_may_wait(server: ArmServer, ask: Any) -> None:
    server.on(f"{ONE}/diagnose", accepted(f"{server.url}{STATUS}/x", Retry_After="1"))
    (found,) = ask(ONE, waits=Waits(total=0.5))
    assert "of waiting that a run may do are used up" in found.gap.detail


def test_when_the_time_of_a_run_is_used_up_nothing_more_is_sent(server: ArmServer, ask: Any) -> None:
    (found,) = ask(ONE, patience=Patience(run=0.0))
    assert (found.gap.reason, sent(server)) == (Reason.NOT_ASKED, [])


def test_texts_are_cut_and_on_one_line(server: ArmServer, ask: Any) -> None:
    server.on(
        f"{ONE}/diagnose", results({"code": "a\x1b[31m\nb" + "c" * 500, "level": "L" * 99, "message": "é\u202e" * 9999})
    )
    (found,) = ask(ONE)
    (remark,) = found.remarks
    assert remark.code.startswith("a [31m b")
    assert (len(remark.code), len(remark.level), len(remark.message)) == (80, 20, 1000)
    assert (remark.code + remark.level + remark.message).isprintable()


def test_a_remark_needs_only_a_code(server: ArmServer, ask: Any) -> None:
    server.on(f"{ONE}/diagnose", results({"code": "Odd", "level": None}))
    (found,) = ask(ONE)
    assert found.remarks == (Remark(code="Odd", level="", message=""),)


def test_without_the_switch_nothing_leaves(server: ArmServer, ask: Any) -> None:
    (found,) = ask(ONE, posts=())
    assert found.gap.detail == "a POST was not sent: this tool only reads"
    assert sent(server) == []


def test_what_is_switched_on_for_one_workspace_lets_nothing_else_leave(
    server: ArmServer, make_session: MakeSession
) -> None:
    session = make_session(posts=posts_of([ONE]))
    server.on(f"{ONE}/diagnose", results())
    session.post(DIAGNOSE.of(ONE), ONLY_DNS)
    own = DIAGNOSE.of(ONE)
    for path in (
        f"{TWO}/diagnose",
        f"{ONE}/Diagnose",
        f"{ONE}/diagnose/",
        f"{ONE}/listKeys",
        f"{ONE}/diagnose/../listKeys",
        f"{ONE}/resyncKeys?x=/diagnose",
        f"{ONE}",
        f"{ONE}%2FlistKeys/diagnose",
        f"https://elsewhere.invalid{ONE}/diagnose",
    ):
        with pytest.raises(ReadError) as caught:
            session.post(replace(own, path=path), ONLY_DNS)
        assert caught.value.reason is Reason.REFUSED
    assert sent(server) == [("POST", url(ONE))]


@pytest.mark.parametrize(
    "text",
    [
        f"{WORKSPACES}/a/computes/b",
        f"{WORKSPACES}/..",
        f"{WORKSPACES}/a?x=1",
        f"{WORKSPACES}/a#b",
        f"{WORKSPACES}/a%2FlistKeys",
        f"{WORKSPACES}/a b",
        WORKSPACES,
        f"{SUBSCRIPTION}/resourceGroups/../providers/Microsoft.MachineLearningServices/workspaces/a",
        f"{SUBSCRIPTION}/resourceGroups/./providers/Microsoft.MachineLearningServices/workspaces/a",
        f"{SUBSCRIPTION}/resourceGroups/rg/providers/Microsoft.Network/virtualNetworks/a",
        "/subscriptions/x/resourceGroups/rg/providers/Microsoft.MachineLearningServices/workspaces/a",
    ],
)
def test_only_the_id_of_a_workspace_gets_a_post(server: ArmServer, ask: Any, text: str) -> None:
    assert posts_of([ArmId(text)]) == ()
    (found,) = ask(ArmId(text))
    assert (found.gap.reason, sent(server)) == (Reason.NOT_ASKED, [])


def test_a_group_with_letters_of_another_script_is_asked_as_it_is(server: ArmServer, ask: Any) -> None:
    id = ArmId(f"{SUBSCRIPTION}/resourceGroups/rg-größe(1)/providers/Microsoft.MachineLearningServices/workspaces/a")
    path = id.text.replace("ö", "%C3%B6").replace("ß", "%C3%9F")
    server.on(f"{path}/diagnose", results(CUSTOM))
    (found,) = ask(id)
    assert found.remarks == (Remark(**CUSTOM),)
