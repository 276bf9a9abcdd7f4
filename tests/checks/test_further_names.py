"""Names that no endpoint lists (instances, online endpoints, the first API), and services other than workspaces."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from agent.lab import builders as b
from agent.lab.scenarios import build
from checks.finding import Level
from checks.names.expected import Need, Role, targets
from checks.requirements import Scope, derive_requirements, probable_clients
from checks.resolution.path import Opaque
from collectors.arm.sight import build_estate
from collectors.graph.declared import Declared, DeclaredServer, NamePlace, Site, Vantage
from collectors.graph.documents import Document, ServerChange
from collectors.graph.estate import Estate
from collectors.graph.ids import Fqdn
from collectors.graph.nodes import PrivateEndpoint, RecordSet
from tests.checks.judging import answer, context_of, judged, loud, only, redeclared
from tests.checks.test_edited_estates import edited
from tests.estates import GROUP, SUBSCRIPTION, estate_of, lab, nid, required, small_estate, trimmed, zone
from tests.estates import network as net

INSTANCE = "ci-anna.westeurope.instances.azureml.ms"
SCORING = "forecast-live.westeurope.inference.ml.azure.com"


def forecast() -> Estate:
    return lab("multi-subscription")


def without(estate: Estate, *fragments: str) -> Estate:
    kept = [d for d in estate.documents.values() if not any(f.lower() in d.id.key for f in fragments)]
    return build_estate(kept, (), estate.declared)


def roles(estate: Estate, role: Role) -> dict[str, tuple[tuple[str, ...], Need, str, str]]:
    return {r.name: (r.addresses, r.need, r.zone, r.covered) for r in required(estate).records if r.role is role}


# Compute instances


def test_an_instance_has_the_api_address_and_no_documented_zone() -> None:
    estate = forecast()
    assert roles(estate, Role.INSTANCE) == {INSTANCE: (("10.1.0.10",), Need.REQUIRED, "", "")}
    ports = roles(estate, Role.INSTANCE_PORT)
    assert f"ci-anna-22.{INSTANCE.partition('.')[2]}" in ports
    assert {need for _, need, _, _ in ports.values()} == {Need.OPTIONAL}


def test_an_instance_without_a_zone_is_undetermined_until_somebody_is_asked() -> None:
    estate = without(forecast(), f"privatednszones/{INSTANCE}")
    (requirement, *_) = [r for r in required(estate).requirements if r.role is Role.INSTANCE]
    assert isinstance(context_of(estate).path(requirement).outcome, Opaque)
    judgement = judged(estate)
    assert not loud(judgement)
    assert judgement.undetermined == (INSTANCE,)


def test_an_instance_whose_zone_holds_its_own_address_is_told() -> None:
    """Somebody took the instance's own address for the one that its name needs."""
    estate = forecast()
    record = next(r.id for r in estate.of_type(RecordSet) if r.zone.name == INSTANCE and r.type == "A")

    def own(body: dict[str, Any]) -> None:
        body["properties"]["aRecords"] = [{"ipv4Address": "10.1.1.4"}]

    finding = only(judged(edited(estate, record, own)), "PED512")
    assert finding.level is Level.ERROR
    assert finding.violation.text == f"{INSTANCE} gives 10.1.1.4 instead of 10.1.0.10"
    assert len(finding.clients) == 3


def asked_from_spoke(estate: Estate, *values: str) -> Any:
    spoke = Vantage(name="spoke", view="vnet-spoke-1", reaches=("10.0.0.4",))
    estate = redeclared(estate, replace(estate.declared, vantages=(spoke,)))
    return judged(estate, answer("10.0.0.4", "spoke", INSTANCE, *values))


def test_a_public_answer_for_an_instance_is_told_and_a_right_one_settles_it() -> None:
    estate = without(forecast(), f"privatednszones/{INSTANCE}")
    finding = only(asked_from_spoke(estate, "203.0.113.9"), "PED511")
    assert finding.violation.cause == "A live answer shows it."
    right = asked_from_spoke(estate, "10.1.0.10")
    assert (loud(right), right.undetermined) == ([], ())


# Online endpoints


def test_a_scoring_name_is_an_alias_below_the_inference_wildcard() -> None:
    ((name, (addresses, need, zone_name, covered)),) = roles(forecast(), Role.ENDPOINT).items()
    assert (name, addresses, need) == (SCORING, ("10.1.0.12",), Need.REQUIRED)
    assert zone_name == "privatelink.api.azureml.ms"
    assert covered.startswith("forecast-live.")
    assert covered.endswith(".inference.westeurope")


def test_a_missing_wildcard_is_one_finding_for_it_and_the_scoring_name() -> None:
    estate = forecast()
    wildcard = next(
        r.id.key for r in estate.of_type(RecordSet) if r.name.startswith("*.") and "10.1.0.12" in r.addresses
    )
    finding = only(judged(without(estate, wildcard)), "PED203")
    assert {SCORING} < set(finding.names)
    assert len(finding.names) == 2


def test_an_online_endpoint_that_nothing_explains_is_told() -> None:
    """A server's own alias sends the scoring name elsewhere: no repair of a zone mends that."""
    estate = forecast()
    theirs = {Fqdn(SCORING): ("theirs.corp.example",), Fqdn("theirs.corp.example"): ("10.9.9.9",)}
    servers = [replace(s, records=theirs) for s in estate.declared.servers]
    finding = only(judged(redeclared(estate, replace(estate.declared, servers=tuple(servers)))), "PED514")
    assert (finding.level, finding.violation.subject.name) == (Level.ERROR, SCORING)


def test_an_online_endpoint_without_a_wildcard_on_the_endpoint_is_undetermined() -> None:
    """Old endpoints do not list the inference wildcard, and nobody can tell its address."""
    estate = forecast()
    nic = next(n for n in estate.documents.values() if n.kind == "network-interface" and "10.1.0.12" in str(n.body))

    def old(body: dict[str, Any]) -> None:
        rows = body["properties"]["ipConfigurations"]
        body["properties"]["ipConfigurations"] = [
            row for row in rows if row["properties"]["privateIPAddress"] != "10.1.0.12"
        ]

    assert SCORING in judged(edited(estate, nic.id, old)).undetermined


def test_an_endpoint_on_kubernetes_has_the_name_of_its_cluster() -> None:
    estate = forecast()
    endpoint = next(d.id for d in estate.documents.values() if d.kind == "online-endpoint")

    def on_cluster(body: dict[str, Any]) -> None:
        body["kind"] = "K8S"

    assert roles(edited(estate, endpoint, on_cluster), Role.ENDPOINT) == {}


# The first API


def in_eastus(**more: Any) -> Estate:
    """A workspace in one of the three regions, on Azure DNS, with zones that hold what they must."""
    group = b.Group(subscription=SUBSCRIPTION, name="rg-ml", region="eastus")
    guid = "5eed0020-0000-4000-8000-00000000f0aa"
    stem = f"{guid}.workspace.eastus"
    api, notebooks = f"{stem}.api.azureml.ms", f"{b.notebooks_label('old', guid, 'eastus')}.notebooks.azure.net"
    endpoint = b.endpoint_id(group, "pe")
    subnet = f"{nid('hub')}/subnets/default"
    members = [
        b.Member(name="default", address="10.0.0.5", fqdns=(api,)),
        b.Member(name="notebook", address="10.0.0.6", fqdns=(notebooks,)),
    ]
    records = {f"A/{stem}": ["10.0.0.5"], f"A/{stem}.cert": ["10.0.0.5"]}
    label = notebooks.partition(".")[0]
    extra = [
        part for name, held in more.items() for part in zone(f"{stem}.{name.replace('_', '.')}", {"A/@": held}, "hub")
    ]
    return small_estate(
        net("hub", "10.0.0.0/16"),
        b.workspace(group, "old", guid, endpoint),
        b.private_endpoint(group, "pe", subnet, b.workspace_id(group, "old")),
        b.endpoint_interface(group, "pe", subnet, members),
        zone("privatelink.api.azureml.ms", records, "hub"),
        zone("privatelink.notebooks.azure.net", {f"A/{label}": ["10.0.0.6"]}, "hub"),
        extra,
    )


def test_the_names_of_the_first_api_are_optional_in_their_three_regions() -> None:
    estate = in_eastus()
    assert len(roles(estate, Role.LEGACY)) == 3
    assert {r[1] for r in roles(estate, Role.LEGACY).values()} == {Need.OPTIONAL}
    assert not loud(judged(estate))
    assert roles(forecast(), Role.LEGACY) == {}, "westeurope never had them"


def test_a_legacy_name_beside_one_that_is_served_is_told() -> None:
    """Somebody served one of the three by hand and forgot the others."""
    judgement = judged(in_eastus(experiments_azureml_net=["10.0.0.5"]))
    assert loud(judgement) == ["PED510", "PED510"]
    told = [f for f in judgement.findings if f.level > Level.NOTE]  # the notebooks name is of the old shape, too
    assert {f.violation.subject.name.rpartition(".")[2] for f in told} == {"net", "ms"}
    whole = in_eastus(
        experiments_azureml_net=["10.0.0.5"], modelmanagement_azureml_net=["10.0.0.5"], aether_ms=["10.0.0.5"]
    )
    assert not loud(judged(whole))
    wrong = in_eastus(
        experiments_azureml_net=["10.0.0.5"], modelmanagement_azureml_net=["10.0.0.5"], aether_ms=["10.0.0.6"]
    )
    assert only(judged(wrong), "PED510").violation.text.endswith("gives 10.0.0.6 instead of 10.0.0.5")


@pytest.mark.parametrize(("setting", "number"), [("auto", 0), ("off", 0), ("required", 3)])
def test_the_configuration_decides_about_the_names_of_the_first_api(setting: Any, number: int) -> None:
    estate = in_eastus()
    made = derive_requirements(estate, Scope(legacy_names=setting))
    assert len({r.name for r in made.requirements if r.role is Role.LEGACY}) == number
    assert len([r for r in made.records if r.role is Role.LEGACY]) == (0 if setting == "off" else 3)


def test_a_workspace_that_still_uses_the_first_api_needs_its_names() -> None:
    estate = in_eastus()

    def legacy(body: dict[str, Any]) -> None:
        body["properties"]["v1LegacyMode"] = True

    judgement = judged(edited(estate, estate.workspaces[0].id, legacy))
    assert loud(judgement) == ["PED510"] * 3
    assert {f.level for f in judgement.findings if f.code == "PED510"} == {Level.ERROR}


# Other services


def storage(*, status: str = "Approved", target: str = "", **parts: Any) -> Estate:
    """A storage account with one endpoint in the hub, and what `parts` say."""
    subnet = f"{nid('hub')}/subnets/default"
    account = target or b.storage_id(GROUP, "stdata")
    members = [b.Member(name="blob", address="10.0.0.20", fqdns=("stdata.blob.core.windows.net",))]
    endpoint = b.private_endpoint(GROUP, "pe-st", subnet, account, "blob")
    for connection in endpoint.body["properties"]["privateLinkServiceConnections"]:
        connection["properties"]["privateLinkServiceConnectionState"]["status"] = status
    return small_estate(
        net("hub", "10.0.0.0/16"),
        endpoint,
        b.endpoint_interface(GROUP, "pe-st", subnet, members, "blob"),
        *parts.values(),
    )


def blob_zone(*networks: str) -> list[Document]:
    return zone("privatelink.blob.core.windows.net", {"A/stdata": ["10.0.0.20"]}, *networks)


def test_every_private_endpoint_is_judged() -> None:
    assert not loud(judged(storage(zone=blob_zone("hub"))))
    finding = only(judged(storage(zone=blob_zone())), "PED202")
    assert finding.names == ("stdata.blob.core.windows.net",)
    assert loud(judged(storage())) == ["PED102", "PED201"], "neither a zone nor a group"
    assert loud(judged(storage(status="Pending", zone=blob_zone("hub")))) == ["PED101"]


def test_only_machine_learning_is_judged_where_the_configuration_says_so() -> None:
    made = derive_requirements(storage(zone=blob_zone()), Scope(services="aml"))
    assert (made.requirements, made.targets) == ((), ())


def test_a_private_link_service_of_ones_own_has_no_names_here() -> None:
    own = storage(target=GROUP.id("Microsoft.Network/privateLinkServices", "pls"))
    assert (targets(own), required(own).requirements) == ((), ())


def test_what_a_workspace_depends_on_is_needed_where_it_stands_if_it_refuses_the_public() -> None:
    """The endpoint of the storage account stands in the hub; the workspace and its computes in a spoke."""
    estate = lab("private-dependencies")
    needed = {(r.client.name, r.expected.endpoint.name) for r in required(estate).requirements}
    assert ("vnet-spoke-1", "pe-st-blob") in needed
    assert ("vnet-spoke-2", "pe-st-blob") not in needed
    assert ("vnet-spoke-2", "pe-mlw-demand") in needed


def test_a_named_workspace_brings_what_it_depends_on() -> None:
    estate = lab("private-dependencies")
    alone = derive_requirements(estate, Scope(workspaces=("mlw-demand",)))
    assert {t.id.name for t in alone.targets} >= {"stmlwdemand", "kv-mlwdemand", "ampls"}
    assert derive_requirements(estate, Scope(subscriptions=("ml-prod",))).targets == alone.targets
    assert derive_requirements(estate, Scope(subscriptions=("connectivity",))).targets == ()


def test_a_name_that_no_table_places_is_undetermined_unless_the_configuration_places_it() -> None:
    subnet = f"{nid('hub')}/subnets/default"
    new = GROUP.id("Microsoft.Brand/news", "it")
    parts: list[Any] = [
        net("hub", "10.0.0.0/16"),
        b.private_endpoint(GROUP, "pe", subnet, new, "main"),
        b.endpoint_interface(
            GROUP, "pe", subnet, [b.Member(name="m", address="10.0.0.9", fqdns=("it.brand.new",))], "main"
        ),
        zone("privatelink.brand.new", {"A/it": ["10.0.0.9"]}, "hub"),
    ]
    assert judged(small_estate(*parts)).undetermined == ("it.brand.new",)
    said = Declared(names=(NamePlace(public=Fqdn("brand.new"), zone=Fqdn("privatelink.brand.new")),))
    judgement = judged(small_estate(*parts, declared=said))
    assert (judgement.undetermined, loud(judgement)) == ((), [])


def test_probable_clients_are_the_networks_that_reach_an_endpoint_and_nobody_named() -> None:
    estate = lab("hub-spoke")
    made = required(estate)
    found = list(probable_clients(estate, made.workspaces[0], made.clients))
    assert [client.name for client in found] == ["vnet-hub"]


def test_a_site_that_says_what_it_reaches_needs_no_address_of_another_component() -> None:
    """Two endpoints of one workspace in networks that nothing connects; the office reaches one of them."""
    estate = estate_of(build("two-endpoints"))
    homes = sorted({e.network for e in estate.endpoints if e.network})
    for home in homes:
        site = Site(name="office", servers=("192.168.1.53",), reaches=(home.text,))
        declared = replace(estate.declared, sites=(site,))
        made = derive_requirements(
            redeclared(estate, replace(declared, clients=(replace(declared.clients[0], sites=("office",)),))), Scope()
        )
        api = next(r for r in made.requirements if r.client.site and r.role is Role.API)
        (endpoint,) = {record.endpoint for record in api.why}
        node = estate.get(PrivateEndpoint, endpoint)
        assert node
        assert node.network == home


def test_a_private_cluster_has_a_name_and_a_zone_of_its_own() -> None:
    """Azure makes both, and no table knows the zone; what the network's own zone answers is right."""
    subnet, name = f"{nid('hub')}/subnets/default", "aks-1.5eed.privatelink.westeurope.azmk8s.io"
    cluster = b.cluster_id(GROUP, "aks")
    parts: list[Any] = [
        net("hub", "10.0.0.0/16"),
        b.private_endpoint(GROUP, "kube-apiserver", subnet, cluster, "management"),
        b.endpoint_interface(
            GROUP, "kube-apiserver", subnet, [b.Member(name="m", address="10.0.0.9", fqdns=(name,))], "management"
        ),
    ]
    own = zone("5eed.privatelink.westeurope.azmk8s.io", {"A/aks-1": ["10.0.0.9"]}, "hub")
    assert not loud(judged(small_estate(*parts, own)))
    assert loud(judged(small_estate(*parts))) == ["PED501"], "no table knows the zone, so the symptom stands"


def test_a_server_that_forwards_nothing_needs_the_suffix_of_every_service() -> None:
    """One repair for all names: a key vault's alias leaves its suffix, so both must be forwarded."""
    estate = storage(zone=blob_zone("hub"))
    subnet = f"{nid('hub')}/subnets/default"
    vault = [
        b.private_endpoint(GROUP, "pe-kv", subnet, b.key_vault_id(GROUP, "kv"), "vault"),
        b.endpoint_interface(
            GROUP, "pe-kv", subnet, [b.Member(name="v", address="10.0.0.21", fqdns=("kv.vault.azure.net",))], "vault"
        ),
        *zone("privatelink.vaultcore.azure.net", {"A/kv": ["10.0.0.21"]}, "hub"),
    ]
    server = DeclaredServer(address="10.0.0.4", network="hub", kind="bind", forwards={})
    asking = net("hub", "10.0.0.0/16", "10.0.0.4")
    kept = [d for d in estate.documents.values() if d.id != asking.id]
    made = build_estate([*kept, *map(trimmed, (asking, *vault))], (), Declared(servers=(server,)))
    finding = only(judged(made), "PED305")
    (repair,) = finding.violation.repairs
    assert isinstance(repair.change, ServerChange)
    assert repair.change.after
    assert set(repair.change.after.forwards or {}) == {
        "blob.core.windows.net",
        "vault.azure.net",
        "vaultcore.azure.net",
    }
    assert repair.command.count("type forward") == 3
    assert not loud(judged(redeclared(made, replace(made.declared, servers=(repair.change.after,)))))
