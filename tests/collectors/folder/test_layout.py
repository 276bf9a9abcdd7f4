"""Which list a file is follows from its path, and the path from the list."""

from __future__ import annotations

import re
import shlex

import pytest

from collectors.arm.kinds import KINDS, Kind
from collectors.folder.layout import Listed, place, subscription_named
from tests.collectors.folder.folders import NETWORK, SCOPE, SUBSCRIPTION


def scope_of(kind: Kind) -> str:
    """A scope at which a kind can be listed."""
    if kind.parent in (None, "subscription"):
        return SCOPE if kind.parent else ""
    parent = KINDS[kind.parent or ""]
    provider, *types = parent.type.split("/")
    return f"{SCOPE}/resourceGroups/rg-a/providers/{provider}" + "".join(f"/{type}/x" for type in types)


@pytest.mark.parametrize("kind", [kind for kind in KINDS.values() if not kind.by_reference], ids=lambda kind: kind.name)
def test_the_place_to_save_a_list_is_the_place_where_it_is_found(kind: Kind) -> None:
    listed = Listed(kind=kind, scope=scope_of(kind))
    (name,) = re.findall(r"` as (.*)", listed.action)
    assert place(name) == (listed, 1)
    assert place(f"2026-01-31/of-anna/{name}".upper().replace(".JSON", ".json"))
    assert place(name.replace(".json", ".12.json")) == (listed, 12)


def test_the_command_is_one_that_a_shell_takes_apart_as_meant() -> None:
    zone = f"{NETWORK}/privateDnsZones/it's a $(zone)&x"
    words = shlex.split(Listed(kind=KINDS["zone-link"], scope=zone).command)
    assert words[:5] == ["az", "rest", "--method", "get", "--url"]
    assert words[5:] == [
        f"{NETWORK}/privateDnsZones/it%27s%20a%20%24%28zone%29%26x/virtualNetworkLinks?api-version=2024-06-01"
    ]


@pytest.mark.parametrize(
    "name",
    [
        "zones.json",
        "privateDnsZones.json",
        f"subscriptions/{SUBSCRIPTION}.json",
        f"{NETWORK[1:]}/privateDnsZones.json",  # of one group
        f"{NETWORK[1:]}/privateDnsZones/a.example.json",
        f"{NETWORK[1:]}/privateEndpoints/a/virtualNetworkLinks.json",
        f"{SCOPE[1:]}/providers/Microsoft.Network/privateDnsZones.txt",
        f"{SCOPE[1:]}/providers/Microsoft.Network/privateDnsZones.0.json",
        f"{SCOPE[1:]}/providers/Microsoft.Storage/storageAccounts.json",  # read only by reference
        "subscriptions/\x1b/privateDnsZones/a/ALL.json",
        "subscriptions/\x1b/providers/Microsoft.Network/privateDnsZones.json",
        "subscriptions/\udcff/providers/Microsoft.Authorization/permissions.json",
        ".json",
    ],
)
def test_other_paths_say_nothing(name: str) -> None:
    assert place(name) is None


def test_a_subscription_is_named_by_the_one_id_in_a_path() -> None:
    other = SUBSCRIPTION.replace("a", "b")
    assert subscription_named(f"rights/{SUBSCRIPTION.upper()}.json") == SCOPE
    assert subscription_named(f"{SUBSCRIPTION}/{SUBSCRIPTION}-permissions.json") == SCOPE
    assert subscription_named(f"{SUBSCRIPTION}/{other}.json") == ""
    assert subscription_named("permissions.json") == ""


def test_a_path_into_a_resource_group_names_no_subscription_as_a_whole() -> None:
    assert subscription_named(f"{NETWORK[1:]}/virtualNetworks/v/permissions.json") == ""
    assert subscription_named(f"{SUBSCRIPTION}/ResourceGroups/rg-a/rights.json") == ""
