"""Incidents of names that have findings of their own: compute instances, the first API, notebooks, scoring names."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from agent.lab import builders as b
from agent.lab.builders import Group
from agent.lab.clouds import PUBLIC
from agent.lab.estate import LabEstate
from collectors.graph.declared import DeclaredClient, DeclaredServer, HeldZone, Site
from collectors.graph.documents import Document
from collectors.graph.ids import ArmId, fqdn
from tests.incidents.scenes import adding, edited, find, healthy, incident, one, without

INSTANCES = PUBLIC.instances
EARLY = "eastus"
FIRST_API = {
    "experiments": "experiments.azureml.net",
    "modelmanagement": "modelmanagement.azureml.net",
    "aether": "aether.ms",
}
ELSEWHERE, GONE = "other-model.corp.example", "ml-former-westeurope"
OFFICE = "192.168.10.53"
_OWN = "10.1.0.77"
_API_ADDRESS = "10.1.0.5"


def instance_made(estate: LabEstate, *ports: int) -> LabEstate:
    """Somebody made a compute instance in the network of the workspace, with applications at ports of their own."""
    workspace, network = one(estate, "workspace", "mlw"), one(estate, "virtual-network", "vnet-ml")
    group = Group(subscription=workspace.id.subscription, name=workspace.id.resource_group)
    made = b.compute_instance(group, workspace.id.name, "ci-ines", f"{network.id.text}/subnets/snet-endpoints", _OWN)
    host = b.instance_host(group, "ci-ines")
    applications = made.body["properties"]["properties"]["applications"]
    for port in ports:
        uri = f"https://{host.replace('ci-ines', f'ci-ines-{port}')}/"
        applications.append({"displayName": "RStudio", "endpointUri": uri})
    return adding(estate, made)


def instance_zone(estate: LabEstate, *addresses: str) -> LabEstate:
    """A zone of exactly the instance's name, linked to every network, which holds these addresses."""
    zone_group = one(estate, "private-dns-zone", "notebooks").id
    group = Group(subscription=zone_group.subscription, name=zone_group.resource_group)
    name = b.instance_host(group, "ci-ines")
    zone = b.zone_id(group, name)
    networks = [network.id.text for network in find(estate, "virtual-network")]
    held = [b.address_record(zone, "@", addresses)] if addresses else []
    zoned = b.private_zone(group, name, record_sets=1 + len(held), links=len(networks))
    return adding(estate, zoned, b.soa_record(zone), held, [b.zone_link(zone, network) for network in networks])


@incident("PED511")
def zone_without_the_record(estate: LabEstate) -> LabEstate:
    """The zone was made and linked, and that was all."""
    return instance_zone(instance_made(estate))


@incident("PED512")
def own_address(estate: LabEstate) -> LabEstate:
    """It is the address that the portal shows for the instance."""
    return instance_zone(instance_made(estate), _OWN)


@incident("PED513")
def application_at_a_port(estate: LabEstate) -> LabEstate:
    """The application came later than the zone."""
    return instance_zone(instance_made(estate, 8787), _API_ADDRESS)


@incident("F20")
def own_address_behind_a_server(estate: LabEstate) -> LabEstate:
    """The zone of the instance holds what connectivityEndpoints shows."""
    (record,) = [r for r in find(estate, "record-set", "@") if INSTANCES in r.id.text and "aRecords" in str(r.body)]
    held = [{"ipv4Address": "10.1.1.4"}]
    return edited(estate, record, lambda body: body["properties"].update(aRecords=held))


@incident("F19")
def ssh_without_a_name(estate: LabEstate) -> LabEstate:
    """SSH was enabled on the instance."""

    def edit(body: dict[str, Any]) -> None:
        body["properties"]["properties"]["sshSettings"].update(sshPublicAccess="Enabled")

    return edited(estate, one(estate, "compute", "ci-anna"), edit)


@incident("F17")
def suffix_of_instances_left_out(estate: LabEstate) -> LabEstate:
    """It is among neither the forwarders nor what is declared of them."""

    def forgetful(servers: tuple[DeclaredServer, ...]) -> tuple[DeclaredServer, ...]:
        return tuple(
            replace(s, forwards={k: v for k, v in (s.forwards or {}).items() if k != INSTANCES}) for s in servers
        )

    return replace(estate, servers=forgetful(estate.servers), declared=forgetful(estate.declared))


@incident("PED515")
def project_with_names_of_its_own(estate: LabEstate) -> LabEstate:
    """Made in 2024, when a project's discovery address had the project's own GUID."""
    return _of_2024(estate)


@healthy("a project with names of its own that were written by hand", "hub-project")
def project_with_names_that_were_written(estate: LabEstate) -> LabEstate:
    """With the addresses of the hub's."""
    estate = _of_2024(estate)
    project = _project(estate)
    hub = next(d for d in find(estate, "workspace") if d.body["kind"] == "Hub")
    for record in find(estate, "record-set", hub.body["properties"]["workspaceId"]):
        name = record.id.name.replace(hub.body["properties"]["workspaceId"], project.body["properties"]["workspaceId"])
        addresses = [row["ipv4Address"] for row in record.body["properties"]["aRecords"]]
        estate = adding(estate, b.address_record(record.id.parent.text, name, addresses))
    return estate


def _project(estate: LabEstate) -> Document:
    return next(d for d in find(estate, "workspace") if d.body["kind"] == "Project")


def _of_2024(estate: LabEstate) -> LabEstate:
    def edit(body: dict[str, Any]) -> None:
        properties = body["properties"]
        host = f"{properties['workspaceId']}.workspace.{body['location']}.{PUBLIC.api}"
        properties["discoveryUrl"] = f"https://{host}/discovery"

    return edited(estate, _project(estate), edit)


@incident("PED516")
def workspace_tells_another_name(estate: LabEstate) -> LabEstate:
    """The workspace was moved, and what it says of itself was not written anew."""
    former = one(estate, "workspace", "mlw")

    def edit(body: dict[str, Any]) -> None:
        told = body["properties"]["notebookInfo"]
        first, _, rest = told["fqdn"].partition(".")
        told["fqdn"] = f"{first}.{rest.partition('.')[2]}"

    return edited(estate, former, edit)


@incident("F40")
def old_shape_on_the_interface(estate: LabEstate) -> LabEstate:
    """Without the region's label, as Azure made it in 2021; the zone group wrote the record by it."""
    (record,) = [r for r in find(estate, "record-set", "ml-") if "aRecords" in r.body["properties"]]
    label, _, region = record.id.name.partition(".")
    (nic,) = [n for n in find(estate, "network-interface") if "privateEndpoint" in n.body["properties"]]
    (group,) = find(estate, "private-dns-zone-group")
    for document in (nic, group):
        text = _spelt(document.body, f"{label}.{region}.", f"{label}.")
        estate = adding(estate, replace(document, body=text))
    zone = record.id.parent.text
    held = [row["ipv4Address"] for row in record.body["properties"]["aRecords"]]
    return adding(without(estate, record), b.address_record(zone, label, held, group.id.parent.text))


def in_region(estate: LabEstate, former: str, now: str) -> LabEstate:
    """The same estate in another region: names, records and addresses of services follow."""
    moved = (
        replace(d, id=ArmId(d.id.text.replace(former, now)), body=_spelt(d.body, former, now))
        for d in estate.documents.values()
    )
    return replace(estate, documents={document.id: document for document in moved})


def legacy_zones(estate: LabEstate, **addresses: str) -> LabEstate:
    """Zones of exactly the names of the first API, by service, linked to every network; each holds one address."""
    workspace = one(estate, "workspace", "mlw")
    dns = one(estate, "private-dns-zone", "notebooks").id
    group = Group(subscription=dns.subscription, name=dns.resource_group)
    networks = [network.id.text for network in find(estate, "virtual-network")]
    stem = f"{workspace.body['properties']['workspaceId']}.workspace.{EARLY}"
    for service, address in addresses.items():
        name = f"{stem}.{FIRST_API[service]}"
        zone = b.private_zone(group, name, record_sets=2, links=len(networks))
        links = (b.zone_link(zone.body["id"], network) for network in networks)
        estate = adding(estate, zone, b.address_record(zone.body["id"], "@", [address]), links)
    return estate


@incident("F39")
def one_of_the_first_api_is_left_out(estate: LabEstate) -> LabEstate:
    """Whoever wrote the two others had an older list."""
    early = in_region(estate, "westeurope", EARLY)
    return legacy_zones(early, experiments=_API_ADDRESS, modelmanagement=_API_ADDRESS)


@incident("PED510")
def one_of_the_first_api_leads_elsewhere(estate: LabEstate) -> LabEstate:
    """It was given the address of the notebooks."""
    early = in_region(estate, "westeurope", EARLY)
    return legacy_zones(early, experiments=_API_ADDRESS, modelmanagement=_API_ADDRESS, aether="10.1.0.6")


@healthy("the three names of the first API in an early region", "azure-dns")
def all_of_the_first_api(estate: LabEstate) -> LabEstate:
    """All lead to the api."""
    early = in_region(estate, "westeurope", EARLY)
    return legacy_zones(early, **dict.fromkeys(FIRST_API, _API_ADDRESS))


@incident("F46")
def instance_denied(estate: LabEstate) -> LabEstate:
    """The server was given a zone for the instance, without a record; nobody wrote that down."""
    (name,) = (host for d in find(estate, "compute", "ci-anna") if (host := _host(d)))
    zone = HeldZone(name=fqdn(name), serial=2026112101, records={fqdn(name): ()})
    return replace(estate, servers=tuple(replace(server, zones=(zone,)) for server in estate.servers))


def _host(compute: Document) -> str:
    applications = compute.body["properties"]["properties"]["applications"]
    return str(applications[0]["endpointUri"]).removeprefix("https://").partition("/")[0]


@incident("PED514")
def scoring_name_elsewhere(estate: LabEstate) -> LabEstate:
    """The server knows an alias for it, which leads to another team's model."""
    (endpoint, *_) = find(estate, "online-endpoint")
    scoring = str(endpoint.body["properties"]["scoringUri"]).removeprefix("https://").partition("/")[0]
    return aliased(estate, scoring)


def aliased(estate: LabEstate, name: str) -> LabEstate:
    """The one custom server has an alias for a name, and another name's address."""
    records = {fqdn(name): (ELSEWHERE,), fqdn(ELSEWHERE): ("10.9.9.9",)}
    servers = tuple(replace(server, records={**server.records, **records}) for server in estate.servers)
    return replace(estate, servers=servers, declared=servers)


@incident("PED503")
def alias_to_another_address(estate: LabEstate) -> LabEstate:
    """The server has an alias for the notebooks, which leads to a machine."""
    return aliased(estate, _notebooks(estate))


@incident("PED502")
def alias_to_nothing(estate: LabEstate) -> LabEstate:
    """The server has an alias for the notebooks, to the name of a workspace that is gone."""
    gone = f"{GONE}.{PUBLIC.notebooks_zone}"
    servers = tuple(replace(s, records={fqdn(_notebooks(estate)): (gone,)}) for s in estate.servers)
    return replace(estate, servers=servers, declared=servers)


@incident("PED501")
def office_without_a_way(estate: LabEstate) -> LabEstate:
    """An office's server has lines of its own for the api; there is nothing it could forward the others to."""
    records = {fqdn(n): (a,) for n, a in _listed(estate).items() if PUBLIC.notebooks not in n}
    server = DeclaredServer(address=OFFICE, site="office", kind="bind", forwards={}, records=records)
    site = Site(name="office", address_space=("192.168.0.0/16",), servers=(OFFICE,))
    clients = (*estate.clients, DeclaredClient(workspace="*", sites=("office",)))
    return replace(estate, servers=(server,), declared=(server,), sites=(site,), clients=clients)


@incident("F32")
def hosts_file_of_a_former_endpoint(estate: LabEstate) -> LabEstate:
    """The api's line was forgotten; everything else is forwarded."""
    (name,) = (n for n in _listed(estate) if ".workspace." in n and ".cert." not in n)
    servers = tuple(replace(s, kind="dnsmasq", records={fqdn(name): ("10.1.0.99",)}) for s in estate.servers)
    return replace(estate, servers=servers, declared=servers)


def _listed(estate: LabEstate) -> dict[str, str]:
    """The names that endpoints' interfaces list, wildcards left out, with their addresses."""
    return {
        name: configuration["properties"]["privateIPAddress"]
        for nic in find(estate, "network-interface")
        for configuration in nic.body["properties"]["ipConfigurations"]
        for name in configuration["properties"].get("privateLinkConnectionProperties", {}).get("fqdns", ())
        if not name.startswith("*")
    }


def _notebooks(estate: LabEstate) -> str:
    (name,) = (name for name in _listed(estate) if PUBLIC.notebooks in name)
    return name


def _spelt(value: Any, former: str, now: str) -> Any:
    """A body with some names spelt otherwise."""
    match value:
        case str():
            return value.replace(former, now)
        case list():
            return [_spelt(each, former, now) for each in value]
        case dict():
            return {key: _spelt(each, former, now) for key, each in value.items()}
    return value
