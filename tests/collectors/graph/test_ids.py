"""Names and ids are normalised once, by laws that everything else relies on."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.graph.ids import ArmId, Fqdn, absolute, fqdn, is_under, relative, suffixes

LABELS = st.text(alphabet="abcXYZ019-_*", min_size=1, max_size=12)
NAMES = st.lists(LABELS, min_size=1, max_size=6).map(".".join)
SEGMENTS = st.text(st.characters(exclude_categories=("Cc", "Cs"), exclude_characters="/"), min_size=1, max_size=8)
IDS = st.lists(SEGMENTS, min_size=1, max_size=10).map(lambda segments: "/" + "/".join(segments))

GROUP_ID = "/subscriptions/0000-AA/resourceGroups/RG-Dns"
ZONE = f"{GROUP_ID}/providers/Microsoft.Network/privateDnsZones/privatelink.api.azureml.ms"


@given(NAMES)
def test_a_normalised_name_stays_as_it_is(text: str) -> None:
    assert fqdn(fqdn(text)) == fqdn(text)


@given(NAMES)
def test_case_and_the_trailing_dot_mean_nothing(text: str) -> None:
    assert fqdn(text.upper() + ".") == fqdn(text.lower())


@given(st.text(max_size=300))
def test_a_name_is_visible_ascii_or_refused(text: str) -> None:
    try:
        name = fqdn(text)
    except ValueError:
        return
    assert name.isascii()
    assert name == name.lower()
    assert not any(c.isspace() or not c.isprintable() for c in name)
    assert len(name) <= 253
    assert not name or all(1 <= len(label) <= 63 for label in name.split("."))


@pytest.mark.parametrize(
    "text",
    [
        "a..b",
        "a..",
        "..",
        ".a",
        "a b",
        "a\x1b[31m",
        "\x1fa",
        "a\x00",
        "bücher.example",
        "\u212aey.example",  # the Kelvin sign is `k` in lower case
        "x" * 64,
        ".".join(["x" * 50] * 6),
    ],
)
def test_what_dns_cannot_carry_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not a domain name"):
        fqdn(text)


def test_the_root_is_empty() -> None:
    assert fqdn(".") == fqdn("") == ""


def test_the_longest_label_and_name_are_accepted() -> None:
    longest = ".".join(["x" * 63] * 3 + ["y" * 61])
    assert len(longest) == 253
    assert fqdn(longest) == longest


def test_suffixes_are_the_name_and_its_ancestors_without_the_root() -> None:
    assert suffixes("a.b.c") == ["a.b.c", "b.c", "c"]
    assert suffixes("") == []


@given(NAMES, NAMES)
def test_is_under_is_being_among_the_suffixes(name: str, other: str) -> None:
    assert is_under(name, other) == (other in suffixes(name))


@given(NAMES)
def test_everything_is_under_the_root(name: str) -> None:
    assert is_under(name, "")


def test_a_longer_label_is_not_below() -> None:
    assert not is_under("notapi.azureml.ms", "api.azureml.ms")


@given(NAMES.map(str.lower), NAMES.map(str.lower) | st.just(""))
def test_absolute_is_the_inverse_of_relative(record: str, zone: str) -> None:
    name = absolute(record, zone)
    assert is_under(name, zone)
    assert relative(name, zone) == record
    assert fqdn(name) == name


@given(NAMES.map(fqdn) | st.just(Fqdn("")))
def test_a_zone_relative_to_itself_is_the_apex(zone: Fqdn) -> None:
    assert relative(zone, zone) == "@"
    assert absolute("@", zone) == zone


@given(IDS)
def test_an_id_is_compared_without_case(text: str) -> None:
    upper = text.upper()
    if upper.lower() != text.lower():
        return  # some letters have no way back: Azure's ids do not hold them
    assert ArmId(text) == ArmId(upper)
    assert hash(ArmId(text)) == hash(ArmId(upper))
    assert not ArmId(text) < ArmId(upper)


@given(IDS)
def test_an_id_is_shown_as_received(text: str) -> None:
    assert str(ArmId(text)) == text
    assert ArmId(str(ArmId(text))) == ArmId(text)


@given(IDS)
def test_doubled_and_trailing_slashes_mean_nothing(text: str) -> None:
    assert ArmId(text.replace("/", "//") + "/") == ArmId(text)


@given(IDS)
def test_the_parent_of_a_child_is_the_id(text: str) -> None:
    assert ArmId(text).child("type", "name").parent == ArmId(text)
    assert ArmId(text).child("type", "name").name == "name"


@given(st.lists(IDS, min_size=2))
def test_ids_have_one_order(texts: list[str]) -> None:
    assert [i.key for i in sorted(map(ArmId, texts))] == sorted(ArmId(t).key for t in texts)


@pytest.mark.parametrize(
    "text", ["", "/", "//", "subscriptions/x", "/a\nb", "/a\x1b[0m", "/a\x7f", " /a", "https://x/y"]
)
def test_what_is_no_id_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not an ARM id"):
        ArmId(text)


def test_an_id_is_not_its_text() -> None:
    assert ArmId("/a/b") != "/a/b"


def test_the_parts_of_a_resource_id() -> None:
    zone = ArmId(ZONE)
    assert zone.subscription == "0000-aa"
    assert zone.resource_group == "RG-Dns"
    assert zone.type == "Microsoft.Network/privateDnsZones"
    assert zone.name == "privatelink.api.azureml.ms"
    assert zone.parent.text.endswith("/providers/Microsoft.Network")


@pytest.mark.parametrize("providers", ["Providers", "PROVIDERS", "providers"])
def test_the_type_is_found_however_the_path_to_it_is_spelt(providers: str) -> None:
    zone = ArmId(f"/subscriptions/s/resourceGroups/g/{providers}/Microsoft.Network/privateDnsZones/x")
    assert zone.type == "Microsoft.Network/privateDnsZones"
    assert zone.child("A", "\u0130").type == "Microsoft.Network/privateDnsZones/A"  # longer in lower case


def test_the_parts_of_a_child_id() -> None:
    link = ArmId(ZONE).child("virtualNetworkLinks", "to-hub")
    assert link.type == "Microsoft.Network/privateDnsZones/virtualNetworkLinks"
    assert link.parent == ArmId(ZONE)


def test_the_parts_of_ids_above_resources() -> None:
    group = ArmId("/subscriptions/S/resourceGroups/RG")
    assert (group.type, group.subscription, group.resource_group) == ("resourceGroups", "s", "RG")
    subscription = group.parent
    assert (subscription.type, subscription.resource_group) == ("subscriptions", "")
    assert subscription.parent == subscription


def test_an_id_of_the_tenant_has_no_subscription() -> None:
    assert ArmId("/providers/Microsoft.Management/managementGroups/mg").subscription == ""
    assert ArmId("/one").type == ""
    assert ArmId("/one").parent == ArmId("/one")
