"""Names that resolve only while the right server answers, and servers that nobody can reach."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from agent.lab.builders import (
    domain_list,
    domain_list_id,
    security_policy,
    security_policy_link,
    security_rule,
)
from checks.finding import Level
from collectors.arm.sight import build_estate
from collectors.graph.answers import Record
from collectors.graph.declared import DeclaredServer, Vantage
from collectors.graph.estate import Estate
from collectors.graph.ids import ArmId, Fqdn
from collectors.graph.nodes import HubConnection
from tests.checks.judging import answer, judged, loud, only, redeclared, requirement
from tests.checks.test_edited_estates import edited, network
from tests.estates import GROUP, gap, lab, trimmed

AZURE_DNS, PUBLIC_RESOLVER = "168.63.129.16", "198.51.100.53"


def with_server(**changes: Any) -> Estate:
    """The hub's server, declared otherwise."""
    estate = lab("hub-spoke")
    (server,) = estate.declared.servers
    return redeclared(estate, replace(estate.declared, servers=(replace(server, **changes),)))


def forwards(**more: tuple[str, ...]) -> dict[Fqdn, tuple[str, ...]]:
    (server,) = lab("hub-spoke").declared.servers
    return dict(server.forwards or {}) | {Fqdn(name.replace("_", ".")): targets for name, targets in more.items()}


def test_a_second_forwarder_on_the_internet_is_told_once_per_zone() -> None:
    """Somebody added a public resolver as a second forwarder, to be safe."""
    estate = with_server(forwards=forwards(api_azureml_ms=(AZURE_DNS, PUBLIC_RESOLVER)))
    finding = only(judged(estate), "PED312")
    assert finding.level is Level.WARNING
    assert (finding.violation.subject.name, finding.violation.discriminator) == (
        "10.0.0.4",
        "privatelink.api.azureml.ms",
    )
    assert len(finding.names) == 3
    assert finding.violation.cause == f"When 10.0.0.4 asks {PUBLIC_RESOLVER} instead, clients get the public address."
    (repair,) = finding.violation.repairs
    assert repair.text == f"let server 10.0.0.4 forward api.azureml.ms to {AZURE_DNS} only"
    assert not loud(judged(estate.with_changes(repair.change)))
    assert {line.simulated.outcome for line in finding.occurrences if line.simulated} == {"public"}


def test_forwarding_first_is_told_for_both_zones() -> None:
    judgement = judged(with_server(forward_mode="first"))
    assert loud(judgement) == ["PED312", "PED312"]
    assert "is silent: 10.0.0.4 forwards first" in judgement.findings[0].violation.cause


def test_a_windows_server_that_forwards_the_public_suffixes_is_silent() -> None:
    """Fresh or cached, the alias lies under the same suffix."""
    assert not loud(judged(with_server(kind="windows")))


def test_a_windows_server_whose_cached_alias_leads_to_the_internet_is_told() -> None:
    """Somebody sent the private-link zone elsewhere; fresh answers hide it."""
    crossed = {Fqdn("privatelink.api.azureml.ms"): (PUBLIC_RESOLVER,)}
    finding = only(judged(with_server(kind="windows", forwards=forwards() | crossed)), "PED312")
    assert finding.violation.cause.startswith("Once only the alias is left in its cache (10.0.0.4), ")


@pytest.mark.parametrize("kind", ["coredns", "infoblox", "systemd-resolved", "unknown"])
def test_what_is_only_assumed_of_a_kind_is_no_luck(kind: str) -> None:
    assert not loud(judged(with_server(kind=kind)))


def test_a_rule_whose_second_target_answers_otherwise_is_told() -> None:
    """Somebody added an office resolver as a second target: it knows nothing of private zones."""
    estate = lab("ruleset")
    rule = next(
        d.id for d in estate.documents.values() if d.kind == "forwarding-rule" and d.id.name == "api-azureml-ms"
    )

    def second(body: dict[str, Any]) -> None:
        body["properties"]["targetDnsServers"].append({"ipAddress": PUBLIC_RESOLVER, "port": 53})

    finding = only(judged(edited(estate, rule, second)), "PED417")
    assert (finding.level, finding.violation.subject.id) == (Level.WARNING, rule.text)
    assert "is skipped as silent, for 30 minutes" in finding.violation.cause


def unpeered(estate: Estate, name: str) -> Estate:
    """Somebody deleted the peerings between the hub and a spoke, on both sides."""
    spoke, hub = network(estate, name), network(estate, "vnet-hub")

    def without(other: ArmId) -> Any:
        def edit(body: dict[str, Any]) -> None:
            peerings = body["properties"]["virtualNetworkPeerings"]
            kept = (row for row in peerings if ArmId(row["properties"]["remoteVirtualNetwork"]["id"]) != other)
            body["properties"]["virtualNetworkPeerings"] = list(kept)

        return edit

    return edited(edited(estate, spoke, without(hub)), hub, without(spoke))


def test_a_network_that_lost_its_way_to_its_server_is_told() -> None:
    finding = only(judged(unpeered(lab("hub-spoke"), "vnet-spoke-2")), "PED313")
    assert finding.level is Level.ERROR
    assert finding.violation.subject.name == "vnet-spoke-2"
    assert finding.violation.discriminator.startswith("server:10.0.0.4@")
    assert len(finding.names) == 4
    assert finding.violation.cause == "Server 10.0.0.4 stands in vnet-hub, to which vnet-spoke-2 has no way."


def test_a_network_that_lost_its_connection_to_the_virtual_hub_is_told() -> None:
    """It asks the hub's firewall, which answers everybody else."""
    estate = lab("virtual-wan")
    (lost,) = (link.id for link in estate.of_type(HubConnection) if link.network and link.network.name == "vnet-apps")
    kept = (document for document in estate.documents.values() if document.id != lost)
    finding = only(judged(build_estate(kept, estate.gaps, estate.declared)), "PED313")
    assert finding.violation.subject.name == "vnet-apps"
    assert finding.violation.cause == "Server 10.100.0.132 stands in vhub-weu, to which vnet-apps has no way."


def test_a_way_that_could_not_be_read_is_no_missing_way() -> None:
    estate = unpeered(lab("hub-spoke"), "vnet-spoke-2")
    blind = build_estate(estate.documents.values(), [gap("virtual-hub", "/subscriptions/hidden")], estate.declared)
    assert "PED313" not in loud(judged(blind))


def test_a_server_of_the_network_itself_needs_no_way() -> None:
    estate = lab("hub-spoke")
    other = DeclaredServer(address="10.0.0.5", network="vnet-hub", kind="bind", forwards=forwards())
    assert not loud(judged(redeclared(estate, replace(estate.declared, servers=(*estate.declared.servers, other)))))


def test_a_wrong_answer_that_was_seen_makes_luck_an_error() -> None:
    """The server did ask the second forwarder: it is no contradiction, and a client fails now."""
    estate = with_server(forwards=forwards(api_azureml_ms=(AZURE_DNS, PUBLIC_RESOLVER)))
    spoke = Vantage(name="spoke", view="vnet-spoke-1", reaches=("10.0.0.4",))
    estate = redeclared(estate, replace(estate.declared, vantages=(spoke,)))
    name = requirement(estate, "api").expected.asked
    finding = only(judged(estate, answer("10.0.0.4", "spoke", name, "203.0.113.9")), "PED312")
    assert finding.level is Level.ERROR
    seen = [line for line in finding.occurrences if line.observed]
    assert {(line.name, line.vantage) for line in seen} == {(name, "spoke")}
    assert len(seen) == 2, "both spokes ask that server"
    assert [proof.kind for proof in finding.proofs].count("observed") == 1


def test_an_answer_that_follows_from_a_failed_assumption_names_it() -> None:
    """The policy of the client's own network blocks the name, and behind the inbound endpoint it is blocked."""
    whole = lab("private-resolver")
    spoke = network(whole, "vnet-spoke-1")
    guard = [
        security_policy(GROUP, "guard"),
        security_policy_link(GROUP, "guard", str(spoke)),
        domain_list(GROUP, "everything-of-ml", ["azureml.ms"]),
        security_rule(GROUP, "guard", "no-ml", 100, "Block", [domain_list_id(GROUP, "everything-of-ml")]),
    ]
    vantage = Vantage(name="spoke", view="vnet-spoke-1", reaches=("10.0.1.4",))
    documents = [*whole.documents.values(), *map(trimmed, guard)]
    estate = build_estate(documents, (), replace(whole.declared, vantages=(vantage,)))
    assert not loud(judged(estate))
    name = requirement(estate, "api").expected.asked
    blocked = replace(
        answer("10.0.1.4", "spoke", name),
        answers=(Record(name=Fqdn(name), type="CNAME", ttl=60, value="blockpolicy.azuredns.invalid"),),
    )
    finding = only(judged(estate, blocked), "PED613")
    assert finding.level is Level.ERROR
    assert "the assumption client-policy-ends-at-inbound-endpoints may not hold here" in finding.violation.cause
