"""A record's writer is called gone only where that is proved: what could not be seen may live."""

from __future__ import annotations

from typing import Any

import pytest

from agent.lab.estate import LabEstate
from checks.runner import Judgement
from collectors.graph.documents import Gap, Reason
from tests.checks.judging import judged, loud
from tests.estates import estate_of
from tests.incidents import sharing, zones  # noqa: F401  they register what they play
from tests.incidents.scenes import edited, one, scene, without

OTHER = "pe-lab"


def overwritten() -> LabEstate:
    """Another endpoint, in a network far away, wrote the records last."""
    return scene("PED206").estate


def unseen(estate: LabEstate, *gaps: Gap, network: bool = True) -> Judgement:
    """Judged without the documents of the other endpoint, and without its network unless that is kept."""
    other = one(estate, "private-endpoint", OTHER)
    group = other.id.resource_group.lower()
    gone = [d for d in estate.documents.values() if d.id.resource_group and d.id.resource_group.lower() == group]
    kept = [d for d in gone if d.kind == "virtual-network"] if network else []
    return judged(estate_of(without(estate, [d for d in gone if d not in kept]), *gaps))


@pytest.mark.parametrize("key", ["F10", "PED205"])
def test_an_address_that_nothing_has_and_a_stamp_of_nobody_are_a_former_endpoints(key: str) -> None:
    assert loud(judged(estate_of(scene(key).estate))) == ["PED205"]


def test_an_endpoint_whose_guid_was_not_told_may_be_the_one_of_the_stamp() -> None:
    def edit(body: dict[str, Any]) -> None:
        del body["properties"]["resourceGuid"]

    estate = overwritten()
    assert loud(judged(estate_of(edited(estate, one(estate, "private-endpoint", OTHER), edit)))) == ["PED206"]


def test_an_endpoint_of_a_subscription_that_was_not_chosen_is_not_gone() -> None:
    """Nothing tells of it but the stamp: neither its network nor a gap."""
    assert set(loud(unseen(overwritten(), network=False))) == {"PED204"}


def test_a_record_whose_writer_is_not_in_sight_is_told_with_him() -> None:
    """Whoever wrote it may need it: the repair must not come as a surprise to him."""
    finding = next(f for f in unseen(overwritten(), network=False).findings if f.code == "PED204")
    assert OTHER in finding.violation.cause


def test_an_endpoint_of_an_excluded_group_is_not_gone() -> None:
    estate = overwritten()
    other = one(estate, "private-endpoint", OTHER)
    gap = Gap(kind="private-endpoint", scope=other.id.text, reason=Reason.NOT_ASKED, detail="excluded")
    assert set(loud(unseen(estate, gap, network=False))) == {"PED204"}
