"""Repairs: each server's own language, quoting, and documents that nobody vouches for."""

from __future__ import annotations

import copy
import shlex
from dataclasses import replace
from typing import Any

import pytest

from checks.context import make_context
from checks.diagnosis import repairs
from checks.requirements import Client, Tier
from checks.resolution.places import custom_server
from checks.runner import judge
from checks.views import view_classes
from collectors.arm.sight import build_estate
from collectors.graph.declared import DeclaredServer, Site
from collectors.graph.documents import ServerChange
from collectors.graph.estate import Estate
from collectors.graph.ids import ArmId, Fqdn
from collectors.graph.nodes import PrivateEndpoint, Workspace, ZoneLink
from tests.checks.judging import NOW, context_of, judged, only, redeclared, requirement
from tests.estates import lab, required


@pytest.mark.parametrize(
    ("kind", "line"),
    [
        ("bind", 'zone "api.azureml.ms" { type forward; forward only; forwarders { 168.63.129.16; }; };'),
        ("unbound", 'forward-zone: name: "api.azureml.ms" forward-addr: 168.63.129.16'),
        ("dnsmasq", "server=/api.azureml.ms/168.63.129.16"),
        ("pdns-recursor", "forward-zones-recurse=api.azureml.ms=168.63.129.16"),
        (
            "knot-resolver",
            "policy.add(policy.suffix(policy.FORWARD({'168.63.129.16'}), policy.todnames({'api.azureml.ms.'})))",
        ),
        ("coredns", "api.azureml.ms { forward . 168.63.129.16 }"),
        ("windows", "Add-DnsServerConditionalForwarderZone -Name api.azureml.ms -MasterServers 168.63.129.16"),
        ("unknown", "forward api.azureml.ms to 168.63.129.16"),
    ],
)
def test_a_forwarder_is_told_in_the_language_of_the_server(kind: str, line: str) -> None:
    server = custom_server(lab("hub-spoke"), DeclaredServer(address="10.0.0.4", network="vnet-hub", kind=kind))
    repair = repairs.add_forwarder(server, [Fqdn("api.azureml.ms")], "168.63.129.16")
    assert repair.command == line
    assert isinstance(repair.change, ServerChange)


def test_a_missing_zone_that_no_group_names_belongs_beside_the_other_zones_of_the_view() -> None:
    """The team that keeps the zones keeps this one too; the endpoint lies in another subscription."""
    estate = lab("private-resolver", "zone-group-removed", "zone-deleted")
    (missing,) = [finding for finding in judged(estate).findings if finding.code == "PED201"]
    (other,) = estate.zones_by_name[Fqdn("privatelink.api.azureml.ms")]
    created = missing.violation.repairs[0].change.id
    assert ArmId(str(created)).parent == other.id.parent


def test_findings_that_are_repaired_together_name_the_whole_repair() -> None:
    """One zone is there and one is not yet: the group that puts the endpoint right covers both."""
    judgement = judged(lab("private-resolver", "zone-group-removed", "zone-deleted"))
    (unconnected,) = [finding for finding in judgement.findings if finding.code == "PED102"]
    group = unconnected.violation.repairs[0]
    assert len(group.command.splitlines()) == 2
    assert "privatelink.api.azureml.ms" in group.text
    assert "privatelink.notebooks.azure.net" in group.text


def test_a_server_outside_azure_is_told_to_forward_to_one_that_reaches_azure_dns() -> None:
    """168.63.129.16 answers nobody on-premises."""
    estate = lab("hub-spoke")
    office = DeclaredServer(address="192.168.10.53", site="office", kind="unbound", forwards={})
    client = replace(estate.declared.clients[0], networks=(), sites=("office",))
    site = Site(name="office", address_space=("192.168.0.0/16",), servers=("192.168.10.53",))
    declared = replace(estate.declared, servers=(*estate.declared.servers, office), clients=(client,), sites=(site,))
    finding = only(judged(redeclared(estate, declared)), "PED305")
    assert "forward-addr: 10.0.0.4" in finding.violation.repairs[0].command


def test_a_new_link_keeps_the_fallback_of_its_siblings() -> None:
    estate = lab("azure-dns", "fallback-hides")
    zone = next(link.zone for link in estate.of_type(ZoneLink) if link.fallback)
    network = ArmId(estate.networks[0].id.text + "-new")
    repair = repairs.link_zone(estate, zone, network)
    assert repair.command.endswith("--resolution-policy NxDomainRedirect")
    assert estate.with_changes(repair.change).linked_zones(network)[Fqdn(zone.name)].fallback


def test_words_from_azure_are_quoted_for_a_shell() -> None:
    words = ("az", "--name", "it's; rm -rf $HOME `id`", "a b")
    assert shlex.split(repairs.command(*words)) == list(words)


def broken(estate: Estate, id: ArmId, properties: Any) -> Estate:
    """One document's properties replaced by something absurd."""
    body = copy.deepcopy(dict(estate.documents[id].body))
    body["properties"] = properties
    changed = replace(estate.documents[id], body=body)
    documents = [changed if document.id == id else document for document in estate.documents.values()]
    return build_estate(documents, (), estate.declared)


@pytest.mark.parametrize("properties", [None, [], "x", {"privateEndpointConnections": ["x", None, 7]}])
def test_a_workspace_of_an_absurd_shape_crashes_no_repair(properties: Any) -> None:
    estate = lab("azure-dns", "connection-pending")
    (endpoint,) = estate.of_type(PrivateEndpoint)
    (workspace,) = estate.of_type(Workspace)
    absurd = broken(estate, workspace.id, properties)
    assert not judged(absurd).crashed
    assert repairs.approve_connection(absurd, endpoint.id).command == ""


@pytest.mark.parametrize("properties", [None, [], {"resolutionPolicy": {"a": 1}}])
def test_a_link_of_an_absurd_shape_crashes_no_repair(properties: Any) -> None:
    estate = lab("hub-spoke")
    zone = requirement(estate, "api").expected.zone
    link = next(link for link in estate.of_type(ZoneLink) if link.zone.name.lower() == zone)
    judgement = judged(broken(estate, link.id, properties))
    assert not judgement.crashed
    assert judgement.not_evaluated


def test_an_explanation_that_crashes_is_told_and_the_others_go_on() -> None:
    """A hypothesis or a cause that fails must not take the run with it."""
    from checks.catalogue import CATALOGUE

    estate = lab("hub-spoke", "zone-unlinked", "notebooks-zone-left-out")

    def crash(*_: object) -> None:
        raise RuntimeError("on purpose")

    catalogue = [replace(check, explain=crash) if check.code == "PED202" else check for check in CATALOGUE]
    judgement = judge(make_context(estate, required(estate), (), NOW), catalogue)
    codes = {finding.code for finding in judgement.findings}
    assert judgement.crashed
    assert {"PED905", "PED103", "PED501"} <= codes
    assert "PED202" not in codes


def test_a_network_that_reaches_the_endpoint_is_a_probable_client() -> None:
    estate = lab("azure-dns")
    estate = redeclared(estate, replace(estate.declared, clients=()))
    record = requirement(estate, "api").expected
    clients = [Client(id=network.id.text, network=network.id) for network in estate.networks]
    tiers = {
        client.name: view.tier
        for view in view_classes(context_of(estate), record.name, "A", clients)
        for client in view.clients
    }
    assert tiers == {"vnet-ml": Tier.REQUIRED, "vnet-apps": Tier.PROBABLE}
