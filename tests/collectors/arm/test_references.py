"""References: every way in which one resource points to another."""

from __future__ import annotations

from typing import Any

import pytest

from collectors.arm.kinds import KINDS, kind_of_type
from collectors.arm.nodes import parse_document
from collectors.arm.references import references
from collectors.graph.documents import Gap
from collectors.graph.ids import ArmId
from tests.collectors.arm.bodies import FULL
from tests.collectors.arm.reading import document

EXPECTED = {
    "private-endpoint": {"network-interface", "virtual-network", "workspace"},
    "private-dns-zone-group": {"private-dns-zone"},
    "network-interface": {"private-endpoint", "virtual-network"},
    "virtual-network": {"virtual-network", "gateway-subnet"},
    "firewall": {"virtual-network", "virtual-hub", "firewall-policy"},
    "firewall-policy": {"firewall-policy"},
    "virtual-hub": {"virtual-wan", "firewall"},
    "hub-connection": {"virtual-network"},
    "p2s-gateway": {"virtual-hub"},
    "connectivity-configuration": {"virtual-network", "network-group"},
    "static-member": {"virtual-network"},
    "gateway-subnet": {"virtual-network-gateway"},
    "virtual-network-gateway": {"virtual-network"},
    "zone-link": {"virtual-network"},
    "dns-resolver": {"virtual-network"},
    "inbound-endpoint": {"dns-resolver", "virtual-network"},
    "outbound-endpoint": {"dns-resolver", "virtual-network"},
    "forwarding-ruleset": {"outbound-endpoint"},
    "ruleset-link": {"virtual-network"},
    "security-rule": {"domain-list"},
    "security-policy-link": {"virtual-network"},
    "workspace": {
        *("private-endpoint", "workspace", "storage-account", "key-vault"),
        *("container-registry", "application-insights"),
    },
    "compute": {"aks-cluster", "virtual-network"},
    "workspace-connection": {"ai-services"},
    "ml-registry": {"private-endpoint", "storage-account", "container-registry"},
    "storage-account": {"private-endpoint"},
    "key-vault": {"private-endpoint"},
    "container-registry": {"private-endpoint"},
    "application-insights": {"monitor-scope"},
    "monitor-scope": {"private-endpoint"},
    "ai-services": {"private-endpoint"},
    "search-service": {"private-endpoint"},
    "aks-cluster": {"virtual-network"},
}


def found(kind: str) -> list[Any]:
    node = parse_document(FULL[kind])
    assert node is not None
    assert not isinstance(node, Gap)
    return list(references(node))


@pytest.mark.parametrize("kind", KINDS)
def test_a_whole_body_points_to_these_kinds(kind: str) -> None:
    assert {reference.kind for reference in found(kind)} == EXPECTED.get(kind, set())


@pytest.mark.parametrize("kind", EXPECTED)
def test_each_reference_is_of_the_type_of_its_kind_and_says_who_points(kind: str) -> None:
    for reference in found(kind):
        assert kind_of_type(reference.id.type) is KINDS[reference.kind]
        assert reference.because
        assert "None" not in reference.because


def test_every_kind_that_is_read_by_reference_is_pointed_to() -> None:
    pointed = set().union(*EXPECTED.values())
    # A search service is reached only over a connection of a workspace, as any resource is.
    assert {kind.name for kind in KINDS.values() if kind.by_reference} - pointed == {"search-service"}


def test_targets_of_no_kind_of_ours_and_subnets_without_a_gateway_lead_nowhere() -> None:
    sql = "/subscriptions/s/resourceGroups/g/providers/Microsoft.Sql/servers/x"
    connection = parse_document(
        document("workspace-connection", FULL["workspace-connection"].id.text, {"metadata": {"ResourceId": sql}})
    )
    network = parse_document(document("virtual-network", FULL["virtual-network"].id.text, {}))
    for node in (connection, network):
        assert node is not None
        assert not isinstance(node, Gap)
        assert list(references(node)) == []


def test_a_subnet_leads_to_its_network() -> None:
    ends = {reference.id for reference in found("compute") if reference.kind == "virtual-network"}
    assert ends == {ArmId(FULL["virtual-network"].id.text)}
