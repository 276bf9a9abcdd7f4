"""Incidents of forwarding rulesets, of resolvers and of DNS security policies."""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from dataclasses import replace
from typing import Any

from agent.lab import builders as b
from agent.lab.builders import Group
from agent.lab.clouds import PUBLIC
from agent.lab.estate import LabEstate
from agent.lab.internet import PUBLIC_RESOLVER
from agent.lab.scenarios import parts
from collectors.graph.clouds import PLATFORM_RESOLVER
from collectors.graph.declared import DeclaredServer
from collectors.graph.ids import Fqdn
from tests.incidents.scenes import adding, edited, find, incident, one, without

API, NOTEBOOKS = PUBLIC.api_zone, PUBLIC.notebooks_zone
INBOUND = "10.0.1.4"
OLD_SERVER = "10.0.4.4"


def linked(estate: LabEstate, network: str, *zones: str) -> LabEstate:
    """The zones are linked to one network more."""
    id = one(estate, "virtual-network", network).id.text
    return adding(estate, [b.zone_link(one(estate, "private-dns-zone", zone).id.text, id) for zone in zones])


def unlinked(estate: LabEstate, zone: str, network: str) -> LabEstate:
    """A zone is linked to one network less."""
    links = [link for link in find(estate, "zone-link", network) if link.id.parent.name == zone]
    assert links
    return without(estate, links)


def sent_to(estate: LabEstate, rule: str, *targets: str) -> LabEstate:
    """A rule has other targets."""

    def edit(body: dict[str, Any]) -> None:
        body["properties"]["targetDnsServers"] = [{"ipAddress": target, "port": 53} for target in targets]

    return edited(estate, one(estate, "forwarding-rule", rule), edit)


def all_sent_to(estate: LabEstate, target: str) -> LabEstate:
    """Every rule has one other target."""
    for rule in find(estate, "forwarding-rule"):
        estate = sent_to(estate, rule.id.name, target)
    return estate


def for_private_link_zones(estate: LabEstate) -> LabEstate:
    """The ruleset names the private-link zones, as many write it, and not the public suffixes."""
    former = find(estate, "forwarding-rule")
    ruleset = former[0].id.parent.text
    made = [b.forwarding_rule(ruleset, zone.replace(".", "-"), zone, [INBOUND]) for zone in (API, NOTEBOOKS)]
    return adding(without(estate, former), made)


def ruleset_linked(estate: LabEstate, network: str) -> LabEstate:
    """The ruleset is linked to one network more."""
    ruleset = one(estate, "forwarding-ruleset")
    return adding(estate, b.ruleset_link(ruleset.id.text, one(estate, "virtual-network", network).id.text))


def with_server(estate: LabEstate, forwards: Mapping[Fqdn, tuple[str, ...]]) -> LabEstate:
    """A server of the company's own in the hub, which is declared."""
    hub = one(estate, "virtual-network", "vnet-hub")

    def edit(body: dict[str, Any]) -> None:
        subnets = body["properties"]["subnets"]
        made = deepcopy(subnets[0])
        made.update(name="snet-dns", id=f"{hub.id.text}/subnets/snet-dns")
        made["properties"].update(addressPrefix="10.0.4.0/24", delegations=[])
        made["properties"].pop("ipConfigurations", None)
        subnets.append(made)

    group = Group(subscription=hub.id.subscription, name=hub.id.resource_group)
    subnet = f"{hub.id.text}/subnets/snet-dns"
    machine = parts.machine(group, "nic-dns-old", "vm-dns-old", subnet, OLD_SERVER)
    server = DeclaredServer(address=OLD_SERVER, network="vnet-hub", kind="bind", forwards=forwards, forward_mode="only")
    estate = adding(edited(estate, hub, edit), machine)
    return replace(estate, servers=(*estate.servers, server), declared=(*estate.declared, server))


def asking_the_internet(estate: LabEstate) -> LabEstate:
    """The server forwards everything to a public resolver."""
    return with_server(estate, {Fqdn(""): (PUBLIC_RESOLVER,)})


@incident("PED402")
def hub_lost_its_link(estate: LabEstate) -> LabEstate:
    """Two of the rules lead names of this zone there."""
    return unlinked(estate, API, "vnet-hub")


@incident("PED403")
def rule_to_an_old_server(estate: LabEstate) -> LabEstate:
    """The spokes are linked to the zones."""
    for spoke in ("vnet-spoke-1", "vnet-spoke-2"):
        estate = linked(estate, spoke, API, NOTEBOOKS)
    return sent_to(asking_the_internet(estate), "api-azureml-ms", OLD_SERVER)


@incident("PED404")
def empty_zone_in_a_spoke(estate: LabEstate) -> LabEstate:
    """The records are kept by hand, in the platform team's zones."""
    estate = without(for_private_link_zones(estate), one(estate, "private-dns-zone-group"))
    group = Group(subscription=one(estate, "workspace").id.subscription, name="rg-experiments")
    zone = b.zone_id(group, API)
    spoke = one(estate, "virtual-network", "vnet-spoke-2").id.text
    own = [b.private_zone(group, API, record_sets=1, links=1), b.soa_record(zone), b.zone_link(zone, spoke)]
    return adding(estate, own)


@incident("PED405")
def rule_off_for_a_test(estate: LabEstate) -> LabEstate:
    """Nobody switched it on again."""
    rule = one(estate, "forwarding-rule", "api-azureml-ms")
    return edited(estate, rule, lambda body: body["properties"].update(forwardingRuleState="Disabled"))


@incident("PED408")
def spoke_without_rules(estate: LabEstate) -> LabEstate:
    """It is peered, and its servers are Azure's."""
    return without(estate, one(estate, "ruleset-link", "vnet-spoke-2"))


@incident("PED409")
def root_rule_for_storage(estate: LabEstate) -> LabEstate:
    """The storage zones are linked to the hub, to which a root rule leads."""
    hub = one(estate, "virtual-network", "vnet-hub")
    group = Group(subscription=hub.id.subscription, name=hub.id.resource_group)
    subnets = {"snet-inbound": "10.0.1.0/28", "snet-outbound": "10.0.1.16/28"}
    spokes = list(find(estate, "virtual-network", "vnet-spoke"))
    network = b.virtual_network(
        group,
        hub.id.name,
        parts.HUB_PREFIX,
        subnets={"snet-shared": "10.0.0.0/24", **subnets},
        peers={spoke.id.text: spoke.body["properties"]["addressSpace"]["addressPrefixes"][0] for spoke in spokes},
        resolver_subnets=tuple(subnets),
    )
    ruleset = b.ruleset_id(group, "dnsfrs-all")
    made = [
        network,
        b.dns_resolver(group, "dnspr-hub", hub.id.text),
        b.inbound_endpoint(group, "dnspr-hub", "in", f"{hub.id.text}/subnets/snet-inbound", INBOUND),
        b.outbound_endpoint(group, "dnspr-hub", "out", f"{hub.id.text}/subnets/snet-outbound"),
        b.forwarding_ruleset(group, "dnsfrs-all", [b.outbound_endpoint_id(group, "dnspr-hub", "out")]),
        b.forwarding_rule(ruleset, "everything", "", [INBOUND]),
        *(b.ruleset_link(ruleset, spoke.id.text) for spoke in spokes),
    ]
    estate = adding(estate, made)
    for zone in find(estate, "private-dns-zone", "core.windows.net"):
        estate = without(estate, [link for link in find(estate, "zone-link") if link.id.parent == zone.id])
        estate = adding(estate, b.zone_link(zone.id.text, hub.id.text))
    return estate


@incident("PED414")
def blocked_by_policy(estate: LabEstate) -> LabEstate:
    """Somebody took the private-link names for tunnelling."""
    network = one(estate, "virtual-network", "vnet-apps")
    group = Group(subscription=network.id.subscription, name=network.id.resource_group)
    listed = b.domain_list_id(group, "dnsdl-blocked")
    return adding(
        estate,
        b.security_policy(group, "dnssp-apps"),
        b.domain_list(group, "dnsdl-blocked", ["malware.example", API]),
        b.security_rule(group, "dnssp-apps", "block", 100, "Block", [listed]),
        b.security_policy_link(group, "dnssp-apps", network.id.text),
    )


@incident("PED407")
def former_address(estate: LabEstate) -> LabEstate:
    """One of the rules was forgotten when the endpoint was deployed again."""
    estate = inbound_at(estate, "10.0.1.5")
    return sent_to(all_sent_to(estate, "10.0.1.5"), "notebooks-azure-net", INBOUND)


@incident("PED413")
def dynamic_address(estate: LabEstate) -> LabEstate:
    """Nobody chose it."""
    return inbound_at(estate, INBOUND, "Dynamic")


@incident("PED415")
def endpoint_failed(estate: LabEstate) -> LabEstate:
    """It keeps its address and answers nobody."""
    endpoint = one(estate, "inbound-endpoint")
    return edited(estate, endpoint, lambda body: body["properties"].update(provisioningState="Failed"))


def inbound_at(estate: LabEstate, address: str, allocation: str = "Static") -> LabEstate:
    """The inbound endpoint has another address."""

    def edit(body: dict[str, Any]) -> None:
        (held,) = body["properties"]["ipConfigurations"]
        held.update(privateIpAddress=address, privateIpAllocationMethod=allocation)

    return edited(estate, one(estate, "inbound-endpoint"), edit)


@incident("F26")
def linked_to_its_own_endpoint(estate: LabEstate) -> LabEstate:
    """The hub's own questions, and all that come by its inbound endpoint, are caught by the rules again."""
    return ruleset_linked(estate, "vnet-hub")


@incident("PED401")
def target_asks_where_the_rule_is(estate: LabEstate) -> LabEstate:
    """A server in the hub forwards to Azure DNS there, where the rules lead back to it."""
    estate = with_server(estate, dict.fromkeys(PUBLIC.forwarded, (PLATFORM_RESOLVER,)) | {Fqdn(""): (PUBLIC_RESOLVER,)})
    return ruleset_linked(all_sent_to(estate, OLD_SERVER), "vnet-hub")


@incident("PED406")
def rule_to_the_platform(estate: LabEstate) -> LabEstate:
    """Only a template holds such a rule: Azure refuses it."""
    return sent_to(estate, "aznbcontent-net", PLATFORM_RESOLVER)


@incident("PED410")
def rule_with_a_bad_name(estate: LabEstate) -> LabEstate:
    """Its name begins with a digit."""
    former = one(estate, "forwarding-rule", "aznbcontent-net")
    made = b.forwarding_rule(former.id.parent.text, "5-content", "aznbcontent.net", [INBOUND])
    return adding(without(estate, former), made)


@incident("PED411")
def small_subnet(estate: LabEstate) -> LabEstate:
    """A /29, delegated to nobody."""

    def edit(body: dict[str, Any]) -> None:
        for subnet in body["properties"]["subnets"]:
            if subnet["name"] == "snet-dns-inbound":
                subnet["properties"].update(addressPrefix="10.0.1.0/29", delegations=[])

    return edited(estate, one(estate, "virtual-network", "vnet-hub"), edit)


@incident("PED412")
def encrypted_network(estate: LabEstate) -> LabEstate:
    """Encryption was switched on for the whole network."""
    encryption = {"enabled": True, "enforcement": "AllowUnencrypted"}
    hub = one(estate, "virtual-network", "vnet-hub")
    return edited(estate, hub, lambda body: body["properties"].update(encryption=encryption))


@incident("PED416")
def loop_behind_a_zone(estate: LabEstate) -> LabEstate:
    """The rules name the private-link zones, which the hub is linked to."""
    return ruleset_linked(for_private_link_zones(estate), "vnet-hub")


@incident("PED417")
def second_target(estate: LabEstate) -> LabEstate:
    """The second one was meant for the case that the first one fails."""
    return sent_to(asking_the_internet(estate), "api-azureml-ms", INBOUND, OLD_SERVER)
