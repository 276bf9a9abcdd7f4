"""Firewalls as DNS servers: in a network, in a virtual hub, and with the proxy off."""

from __future__ import annotations

from typing import Any

import pytest

from agent.lab.builders import (
    firewall_policy,
    firewall_policy_id,
    hub_firewall,
    hub_id,
    virtual_hub,
    wan_id,
)
from checks.resolution import rules
from checks.resolution.path import DeadEnd, Opaque, Path, Public
from collectors.graph.declared import Declared
from tests.checks.resolution.around import (
    FIREWALL,
    HUB_FIREWALL,
    INBOUND,
    network_firewall,
    resolver,
    virtual_hub_firewall,
)
from tests.checks.resolution.small import ANSWER, CHAIN, NAME, PRIVATE, decided, hops, hub, private_zone, spoke
from tests.estates import AZURE_DNS, GROUP, SUBSCRIPTION, gap, network, nid, small_estate, solve

EVERYTHING = f"/subscriptions/{SUBSCRIPTION}"


@pytest.mark.parametrize("servers", [(), (AZURE_DNS,)])
def test_a_proxy_without_servers_asks_azure_dns_in_the_firewalls_network(servers: tuple[str, ...]) -> None:
    """Whatever the DNS servers of its network are: azure-docs issue 57687."""
    estate = small_estate(hub("10.0.0.99"), spoke(FIREWALL), network_firewall(*servers), private_zone("hub"))
    path = solve(estate, "spoke", NAME, chains=CHAIN)
    assert (path.outcome, path.view) == (ANSWER, str(nid("hub")))
    assert hops(path)[1] == ("firewall-azure-dns", "forwarded")
    assert path.hops[1].decided_by
    assert path.hops[1].decided_by.name == "afw"


def test_a_proxy_with_servers_asks_them() -> None:
    estate = small_estate(hub(), spoke(FIREWALL), network_firewall(INBOUND), resolver(), private_zone("hub"))
    path = solve(estate, "spoke", PRIVATE)
    assert path.outcome == ANSWER
    assert [rule for rule, _ in hops(path)[1:3]] == ["firewall-proxy", "inbound-endpoint"]


def test_a_firewall_whose_proxy_is_off_is_a_dead_end() -> None:
    path = solve(
        small_estate(hub(), spoke(FIREWALL), network_firewall(proxy=False), private_zone("hub")), "spoke", NAME
    )
    assert decided(path)[1:] == (rules.FIREWALL_PROXY_OFF, "afw")
    assert isinstance(path.outcome, DeadEnd)


def test_a_firewall_in_a_virtual_hub_sees_no_private_zone() -> None:
    estate = small_estate(
        hub(), network("spoke", "10.1.0.0/16", HUB_FIREWALL), virtual_hub_firewall(), private_zone("hub", "spoke")
    )
    path = solve(estate, "spoke", NAME, chains=CHAIN)
    assert decided(path) == (Public(), rules.HUB_WITHOUT_ZONES, "vhub")
    assert path.view.endswith("/virtualHubs/vhub")


def test_a_firewall_in_a_virtual_hub_reaches_an_inbound_endpoint_of_a_connected_network() -> None:
    twin = network("twin", "10.0.0.0/16")
    estate = small_estate(
        hub(),
        twin,
        network("spoke", "10.1.0.0/16", HUB_FIREWALL),
        virtual_hub_firewall(INBOUND, networks=("spoke", "hub")),
        resolver(),
        private_zone("hub"),
    )
    path = solve(estate, "spoke", NAME, chains=CHAIN)
    assert (path.outcome, path.view) == (ANSWER, str(nid("hub")))


def test_a_firewall_whose_policy_was_not_read_is_unread() -> None:
    hidden = gap("firewall-policy", EVERYTHING)
    estate = small_estate(hub(), spoke(FIREWALL), network_firewall()[:1], private_zone("hub"), gaps=[hidden])
    path = solve(estate, "spoke", NAME)
    assert decided(path) == (Opaque(path.last.text, (hidden,)), rules.FIREWALL_UNREAD, "afw")


@pytest.mark.parametrize("assumed", [True, False])
def test_dns_settings_of_a_base_policy_only_count_if_that_is_assumed(assumed: bool) -> None:
    """Azure's documents name what is inherited, and not DNS."""
    base = firewall_policy_id(GROUP, "base")
    made = [
        *network_firewall()[:1],
        firewall_policy(GROUP, "afwp", base=base),
        firewall_policy(GROUP, "base", proxy=True),
    ]
    declared = Declared(assumptions={rules.BASE_POLICY_DNS.name: assumed})
    path = solve(small_estate(hub(), spoke(FIREWALL), made, private_zone("hub"), declared=declared), "spoke", PRIVATE)
    assert (path.outcome == ANSWER) is assumed
    assert isinstance(path.outcome, Opaque) is not assumed


def test_an_address_at_which_a_firewall_may_stand_unseen_is_unread() -> None:
    hidden = gap("firewall", EVERYTHING)
    home = hub()
    home.body["properties"]["subnets"][0] |= {
        "id": f"{nid('hub')}/subnets/AzureFirewallSubnet",
        "name": "AzureFirewallSubnet",
    }
    path = solve(small_estate(home, spoke(FIREWALL), private_zone("hub"), gaps=[hidden]), "spoke", NAME)
    assert isinstance(path.outcome, Opaque)
    assert path.outcome.gaps == (hidden,)


def test_a_firewalls_servers_are_tried_in_their_order() -> None:
    """Not in that of their spelling: the first one answers if it can."""
    firewall = network_firewall("198.51.100.53", AZURE_DNS)
    path = solve(small_estate(hub(), spoke(FIREWALL), firewall, private_zone("hub")), "spoke", PRIVATE)
    assert (path.outcome, [other.outcome for other in path.alternatives]) == (Public(), [ANSWER])
    dead, far = network_firewall("10.7.0.4", AZURE_DNS), network("far", "10.7.0.0/16")
    path = solve(small_estate(hub(), spoke(FIREWALL), dead, far, private_zone("hub")), "spoke", PRIVATE)
    assert (path.outcome, path.alternatives) == (ANSWER, ())


def test_the_platform_among_a_hub_firewalls_servers_is_azure_dns_of_the_hub() -> None:
    """Not that of a network which is connected to the hub."""
    estate = small_estate(
        network("spoke", "10.1.0.0/16", HUB_FIREWALL),
        virtual_hub_firewall(AZURE_DNS, "198.51.100.53"),
        private_zone("spoke"),
    )
    path = solve(estate, "spoke", PRIVATE)
    assert (path.outcome, path.view.rpartition("/")[2]) == (Public(), "vhub")


def test_of_two_virtual_hubs_with_one_range_the_connected_one_is_meant() -> None:
    """Each has a firewall at the same address; only that of the spoke's hub has a server."""
    twin = hub_id(GROUP, "twin")
    other = [
        virtual_hub(GROUP, "twin", wan_id(GROUP, "wan-2"), "10.100.0.0/23"),
        hub_firewall(GROUP, "afw-twin", twin, HUB_FIREWALL, policy=firewall_policy_id(GROUP, "none")),
        firewall_policy(GROUP, "none", proxy=False),
    ]
    estate = small_estate(network("spoke", "10.1.0.0/16", HUB_FIREWALL), virtual_hub_firewall("198.51.100.53"), other)
    path = solve(estate, "spoke", NAME)
    assert (path.outcome, path.hops[1].at.name) == (Public(), "afw-hub")


def test_an_address_of_a_virtual_hub_at_which_a_firewall_may_stand_unseen_is_unread() -> None:
    hidden = gap("firewall", EVERYTHING)
    made = [document for document in virtual_hub_firewall() if document.kind != "firewall"]
    twin = virtual_hub(GROUP, "twin", wan_id(GROUP, "wan-2"), "10.100.0.0/23")
    estate = small_estate(network("spoke", "10.1.0.0/16", HUB_FIREWALL), made, twin, gaps=[hidden])
    path = solve(estate, "spoke", NAME)
    assert (path.last.rule, path.outcome) == (rules.NETWORK_UNREAD, Opaque(path.last.text, (hidden,)))
    assert path.last.at.id == f"server:{HUB_FIREWALL}@{hub_id(GROUP, 'vhub')}"


# Ways to and from a virtual hub


def wan(*connected: str, server: str = INBOUND, **more: Any) -> Path:
    """The spoke asks the firewall of a virtual hub, whose server is the inbound endpoint of the network hub."""
    estate = small_estate(
        hub(),
        network("spoke", "10.1.0.0/16", HUB_FIREWALL),
        virtual_hub_firewall(server, networks=connected),
        resolver(),
        private_zone("hub"),
        **more,
    )
    return solve(estate, "spoke", NAME, chains=CHAIN)


def test_a_network_that_is_not_connected_to_a_virtual_hub_has_no_way_to_its_firewall() -> None:
    path = wan("hub")
    assert path.outcome == DeadEnd(f"server {HUB_FIREWALL} stands in vhub, to which spoke has no way")
    assert path.last.rule is rules.NO_ROUTE
    assert path.last.decided_by
    assert path.last.decided_by.id == f"server:{HUB_FIREWALL}@{hub_id(GROUP, 'vhub')}"
    off = Declared(assumptions={rules.NO_OTHER_WAY.name: False})
    assert wan("hub", declared=off).outcome == ANSWER


def test_a_hub_firewall_has_no_way_to_a_network_that_is_not_connected_to_its_hub() -> None:
    path = wan("spoke")
    assert path.outcome == DeadEnd(f"server {INBOUND} stands in hub, to which vhub has no way")
    assert [rule for rule, _ in hops(path)[1:]] == ["firewall-proxy", "no-route"]


def test_a_hub_connection_that_could_not_be_read_leaves_open_whether_the_firewall_answers() -> None:
    hidden = gap("hub-connection", EVERYTHING)
    path = wan("hub", gaps=[hidden])
    assert (path.last.rule, path.outcome) == (rules.NETWORK_UNREAD, Opaque(path.last.text, (hidden,)))
    assert wan("hub", "spoke", gaps=[hidden]).outcome == ANSWER, "what was read connects them for certain"


def test_an_unread_network_of_a_virtual_hub_may_hold_the_address_that_its_firewall_asks() -> None:
    hidden = gap("virtual-network", nid("ghost"))
    path = wan("hub", "spoke", "ghost", gaps=[hidden])
    assert (path.last.rule, path.outcome) == (rules.NETWORK_UNREAD, Opaque(path.last.text, (hidden,)))
    assert path.last.at.id == f"server:{INBOUND}@{nid('hub')}"


def test_a_server_of_a_hub_firewall_that_nobody_knows_is_one_of_the_hub() -> None:
    path = wan("spoke", server="192.168.9.9")
    assert (path.last.rule, path.last.at.id) == (
        rules.SERVER_UNKNOWN,
        f"server:192.168.9.9@{hub_id(GROUP, 'vhub')}",
    )
