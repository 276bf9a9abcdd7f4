"""What Azure documents as unsupported, one edit of a healthy estate each: told, and nothing else is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from agent.lab import builders as b
from checks.finding import Finding, Level
from checks.limits import LINKS_PER_ZONE, RESOLVERS_PER_SUBSCRIPTION, ZONES_PER_GROUP
from collectors.arm.sight import build_estate
from collectors.graph.documents import Document
from collectors.graph.estate import Estate
from collectors.graph.ids import ArmId
from tests.checks.judging import judged, loud, only
from tests.checks.test_edited_estates import edited, network
from tests.estates import GROUP, lab, trimmed

Edit = Callable[[dict[str, Any]], None]


def ending(estate: Estate, kind: str, name: str) -> ArmId:
    return next(d.id for d in estate.documents.values() if d.kind == kind and d.id.name == name)


def with_documents(estate: Estate, *more: Document) -> Estate:
    return build_estate([*estate.documents.values(), *map(trimmed, more)], (), estate.declared)


def renamed(estate: Estate, kind: str, name: str, other: str) -> Estate:
    """One resource under another name."""
    old = estate.documents[ending(estate, kind, name)]
    id = ArmId(f"{old.id.text[: -len(name)]}{other}")
    documents = [d for d in estate.documents.values() if d.id != old.id]
    return build_estate(
        [*documents, replace(old, id=id, body={**old.body, "id": id.text, "name": other})], (), estate.declared
    )


def rule(edit: Edit) -> Estate:
    """The private resolver, whose rule for the company's own names is edited."""
    estate = lab("private-resolver")
    return edited(estate, ending(estate, "forwarding-rule", "corp"), edit)


def targets(*addresses: str) -> Edit:
    def edit(body: dict[str, Any]) -> None:
        body["properties"]["targetDnsServers"] = [{"ipAddress": address, "port": 53} for address in addresses]

    return edit


def domain(text: str) -> Edit:
    def edit(body: dict[str, Any]) -> None:
        body["properties"]["domainName"] = text

    return edit


def told(estate: Estate, code: str) -> Finding:
    return only(judged(estate), code)


def test_a_rule_to_the_platforms_address_is_told() -> None:
    finding = told(rule(targets("168.63.129.16")), "PED406")
    assert (finding.level, finding.violation.subject.name) == (Level.ERROR, "corp")


def test_a_disabled_rule_to_the_platforms_address_is_no_matter() -> None:
    def edit(body: dict[str, Any]) -> None:
        targets("168.63.129.16")(body)
        body["properties"]["forwardingRuleState"] = "Disabled"

    assert not loud(judged(rule(edit)))


@pytest.mark.parametrize(
    ("edit", "says"),
    [
        (targets(*(f"192.168.10.{n}" for n in range(7))), "It has 7 targets; 6 are allowed."),
        (targets(), "It has no target."),
        (domain(".".join("a" * 35) + "."), "Its domain has 35 labels; 34 are allowed."),
    ],
)
def test_a_rule_that_breaks_a_limit_is_told(edit: Edit, says: str) -> None:
    finding = told(rule(edit), "PED410")
    assert (finding.level, finding.violation.cause) == (Level.WARNING, says)


@pytest.mark.parametrize("edit", [targets(*(f"192.168.10.{n}" for n in range(6))), domain(".".join("a" * 34) + ".")])
def test_a_rule_at_the_limit_is_right(edit: Edit) -> None:
    assert not loud(judged(rule(edit)))


@pytest.mark.parametrize("name", ["1corp", "corp.local", "-corp", "kørp"])
def test_a_rule_with_a_name_that_azure_refuses_is_told(name: str) -> None:
    finding = told(renamed(lab("private-resolver"), "forwarding-rule", "corp", name), "PED410")
    assert "its name is not a letter followed by" in finding.violation.cause.lower()
    assert not loud(judged(renamed(lab("private-resolver"), "forwarding-rule", "corp", "C_o-1")))


def subnet(name: str, edit: Edit) -> Estate:
    """The private resolver, one subnet of whose network is edited."""
    estate = lab("private-resolver")

    def of_network(body: dict[str, Any]) -> None:
        edit(next(row for row in body["properties"]["subnets"] if row["name"] == name))

    return edited(estate, network(estate, "vnet-hub"), of_network)


def prefix(text: str) -> Edit:
    def edit(body: dict[str, Any]) -> None:
        body["properties"]["addressPrefix"] = text

    return edit


def delegated(*services: str) -> Edit:
    def edit(body: dict[str, Any]) -> None:
        body["properties"]["delegations"] = [{"name": s, "properties": {"serviceName": s}} for s in services]

    return edit


@pytest.mark.parametrize(
    ("edit", "says"),
    [
        (prefix("10.0.1.0/29"), "Its subnet snet-dns-outbound is a /29; /28 to /24 are supported."),
        (prefix("10.0.0.0/23"), "Its subnet snet-dns-outbound is a /23; /28 to /24 are supported."),
        (delegated(), "Its subnet snet-dns-outbound is not delegated to Microsoft.Network/dnsResolvers."),
        (
            delegated("Microsoft.Network/dnsResolvers", "Microsoft.Web/serverFarms"),
            "Its subnet snet-dns-outbound is delegated to microsoft.web/serverfarms.",
        ),
    ],
)
def test_an_unsupported_subnet_of_a_resolver_is_told(edit: Edit, says: str) -> None:
    finding = told(subnet("snet-dns-outbound", edit), "PED411")
    assert (finding.level, finding.violation.cause) == (Level.WARNING, says)


@pytest.mark.parametrize("text", ["10.0.1.16/28", "10.0.3.0/24"])
def test_the_smallest_and_the_largest_subnet_are_right(text: str) -> None:
    assert not loud(judged(subnet("snet-dns-outbound", prefix(text))))


def test_endpoints_that_share_a_subnet_or_span_several_are_told() -> None:
    estate = lab("private-resolver")
    inbound = ending(estate, "inbound-endpoint", "in")
    hub = network(estate, "vnet-hub")
    shared = with_documents(
        estate,
        b.outbound_endpoint(
            b.Group(subscription=inbound.subscription, name=inbound.resource_group),
            "dnspr-hub",
            "second",
            f"{hub}/subnets/snet-dns-outbound",
        ),
    )
    judgement = judged(shared)
    assert loud(judgement) == ["PED411", "PED411"]
    assert {f.violation.cause for f in judgement.findings if f.code == "PED411"} == {
        "Its subnet snet-dns-outbound is shared with second.",
        "Its subnet snet-dns-outbound is shared with out.",
    }

    def second(body: dict[str, Any]) -> None:
        body["properties"]["ipConfigurations"].append(
            {"subnet": {"id": f"{hub}/subnets/GatewaySubnet"}, "privateIpAddress": "10.0.2.9"}
        )

    spanning = told(edited(estate, inbound, second), "PED411")
    assert "addresses stand in several subnets" in spanning.violation.cause


def test_an_endpoint_outside_of_its_resolvers_network_is_told() -> None:
    estate = lab("private-resolver")
    spoke = network(estate, "vnet-spoke-2")

    def elsewhere(body: dict[str, Any]) -> None:
        body["properties"]["subnet"]["id"] = f"{spoke}/subnets/unknown"

    finding = told(edited(estate, ending(estate, "outbound-endpoint", "out"), elsewhere), "PED411")
    assert finding.violation.cause == "Its subnet unknown is not in vnet-hub, the network of its resolver."


def of_network(edit: Edit) -> Estate:
    estate = lab("private-resolver")
    return edited(estate, network(estate, "vnet-hub"), edit)


def encrypted(body: dict[str, Any]) -> None:
    body["properties"]["encryption"] = {"enabled": True, "enforcement": "AllowUnencrypted"}


def elsewhere(body: dict[str, Any]) -> None:
    body["location"] = "northeurope"


def with_ipv6(body: dict[str, Any]) -> None:
    row = next(row for row in body["properties"]["subnets"] if row["name"] == "snet-dns-inbound")
    row["properties"].pop("addressPrefix", None)
    row["properties"]["addressPrefixes"] = ["10.0.1.0/28", "fd00:1::/64"]


@pytest.mark.parametrize(
    ("edit", "says"),
    [
        (encrypted, "Vnet-hub is encrypted."),
        (elsewhere, "Vnet-hub is in northeurope, the resolver in westeurope."),
        (with_ipv6, "The subnet snet-dns-inbound has IPv6 addresses."),
    ],
)
def test_an_unsupported_network_of_a_resolver_is_told(edit: Edit, says: str) -> None:
    finding = told(of_network(edit), "PED412")
    assert (finding.level, finding.violation.cause) == (Level.WARNING, says)


def test_two_resolvers_in_one_network_are_told() -> None:
    estate = lab("private-resolver")
    hub = network(estate, "vnet-hub")
    judgement = judged(with_documents(estate, b.dns_resolver(GROUP, "second", str(hub))))
    assert loud(judgement) == ["PED412", "PED412"]


def test_a_ruleset_linked_to_its_own_inbound_endpoint_is_a_loop() -> None:
    """Somebody linked the spokes' ruleset to the hub as well: no zone covers the public names there."""
    estate = lab("ruleset")
    hub = network(estate, "vnet-hub")
    link = b.ruleset_link(str(ending(estate, "forwarding-ruleset", "dnsfrs-spokes")), str(hub))
    judgement = judged(with_documents(estate, link))
    finding = only(judgement, "PED401")
    assert (finding.level, finding.violation.subject.id) == (Level.ERROR, link.id.text)
    assert len(finding.names) == 4
    assert "-> Azure DNS in vnet-hub" in finding.violation.cause
    (repair,) = finding.violation.repairs
    assert repair.change.after is None
    assert repair.command.startswith("az dns-resolver vnet-link delete ")


def test_a_ruleset_that_may_lead_back_is_told() -> None:
    """Somebody added a rule for the private-link zone to the hub's ruleset; the linked zone hides the circle."""
    estate = lab("private-resolver")
    hub, ruleset = network(estate, "vnet-hub"), ending(estate, "forwarding-ruleset", "dnsfrs-hub")
    rule = b.forwarding_rule(str(ruleset), "ml", "privatelink.api.azureml.ms", ["10.0.1.4"])
    finding = told(with_documents(estate, rule), "PED416")
    assert (finding.level, finding.violation.subject.id) == (Level.WARNING, ruleset.text)
    assert finding.violation.discriminator == hub.text
    assert finding.violation.cause == "It is linked to vnet-hub, and rule ml sends to an inbound endpoint there."


def test_four_fifths_of_a_limit_are_told() -> None:
    """A subscription with twelve of fifteen resolvers, each in a network of its own."""
    estate = lab("private-resolver")
    group = b.Group(subscription=GROUP.subscription, name="rg-many")

    def many(number: int) -> Estate:
        made = []
        for n in range(number):
            own = b.network_id(group, f"vnet-{n}")
            made.append(b.virtual_network(group, f"vnet-{n}", f"172.20.{n}.0/24", subnets={}, peers={}))
            made.append(b.dns_resolver(group, f"dnspr-{n}", own))
        return with_documents(estate, *made)

    assert not loud(judged(many(11)))
    finding = told(many(12), "PED217")
    assert finding.level is Level.WARNING
    assert finding.violation.text.endswith(" has 12 of at most 15 DNS private resolvers in a subscription")


def test_small_limits_are_never_near() -> None:
    assert not ZONES_PER_GROUP.near(5)
    assert (RESOLVERS_PER_SUBSCRIPTION.near(11), RESOLVERS_PER_SUBSCRIPTION.near(12)) == (False, True)
    assert (LINKS_PER_ZONE.near(799), LINKS_PER_ZONE.near(800)) == (False, True)
