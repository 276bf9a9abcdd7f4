"""What somebody can do wrong in an estate: each fault computes its changes from the estate it is given.

Any two combine: what an earlier fault already took away yields no change. Counters of zones follow by themselves.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from copy import deepcopy
from dataclasses import replace

from agent.lab.builders import PENDING, Body, endpoint_connection
from agent.lab.estate import Fault, LabEstate, Side
from collectors.graph.declared import DeclaredServer
from collectors.graph.documents import AnyChange, Change, Document, ServerChange
from collectors.graph.ids import ArmId, Fqdn

API_ZONE = "privatelink.api.azureml.ms"
NOTEBOOKS_ZONE = "privatelink.notebooks.azure.net"
API_SUFFIX = Fqdn("api.azureml.ms")


def zone_unlinked(network: str) -> Fault:
    """The fault for the network (a name) whose Azure DNS resolves."""

    def changes(estate: LabEstate) -> Iterator[Change]:
        for link in _links(estate, API_ZONE):
            if _linked_network(link).lower() == network.lower():
                yield _gone(link)

    return Fault(
        name="zone-unlinked",
        sentence=f"Somebody removed the virtual network link from {API_ZONE} to {network}.",
        changes=_with_counters(changes),
    )


def record_missing() -> Fault:
    """The certificate name's record is gone, its zone group still lists it."""
    return Fault(
        name="record-missing",
        sentence="Somebody deleted the A record of the workspace's cert name by hand.",
        changes=_with_counters(lambda estate: map(_gone, _records(estate, API_ZONE, _is_cert))),
    )


def record_wrong_address() -> Fault:
    """The api record and the notebooks record now hold the same address."""

    def changes(estate: LabEstate) -> Iterator[Change]:
        address = _notebooks_address(estate)
        for record in _records(estate, API_ZONE, _is_api):
            body = deepcopy(dict(record.body))
            body["properties"]["aRecords"] = [{"ipv4Address": address}]
            yield _edited(record, body)

    return Fault(
        name="record-wrong-address",
        sentence="Somebody typed the notebooks address into the A record of the workspace's api name.",
        changes=_with_counters(changes),
    )


def notebooks_zone_left_out() -> Fault:
    """The zone group keeps one zone only; Azure removes the records it wrote into the other."""

    def changes(estate: LabEstate) -> Iterator[Change]:
        for group in _of_kind(estate, "private-dns-zone-group"):
            body = deepcopy(dict(group.body))
            configs = body["properties"]["privateDnsZoneConfigs"]
            kept = [c for c in configs if not _points_to(c, NOTEBOOKS_ZONE)]
            if len(kept) < len(configs):
                body["properties"]["privateDnsZoneConfigs"] = kept
                yield _edited(group, body)
                for record in _records(estate, NOTEBOOKS_ZONE):
                    yield replace(_gone(record), consequence=True)

    return Fault(
        name="notebooks-zone-left-out",
        sentence=f"Somebody took {NOTEBOOKS_ZONE} out of the endpoint's zone group.",
        changes=_with_counters(changes),
    )


def fallback_hides() -> Fault:
    """The missing record would be NXDOMAIN, but the links fall back to the internet."""

    def changes(estate: LabEstate) -> Iterator[Change]:
        for record in _records(estate, API_ZONE, _is_inference):
            yield _gone(record)
        for link in _links(estate, API_ZONE):
            body = deepcopy(dict(link.body))
            body["properties"]["resolutionPolicy"] = "NxDomainRedirect"
            if body != link.body:
                yield _edited(link, body)

    return Fault(
        name="fallback-hides",
        sentence="Somebody deleted the inference wildcard record and switched on fallback to the internet, "
        "which hides that it is missing.",
        changes=_with_counters(changes),
    )


def zone_deleted() -> Fault:
    """The notebooks zone and all that is in it; the zone group still points there."""

    def changes(estate: LabEstate) -> Iterator[Change]:
        for zone in _zones(estate, NOTEBOOKS_ZONE):
            yield _gone(zone)
            for inside in estate.documents.values():
                if inside.id.key.startswith(zone.id.key + "/"):
                    yield replace(_gone(inside), consequence=True)

    return Fault(
        name="zone-deleted",
        sentence=f"Somebody deleted the private DNS zone {NOTEBOOKS_ZONE} with its links and records.",
        changes=_with_counters(changes),
    )


def connection_pending() -> Fault:
    """The endpoint asks for approval again; its interface and records stay as they were."""

    def changes(estate: LabEstate) -> Iterator[Change]:
        for endpoint in _of_kind(estate, "private-endpoint"):
            pending = _pending_endpoint(endpoint)
            if pending != endpoint.body:
                yield _edited(endpoint, pending)
        for workspace in _of_kind(estate, "workspace"):
            body = deepcopy(dict(workspace.body))
            for connection in body["properties"]["privateEndpointConnections"]:
                connection["properties"]["privateLinkServiceConnectionState"] = dict(PENDING)
            if body != workspace.body:
                yield replace(_edited(workspace, body), consequence=True)

    return Fault(
        name="connection-pending",
        sentence="Somebody asked for the endpoint's connection by hand, and nobody has approved it.",
        changes=_with_counters(changes),
    )


def forwarder_removed() -> Fault:
    """The declaration follows the server: both know nothing of the suffix."""
    return Fault(
        name="forwarder-removed",
        sentence=f"Somebody removed the conditional forwarder for {API_SUFFIX} from the DNS server, as declared.",
        changes=lambda estate: _without_forwarder(estate, (*estate.declared, *estate.servers)),
    )


def forwarder_removed_silently() -> Fault:
    """The declaration still promises the forwarder: only answers can show that it is gone."""
    return Fault(
        name="forwarder-removed-silently",
        sentence=f"Somebody removed the conditional forwarder for {API_SUFFIX} from the DNS server and told nobody.",
        changes=lambda estate: _without_forwarder(estate, estate.servers),
        side=Side.SERVER_ONLY,
    )


def _without_forwarder(estate: LabEstate, servers: tuple[DeclaredServer, ...]) -> tuple[ServerChange, ...]:
    if not estate.servers:
        raise LookupError("This scenario has no custom DNS server.")
    found: dict[str, ServerChange] = {}
    for server in servers:
        if server.forwards is None or API_SUFFIX not in server.forwards:
            continue
        left = {suffix: targets for suffix, targets in server.forwards.items() if suffix != API_SUFFIX}
        change = ServerChange(
            id=f"server:{server.address}@{_place(estate, server)}",
            before=server,
            after=replace(server, forwards=left),
        )
        found.setdefault(change.id, change)
    return tuple(found.values())


def _place(estate: LabEstate, server: DeclaredServer) -> str:
    for network in _of_kind(estate, "virtual-network"):
        if server.network.lower() in (network.id.key, network.id.name.lower()):
            return str(network.id)
    return f"site:{server.site}"


def _with_counters(
    changes: Callable[[LabEstate], Iterable[Change]],
) -> Callable[[LabEstate], tuple[AnyChange, ...]]:
    """Let Azure's own counters in the zones follow the changes."""

    def counted(estate: LabEstate) -> tuple[AnyChange, ...]:
        direct = tuple(changes(estate))
        after = estate.with_changes(direct)
        return (*direct, *_recounted(after, direct))

    return counted


def _recounted(estate: LabEstate, direct: tuple[Change, ...]) -> Iterator[Change]:
    touched = {change.id.parent for change in direct if change.after is None}
    for zone in _of_kind(estate, "private-dns-zone"):
        if zone.id in touched:
            inside = [d.kind for d in estate.documents.values() if d.id.key.startswith(zone.id.key + "/")]
            body = deepcopy(dict(zone.body))
            body["properties"]["numberOfRecordSets"] = inside.count("record-set")
            body["properties"]["numberOfVirtualNetworkLinks"] = inside.count("zone-link")
            yield replace(_edited(zone, body), consequence=True)


def _pending_endpoint(endpoint: Document) -> Body:
    body = deepcopy(dict(endpoint.body))
    properties = body["properties"]
    for connection in properties["privateLinkServiceConnections"]:
        properties["manualPrivateLinkServiceConnections"].append(
            endpoint_connection(
                body["id"],
                connection["properties"]["privateLinkServiceId"],
                listed_in="manualPrivateLinkServiceConnections",  # a pending connection is in this list only
                state=PENDING,
            )
        )
    properties["privateLinkServiceConnections"] = []
    return body


def _of_kind(estate: LabEstate, kind: str) -> Iterator[Document]:
    return (document for document in estate.documents.values() if document.kind == kind)


def _zones(estate: LabEstate, name: str) -> Iterator[Document]:
    return (zone for zone in _of_kind(estate, "private-dns-zone") if zone.id.name == name)


def _links(estate: LabEstate, zone: str) -> Iterator[Document]:
    return (link for link in _of_kind(estate, "zone-link") if link.id.parent.name == zone)


def _records(estate: LabEstate, zone: str, wanted: Callable[[str], bool] = lambda _: True) -> Iterator[Document]:
    for record in _of_kind(estate, "record-set"):
        if record.id.parent.name == zone and record.id.type.endswith("/A") and wanted(record.id.name):
            yield record


def _is_cert(record: str) -> bool:
    return record.endswith(".cert")


def _is_inference(record: str) -> bool:
    return record.startswith("*.") and ".inference." in record


def _is_api(record: str) -> bool:
    return ".workspace." in record and not _is_cert(record)


def _linked_network(link: Document) -> str:
    return ArmId(link.body["properties"]["virtualNetwork"]["id"]).name


def _points_to(config: Body, zone: str) -> bool:
    return ArmId(config["properties"]["privateDnsZoneId"]).name == zone


def _notebooks_address(estate: LabEstate) -> str:
    for interface in _of_kind(estate, "network-interface"):
        for configuration in interface.body["properties"]["ipConfigurations"]:
            link = configuration["properties"].get("privateLinkConnectionProperties", {})
            if any(name.endswith(".notebooks.azure.net") for name in link.get("fqdns", ())):
                return str(configuration["properties"]["privateIPAddress"])
    raise LookupError("This scenario has no endpoint with a notebooks name.")


def _gone(document: Document) -> Change:
    return Change(id=document.id, before=document, after=None)


def _edited(document: Document, body: Body) -> Change:
    return Change(id=document.id, before=document, after=replace(document, body=body))
