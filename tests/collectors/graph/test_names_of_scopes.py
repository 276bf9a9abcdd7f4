"""What people call a scope."""

from __future__ import annotations

from tests.estates import SUBSCRIPTION, lab, nid, small_estate


def test_a_subscription_is_called_by_its_name_and_anything_else_by_its_last_segment() -> None:
    estate = small_estate()
    assert estate.name_of(f"/subscriptions/{SUBSCRIPTION.upper()}") == "subscription test"
    assert estate.name_of("/subscriptions/unseen") == "unseen"
    assert estate.name_of(str(nid("hub"))) == "hub"
    assert estate.name_of("/") == "/"
    assert lab("azure-dns").name_of("nonsense") == "nonsense"
