"""Incidents of records in the wrong place, and of copies of a zone."""

from __future__ import annotations

from collections.abc import Sequence

from agent.lab import builders as b
from agent.lab.builders import Group
from agent.lab.clouds import PUBLIC
from agent.lab.estate import LabEstate
from agent.lab.scenarios import ML_PROD_LINKS, PLATFORM
from collectors.graph.documents import Document
from tests.incidents.scenes import adding, edited, find, healthy, incident, one, without
from tests.incidents.sharing import second_endpoint
from tests.incidents.zones import former, record_of, records_in

API, NOTEBOOKS = PUBLIC.api_zone, PUBLIC.notebooks_zone
INFERENCE = f"inference.westeurope.{API}"
BESIDE = Group(subscription=PLATFORM, name="RG-Second-DNS")
OTHERS = "5eed00ff-0000-4000-8000-0000000000ff.workspace.westeurope"


@incident("PED208")
def two_copies(estate: LabEstate) -> LabEstate:
    """There is no zone group; the second network got a zone of its own, and nobody wrote its record."""
    return _second_copy(without(estate, find(estate, "private-dns-zone-group")), holding=())


@healthy("two copies of a zone that are kept by hand and agree", "azure-dns")
def two_equal_copies(estate: LabEstate) -> LabEstate:
    """One for each network."""
    (record,) = records_in(estate, NOTEBOOKS)
    addresses = [row["ipv4Address"] for row in record.body["properties"]["aRecords"]]
    return _second_copy(without(estate, find(estate, "private-dns-zone-group")), holding=addresses)


def _second_copy(estate: LabEstate, *, holding: Sequence[str]) -> LabEstate:
    """The second network is linked to another copy of the notebooks zone, which holds these addresses."""
    first, network = one(estate, "private-dns-zone", NOTEBOOKS), one(estate, "virtual-network", "vnet-apps").body["id"]
    (link,) = (d for d in find(estate, "zone-link", "vnet-apps") if d.id.parent == first.id)
    (record,) = records_in(estate, NOTEBOOKS)
    copy = b.private_zone(BESIDE, NOTEBOOKS, record_sets=2, links=1)
    held = [b.address_record(copy.body["id"], record.id.name, holding)] if holding else []
    return adding(without(estate, link), copy, held, b.zone_link(copy.body["id"], network))


@incident("PED215")
def record_of_a_deleted_endpoint(estate: LabEstate) -> LabEstate:
    """Workspace and endpoint were deleted by hand, and one record stayed."""
    return _with_record_of(estate, "10.1.0.99")


@healthy("a record of another team's endpoint, whose address a machine has", "azure-dns")
def record_that_is_in_use(estate: LabEstate) -> LabEstate:
    """Nobody knows the endpoint of the stamp; the address lives."""
    network = one(estate, "virtual-network", "vnet-apps").body["id"]
    group = Group(subscription=ML_PROD_LINKS, name="RG-Apps")
    machine = b.vm_interface(group, "nic-theirs", "vm-theirs", f"{network}/subnets/snet-apps", "10.2.0.77")
    return adding(_with_record_of(estate, "10.2.0.77"), machine)


def _with_record_of(estate: LabEstate, address: str) -> LabEstate:
    record = b.address_record(one(estate, "private-dns-zone", API).body["id"], OTHERS, [address])
    return edited(adding(estate, record), record, former(address, "pe-mlw-deleted"))


@incident("PED219")
def alias_in_the_place(estate: LabEstate) -> LabEstate:
    """Somebody who moved the service wrote an alias."""
    record = record_of(estate, API, _is_api)
    alias = b.alias_record(one(estate, "private-dns-zone", API).body["id"], record.id.name, "api.example.com")
    return adding(without(estate, record), alias)


@healthy("an alias in a private-link zone that leads to the right address", "azure-dns")
def alias_to_the_right_address(estate: LabEstate) -> LabEstate:
    """Within the zone, to the certificate's name, which has the same address."""
    record, zone = record_of(estate, API, _is_api), one(estate, "private-dns-zone", API).body["id"]
    cert = record_of(estate, API, lambda name: name.endswith(".cert"))
    return adding(without(estate, record), b.alias_record(zone, record.id.name, f"{cert.id.name}.{API}"))


@incident("PED221")
def edited_to_another_right_address(estate: LabEstate) -> LabEstate:
    """A second endpoint was made without a zone group, and its address typed into one record of the first one's."""
    kept = [*records_in(estate, API), *records_in(estate, NOTEBOOKS)]
    (edited_one,) = (record for record in kept if _is_api(record.id.name))
    after = _with_second_endpoint(estate)
    return adding(after, *(record for record in kept if record is not edited_one))


@healthy("a second endpoint beside one that writes the records", "azure-dns")
def second_endpoint_without_records(estate: LabEstate) -> LabEstate:
    """Whoever asks gets the first one's addresses, which everybody can reach."""
    kept = [*records_in(estate, API), *records_in(estate, NOTEBOOKS)]
    return adding(_with_second_endpoint(estate), kept)


def _with_second_endpoint(estate: LabEstate) -> LabEstate:
    network = one(estate, "virtual-network", "vnet-apps").body["id"]
    group = Group(subscription=ML_PROD_LINKS, name="RG-Apps")
    after = second_endpoint(estate, group, f"{network}/subnets/snet-apps", "10.2.0")
    return without(after, (d for d in find(after, "private-dns-zone-group") if "rg-apps" in d.id.key))


@incident("PED222")
def empty_child_zone(estate: LabEstate) -> LabEstate:
    """A zone for the inference names was made and linked to both networks, and holds nothing."""
    return _with_child(estate)


@healthy("a child zone that holds the records that it took over", "azure-dns")
def full_child_zone(estate: LabEstate) -> LabEstate:
    """The parent holds them as well."""
    record = record_of(estate, API, lambda name: name.startswith("*."))
    addresses = [row["ipv4Address"] for row in record.body["properties"]["aRecords"]]
    return _with_child(estate, b.address_record(_child().body["id"], _below(record), addresses))


def _child() -> Document:
    return b.private_zone(BESIDE, INFERENCE, record_sets=2, links=2)


def _with_child(estate: LabEstate, *records: Document) -> LabEstate:
    networks = [network.body["id"] for network in find(estate, "virtual-network")]
    return adding(estate, _child(), records, (b.zone_link(_child().body["id"], network) for network in networks))


def _below(record: Document) -> str:
    return record.id.name.removesuffix(".inference.westeurope")


def _is_api(name: str) -> bool:
    return ".workspace." in name and not name.endswith(".cert")
