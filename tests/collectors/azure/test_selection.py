"""What the configuration leaves out is told."""

from __future__ import annotations

from typing import Any

import pytest

from collectors.azure.selection import Excluded, Selection
from collectors.graph.documents import Document
from collectors.graph.ids import ArmId

SUBSCRIPTION = Document(kind="subscription", id=ArmId("/subscriptions/AAAA"), body={"displayName": "Sub-Hub"})
ZONE = Document(
    kind="private-dns-zone",
    id=ArmId("/subscriptions/aaaa/resourceGroups/RG-Dns/providers/Microsoft.Network/privateDnsZones/privatelink.x"),
    body={},
)


@pytest.mark.parametrize("rule", ["aaaa", "sub-hub", "SUB-*", "/subscriptions/aaaa"])
def test_a_subscription_is_left_out_by_id_or_name(rule: str) -> None:
    assert Selection(exclude=("other", rule)).left_out(SUBSCRIPTION) == Excluded(id=SUBSCRIPTION.id, rule=rule)


@pytest.mark.parametrize("rule", ["rg-dns", "RG-*", "privatelink.*", "*/privateDnsZones/*"])
def test_a_resource_is_left_out_by_group_name_or_id(rule: str) -> None:
    assert Selection(exclude=(rule,)).left_out(ZONE) == Excluded(id=ZONE.id, rule=rule)


@pytest.mark.parametrize("document", [SUBSCRIPTION, ZONE], ids=lambda document: document.kind)
def test_nothing_is_left_out_without_a_reason(document: Document) -> None:
    assert Selection(exclude=("rg-other", "dev*", "")).left_out(document) is None


@pytest.mark.parametrize(("wanted", "because"), [("sub-HUB", None), ("AAAA", None), ("/subscriptions/aaaa/", None)])
def test_a_subscription_is_chosen_by_id_or_name(wanted: str, because: Any) -> None:
    selection = Selection(subscriptions=(wanted,))
    assert selection.left_out(SUBSCRIPTION) is because
    assert selection.unseen([SUBSCRIPTION]) == []


def test_a_subscription_that_is_not_among_those_asked_for_is_left_out() -> None:
    selection = Selection(subscriptions=("sub-other",))
    assert selection.left_out(SUBSCRIPTION) == Excluded(id=SUBSCRIPTION.id, rule="")
    assert selection.unseen([SUBSCRIPTION]) == ["sub-other"]
