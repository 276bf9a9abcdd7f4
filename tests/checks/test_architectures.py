"""Diagnosis where Azure stands between client and zone: the right view is named, and no cause that has no code yet."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import pytest

from agent.lab.scenarios import SCENARIOS, build
from checks.context import meets
from checks.runner import Judgement
from collectors.arm.sight import build_estate
from collectors.graph.clouds import PLATFORM_RESOLVER
from collectors.graph.declared import Declared, DeclaredClient, DeclaredServer, Site
from collectors.graph.documents import Document, ServerChange
from collectors.graph.estate import Estate
from collectors.graph.ids import ArmId, Fqdn
from collectors.graph.nodes import Firewall, FirewallPolicy, ForwardingRule, InboundEndpoint, RulesetLink, ZoneLink
from tests.checks.judging import context_of, judged, loud, only
from tests.estates import lab


def without(estate: Estate, ids: Iterable[ArmId]) -> Estate:
    """The estate without some documents."""
    gone = set(ids)
    assert gone
    return build_estate([d for d in estate.documents.values() if d.id not in gone], estate.gaps, estate.declared)


def edited(estate: Estate, kind: str, **properties: object) -> Estate:
    """The estate with properties of every document of a kind replaced."""
    documents = [_edited(d, properties) if d.kind == kind else d for d in estate.documents.values()]
    return build_estate(documents, estate.gaps, estate.declared)


def _edited(document: Document, properties: dict[str, object]) -> Document:
    return replace(document, body={**document.body, "properties": {**document.body["properties"], **properties}})


def unlinked(estate: Estate, zone: str, network: str) -> Estate:
    """The estate without the link of a zone to a network."""
    links = estate.of_type(ZoneLink)
    return without(estate, [li.id for li in links if li.zone.name == zone and li.network.name == network])


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_every_healthy_architecture_is_silent(scenario: str) -> None:
    """Notes included."""
    made = judged(lab(scenario))
    assert (made.findings, made.not_evaluated, made.undetermined, made.gaps) == ((), (), (), ())


@pytest.mark.parametrize(
    ("scenario", "view", "code"),
    [
        ("private-resolver", "vnet-hub", "PED202"),
        ("firewall", "vnet-hub", "PED310"),
        ("ruleset", "vnet-hub", "PED402"),
        ("virtual-wan", "vnet-hub-extension", "PED202"),
    ],
)
def test_an_unlinked_zone_is_to_be_linked_where_questions_enter_azure_dns(scenario: str, view: str, code: str) -> None:
    """The network of the resolver or the firewall, not that of the client."""
    estate = unlinked(lab(scenario), "privatelink.notebooks.azure.net", view)
    finding = only(judged(estate), code)
    (repair,) = finding.violation.repairs
    assert repair.text.endswith(f"to network {view}")
    after = context_of(estate).after(*finding.violation.changes)
    assert all(meets(after.path(r).outcome, r.acceptable) for r in after.required.requirements)


def symptom(made: Judgement) -> str:
    """The one symptom that stands for every name."""
    (code,) = set(loud(made))
    return code


def test_a_firewall_whose_proxy_is_off_is_told_as_such_and_no_unknown_server() -> None:
    off = edited(lab("firewall"), "firewall-policy", dnsSettings={"servers": [], "enableProxy": False})
    assert off.of_type(Firewall)
    assert off.of_type(FirewallPolicy)
    assert symptom(judged(off)) == "PED309"


def test_a_hub_firewall_that_asks_azure_dns_needs_an_inbound_endpoint_and_no_link() -> None:
    """Nothing can be linked to a virtual hub, so no link is proposed."""
    estate = edited(lab("virtual-wan"), "firewall-policy", dnsSettings={"servers": [], "enableProxy": True})
    made = judged(estate)
    assert symptom(made) == "PED310"
    (finding,) = made.findings
    (repair,) = finding.violation.repairs
    assert "--dns-servers 10." in repair.command
    assert not loud(judged(estate.with_changes(repair.change)))


def test_a_rule_that_leads_to_a_public_resolver_is_a_symptom() -> None:
    """Zones, links and records are right: the rule is at fault."""
    targets = [{"ipAddress": "198.51.100.1", "port": 53}]
    assert symptom(judged(edited(lab("ruleset"), "forwarding-rule", targetDnsServers=targets))) == "PED501"


def test_a_rule_that_leads_to_a_server_outside_is_not_blamed_on_the_server() -> None:
    """The server may be right to know nothing of Azure; sending Azure's names to it is not."""
    targets = [{"ipAddress": "192.168.1.53", "port": 53}]
    estate = edited(lab("ruleset"), "forwarding-rule", targetDnsServers=targets)
    outside = DeclaredServer(address="192.168.1.53", site="hq", kind="bind", forwards={})
    declared = replace(estate.declared, servers=(outside,), sites=(Site(name="hq", address_space=("192.168.0.0/16",)),))
    estate = build_estate(estate.documents.values(), estate.gaps, declared)
    assert symptom(judged(estate)) == "PED501"


def test_a_rule_to_the_inbound_endpoint_of_its_own_network_is_a_loop() -> None:
    """The ruleset is linked to the network of the resolver: the question comes back."""
    estate = lab("ruleset")
    (link, *_) = estate.of_type(RulesetLink)
    (door,) = {endpoint.resolver for endpoint in estate.of_type(InboundEndpoint)}
    hub = estate.documents[door].body["properties"]["virtualNetwork"]["id"]
    own = _edited(estate.documents[link.id], {"virtualNetwork": {"id": hub}})
    own = replace(own, id=ArmId(f"{link.id.text}-hub"), body={**own.body, "id": f"{link.id.text}-hub"})
    looping = build_estate([*estate.documents.values(), own], estate.gaps, estate.declared)
    assert estate.of_type(ForwardingRule)
    made = judged(looping)
    assert loud(made) == ["PED401"]
    assert {line.simulated.outcome for f in made.findings for line in f.occurrences if line.simulated} == {"loop"}


def test_a_server_outside_forwards_to_an_inbound_endpoint() -> None:
    estate = with_office(lab("private-resolver"), forwards={})
    finding = only(judged(estate), "PED305")
    (endpoint,) = estate.of_type(InboundEndpoint)
    (repair,) = finding.violation.repairs
    assert endpoint.addresses[0].address in repair.text


@pytest.mark.parametrize("wrong", ["api.azureml.ms", "privatelink.api.azureml.ms"])
def test_a_forwarder_that_leads_to_the_internet_is_the_one_to_mend(wrong: str) -> None:
    estate = lab("hub-spoke")
    (declared,) = estate.declared.servers
    assert declared.forwards is not None
    led_out = replace(declared, forwards={**declared.forwards, Fqdn(wrong): ("198.51.100.53",)})
    broken = build_estate(estate.documents.values(), estate.gaps, replace(estate.declared, servers=(led_out,)))
    finding = only(judged(broken), "PED305")
    (repair,) = finding.violation.repairs
    assert isinstance(repair.change, ServerChange)
    assert repair.change.after is not None
    assert repair.change.after.forwards == {**declared.forwards, Fqdn(wrong): (PLATFORM_RESOLVER,)}


def test_a_server_outside_that_forwards_to_an_inbound_endpoint_is_right() -> None:
    estate = lab("private-resolver")
    (endpoint,) = estate.of_type(InboundEndpoint)
    target = (endpoint.addresses[0].address,)
    suffixes = ("api.azureml.ms", "notebooks.azure.net")
    assert loud(judged(with_office(estate, forwards={Fqdn(suffix): target for suffix in suffixes}))) == []


def with_office(estate: Estate, forwards: dict[Fqdn, tuple[str, ...]]) -> Estate:
    """An office with a server of its own, whose clients need the workspace."""
    server = DeclaredServer(address="192.168.1.53", site="hq", kind="bind", forwards=forwards)
    site = Site(name="hq", address_space=("192.168.0.0/16",), servers=("192.168.1.53",))
    client = DeclaredClient(workspace="*", sites=("hq",))
    declared = Declared(servers=(*estate.declared.servers, server), sites=(site,), clients=(client,))
    return build_estate(estate.documents.values(), estate.gaps, declared)


def test_of_two_copies_of_a_zone_the_endpoints_own_is_to_be_linked() -> None:
    """Two endpoints in unconnected networks, each with zones of its own."""
    broken = lab("two-endpoints", "zone-unlinked")
    finding = only(judged(broken), "PED202")
    healthy = build("two-endpoints").documents
    (gone,) = [d for d in healthy.values() if d.kind == "zone-link" and d.id not in broken.documents]
    assert finding.violation.subject.id.lower() == gone.id.parent.key


def test_each_network_gets_the_address_of_the_endpoint_that_it_can_reach() -> None:
    """Two endpoints of one workspace in unconnected networks: neither address is right for the other side."""
    requirements = context_of(lab("two-endpoints")).required.requirements
    of_api = {r.client.name: set(r.acceptable) for r in requirements if r.role == "api"}
    assert len(of_api) == 2
    one, other = of_api.values()
    assert not one & other
