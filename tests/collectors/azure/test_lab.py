"""The real clients and the real credential chain against the embedded Azure, healthy and with each of its faults."""

from __future__ import annotations

import time
from collections.abc import Callable
from urllib.parse import urlsplit

import pytest

from agent.lab.arm_faults import Behaviour, parse_arm_fault
from agent.lab.scenarios import build
from agent.lab.world import LabWorld
from collectors.arm.kinds import KINDS, trim
from collectors.azure.credential import open_credential
from collectors.azure.session import Session
from collectors.azure.walk import Collected, collect
from collectors.graph.clouds import CLOUDS
from collectors.graph.documents import Reason
from tests.collectors.azure.conftest import NOW

CollectLab = Callable[[LabWorld], Collected]

EXPECTED = {
    "forbidden": Reason.FORBIDDEN,
    "not-found": Reason.NOT_FOUND,
    "throttled(86400)": Reason.REFUSED,
    "server-error": Reason.FAILED,
    "broken-json": Reason.MALFORMED,
    "foreign-next-link": Reason.REFUSED,
    "looping-next-link": Reason.REFUSED,
    "redirect": Reason.REFUSED,
    "registration": Reason.REFUSED,
    "cut": Reason.FAILED,
}


@pytest.fixture
def collect_lab(monkeypatch: pytest.MonkeyPatch) -> CollectLab:
    """A walk over a running lab, through its managed-identity endpoint."""

    def run(world: LabWorld) -> Collected:
        for name, value in world.environment.items():
            monkeypatch.setenv(name, value)
        cloud = CLOUDS["AzureCloud"]
        with (
            open_credential("", cloud) as credential,
            Session(credential, cloud, endpoint=world.endpoint, backoff=0.001) as session,
        ):
            return collect(session, progress=lambda text: None, now=lambda: NOW)

    return run


@pytest.mark.parametrize("scenario", ["hub-spoke", "azure-dns"])
@pytest.mark.parametrize("page_size", [2, 1000])
def test_a_healthy_estate_is_read_as_it_is(scenario: str, page_size: int, collect_lab: CollectLab) -> None:
    """Every document, once, trimmed, with no gap, by GET from one host."""
    estate = build(scenario)
    with LabWorld(estate, page_size=page_size) as world:
        collected = collect_lab(world)
        requests = list(world.requests)
    assert collected.gaps == ()
    found = {document.id: document for document in collected.documents if document.kind != "permissions"}
    assert set(found) == {arm_id for arm_id, document in estate.documents.items() if document.kind != "permissions"}
    for arm_id, document in found.items():
        assert document.body == trim(KINDS[document.kind], estate.documents[arm_id].body)[0]
    assert {request.method for request in requests} == {"GET"}
    assert {request.host for request in requests} == {urlsplit(world.endpoint).netloc}


@pytest.mark.parametrize(("fault", "reason"), EXPECTED.items())
def test_a_fault_on_one_kind_leaves_gaps_of_that_kind_only(fault: str, reason: Reason, collect_lab: CollectLab) -> None:
    with LabWorld(build("hub-spoke"), faults=(parse_arm_fault(f"{fault}:private-dns-zone"),)) as world:
        started = time.monotonic()
        collected = collect_lab(world)
        requests = list(world.requests)
    assert time.monotonic() - started < 20
    assert {(gap.kind, gap.reason) for gap in collected.gaps} == {("private-dns-zone", reason)}
    assert {request.method for request in requests} == {"GET"}
    assert len({request.host for request in requests}) == 1


def test_a_hidden_subscription_is_not_in_the_documents(collect_lab: CollectLab) -> None:
    estate = build("hub-spoke")
    hidden = next(document.id for document in estate.documents.values() if document.kind == "private-dns-zone")
    scope = f"/subscriptions/{hidden.subscription}"
    with LabWorld(estate, faults=(parse_arm_fault(f"hidden:{scope}"),)) as world:
        collected = collect_lab(world)
        asked = [request.path for request in world.requests]
    assert not [document for document in collected.documents if document.id.subscription == hidden.subscription]
    assert [path for path in asked if path.lower().startswith(scope)] == [scope]  # whose it is, and no more


def test_a_subscription_of_another_tenant_is_told_as_one(collect_lab: CollectLab) -> None:
    estate = build("hub-spoke")
    hidden = next(document.id for document in estate.documents.values() if document.kind == "private-dns-zone")
    scope = f"/subscriptions/{hidden.subscription}"
    with LabWorld(estate, faults=(parse_arm_fault(f"foreign-tenant:{scope}"),)) as world:
        collected = collect_lab(world)
    assert [(gap.kind, gap.scope, gap.reason) for gap in collected.gaps] == [("subscription", scope, Reason.FOREIGN)]
    assert not [document for document in collected.documents if document.id.subscription == hidden.subscription]


def test_passing_trouble_leaves_no_trace(collect_lab: CollectLab) -> None:
    estate = build("hub-spoke")
    faults = tuple(
        parse_arm_fault(text)
        for text in (
            "server-errorx2:zone-link",
            "throttled(1)x1:workspace",
            "cutx1:record-set",
            "slow(0.1):permissions",
        )
    )
    with LabWorld(estate) as healthy, LabWorld(estate, faults=faults) as troubled:
        assert collect_lab(troubled) == collect_lab(healthy)


def test_every_fault_that_the_lab_knows_is_tried_here() -> None:
    tried = {text.partition("(")[0] for text in EXPECTED} | {"hidden", "foreign-tenant", "slow"}
    assert tried == {str(behaviour) for behaviour in Behaviour} - {"partial"}  # a success that hides something
