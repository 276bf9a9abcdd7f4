"""What somebody can do wrong in an estate: each fault computes its changes from the estate it is given.

Any two combine: what an earlier fault already took away yields no change. Counters of zones follow by themselves.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from copy import deepcopy
from dataclasses import replace
from typing import Any

from agent.lab.aims import Aim
from agent.lab.builders import (
    PENDING,
    Body,
    Group,
    address_record,
    endpoint_connection,
    private_zone,
    soa_record,
    zone_id,
    zone_link,
)
from agent.lab.conduct import misbehaving
from agent.lab.estate import Fault, LabEstate, Side
from agent.lab.internet import PUBLIC_RESOLVER
from agent.lab.zones import of_kind
from collectors.graph.declared import DeclaredServer
from collectors.graph.documents import AnyChange, Change, Document, ServerChange
from collectors.graph.ids import ArmId, Fqdn, is_under


def anywhere(aim: Aim) -> tuple[Fault, ...]:
    """What can go wrong in every architecture."""
    return (
        record_missing(aim),
        record_wrong_address(aim),
        notebooks_zone_left_out(aim),
        fallback_hides(aim),
        zone_deleted(aim),
        connection_pending(aim),
    )


def zone_unlinked(aim: Aim, network: str) -> Fault:
    """The fault for the network (a name) whose Azure DNS resolves."""
    zone = aim.names.api_zone

    def changes(estate: LabEstate) -> Iterator[Change]:
        for link in aim.links(estate, zone):
            if _linked_network(link).lower() == network.lower():
                yield _gone(link)

    return Fault(
        name="zone-unlinked",
        sentence=f"Somebody removed the virtual network link from {zone} to {network}.",
        changes=_with_counters(changes),
    )


def record_missing(aim: Aim) -> Fault:
    """The certificate name's record is gone, its zone group still lists it."""
    return Fault(
        name="record-missing",
        sentence="Somebody deleted the A record of the workspace's cert name by hand.",
        changes=_with_counters(lambda estate: map(_gone, aim.records(estate, aim.names.api_zone, _is_cert))),
    )


def record_wrong_address(aim: Aim) -> Fault:
    """The api record and the notebooks record now hold the same address."""

    def changes(estate: LabEstate) -> Iterator[Change]:
        for record in aim.records(estate, aim.names.api_zone, _is_api):
            yield _with_addresses(record, aim.notebooks_address(estate))

    return Fault(
        name="record-wrong-address",
        sentence="Somebody typed the notebooks address into the A record of the workspace's api name.",
        changes=_with_counters(changes),
    )


def record_mixed(aim: Aim, former: str) -> Fault:
    """The notebooks record holds the right address and a `former` one, and answers with both."""

    def changes(estate: LabEstate) -> Iterator[Change]:
        for record in aim.records(estate, aim.names.notebooks_zone):
            yield _with_addresses(record, aim.notebooks_address(estate), former)

    return Fault(
        name="record-mixed",
        sentence=f"Somebody put the address of a former endpoint, {former}, back into the A record of the notebooks "
        "name and left the right one beside it.",
        changes=_with_counters(changes),
    )


def notebooks_zone_left_out(aim: Aim) -> Fault:
    """The zone group keeps one zone only; Azure removes the records it wrote into the other."""
    zone = aim.names.notebooks_zone

    def changes(estate: LabEstate) -> Iterator[Change]:
        for group in aim.zone_groups(estate):
            body = deepcopy(dict(group.body))
            configs = body["properties"]["privateDnsZoneConfigs"]
            kept = [c for c in configs if not _points_to(c, zone)]
            if len(kept) < len(configs):
                body["properties"]["privateDnsZoneConfigs"] = kept
                yield _edited(group, body)
                for record in aim.records(estate, zone):
                    yield replace(_gone(record), consequence=True)

    return Fault(
        name="notebooks-zone-left-out",
        sentence=f"Somebody took {zone} out of the endpoint's zone group.",
        changes=_with_counters(changes),
    )


def zone_group_removed(aim: Aim) -> Fault:
    """The endpoint has no zone group; Azure removes all records that it wrote."""

    def changes(estate: LabEstate) -> Iterator[Change]:
        for group in aim.zone_groups(estate):
            yield _gone(group)
        for record in aim.records(estate):
            yield replace(_gone(record), consequence=True)

    return Fault(
        name="zone-group-removed",
        sentence="Somebody removed the endpoint's zone group, and its records went with it.",
        changes=_with_counters(changes),
    )


def fallback_hides(aim: Aim) -> Fault:
    """The missing record would be NXDOMAIN, but the links fall back to the internet."""
    zone = aim.names.api_zone

    def changes(estate: LabEstate) -> Iterator[Change]:
        for record in aim.records(estate, zone, _is_inference):
            yield _gone(record)
        for link in aim.links(estate, zone):
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


def zone_deleted(aim: Aim) -> Fault:
    """The notebooks zone and all that is in it; the zone group still points there."""
    name = aim.names.notebooks_zone

    def changes(estate: LabEstate) -> Iterator[Change]:
        for zone in aim.zones_named(estate, name):
            yield _gone(zone)
            for inside in estate.documents.values():
                if inside.id.key.startswith(zone.id.key + "/"):
                    yield replace(_gone(inside), consequence=True)

    return Fault(
        name="zone-deleted",
        sentence=f"Somebody deleted the private DNS zone {name} with its links and records.",
        changes=_with_counters(changes),
    )


def connection_pending(aim: Aim) -> Fault:
    """The endpoint asks for approval again; its interface and records stay as they were."""

    def changes(estate: LabEstate) -> Iterator[Change]:
        for endpoint in aim.endpoints(estate):
            pending = _pending_endpoint(endpoint)
            if pending != endpoint.body:
                yield _edited(endpoint, pending)
        for workspace in of_kind(estate, "workspace"):
            body = deepcopy(dict(workspace.body))
            for connection in body["properties"].get("privateEndpointConnections", ()):
                if aim.owns(connection):
                    connection["properties"]["privateLinkServiceConnectionState"] = dict(PENDING)
            if body != workspace.body:
                yield replace(_edited(workspace, body), consequence=True)

    return Fault(
        name="connection-pending",
        sentence="Somebody asked for the endpoint's connection by hand, and nobody has approved it.",
        changes=_with_counters(changes),
    )


def endpoint_deleted(aim: Aim) -> Fault:
    """The endpoint, its interface, its zone group and its records are gone, and so is the workspace's connection."""

    def changes(estate: LabEstate) -> Iterator[Change]:
        for endpoint in aim.endpoints(estate):
            yield _gone(endpoint)
        for gone in (*aim.zone_groups(estate), *aim.interfaces(estate), *aim.records(estate)):
            yield replace(_gone(gone), consequence=True)
        for workspace in of_kind(estate, "workspace"):
            body = deepcopy(dict(workspace.body))
            connections = body["properties"].get("privateEndpointConnections", [])
            left = [connection for connection in connections if not aim.owns(connection)]
            if len(left) < len(connections):
                body["properties"] |= {"privateEndpointConnections": left, "privateLinkCount": len(left)}
                yield replace(_edited(workspace, body), consequence=True)

    return Fault(
        name="endpoint-deleted",
        sentence="Somebody deleted the workspace's private endpoint and left public access disabled.",
        changes=_with_counters(changes),
    )


def server_added(network: str, address: str) -> Fault:
    """Clients ask the second server whenever the first one is slow."""
    return Fault(
        name="server-added",
        sentence=f"Somebody added {address} as a further DNS server of {network}, to be on the safe side.",
        changes=lambda estate: tuple(_with_server(estate, network, address)),
    )


def forwarder_removed(aim: Aim) -> Fault:
    """The declaration follows the server: both know nothing of the suffix."""
    suffix = aim.names.api
    return Fault(
        name="forwarder-removed",
        sentence=f"Somebody removed the conditional forwarder for {suffix} from the DNS server, as declared.",
        changes=lambda estate: _without_forwarder(estate, (*estate.declared, *estate.servers), suffix),
    )


def forwarder_removed_silently(aim: Aim) -> Fault:
    """The declaration still promises the forwarder: only answers can show that it is gone."""
    suffix = aim.names.api
    return Fault(
        name="forwarder-removed-silently",
        sentence=f"Somebody removed the conditional forwarder for {suffix} from the DNS server and told nobody.",
        changes=lambda estate: _without_forwarder(estate, estate.servers, suffix),
        side=Side.SERVER_ONLY,
    )


def public_suffix_zone(aim: Aim, network: str) -> Fault:
    """All names of the endpoint below the suffix, one zone higher: what the new zone does not hold is denied."""

    def documents(estate: LabEstate) -> Iterator[Document]:
        suffix = aim.names.api
        listed = {name: address for name, address in aim.listed(estate) if is_under(name, suffix)}
        networks = [found.id.text for found in of_kind(estate, "virtual-network") if found.id.name == network]
        for zone in aim.zones_named(estate, aim.names.api_zone):
            group = Group(subscription=zone.id.subscription, name=zone.id.resource_group)
            own = zone_id(group, suffix)
            yield private_zone(group, suffix, record_sets=len(listed) + 1, links=len(networks))
            yield soa_record(own)
            yield from (zone_link(own, found) for found in networks)
            for name, address in sorted(listed.items()):
                yield address_record(own, name.removesuffix(f".{suffix}"), [address])

    return Fault(
        name="public-suffix-zone",
        sentence=f"Somebody made a private DNS zone of {aim.names.api} itself, with the names of the workspace, and "
        f"linked it to {network}.",
        changes=lambda estate: tuple(
            Change(id=document.id, before=None, after=document)
            for document in documents(estate)
            if document.id not in estate.documents
        ),
    )


def server_unreachable() -> Fault:
    """Nothing reaches the server, over no transport."""
    return _misbehaving(
        "server-unreachable",
        "Somebody closed port 53 on the way to the DNS server, for UDP and for TCP.",
        lambda _: {"deaf": frozenset({"udp", "tcp"})},
    )


def tcp_blocked() -> Fault:
    """What does not fit into UDP cannot be had."""
    return _misbehaving(
        "tcp-blocked",
        "Somebody closed TCP port 53 of the DNS server, whose answers do not fit into UDP.",
        lambda _: {"deaf": frozenset({"tcp"}), "cuts": True},
    )


def stale_cache(name: Fqdn, former: str) -> Fault:
    """The server still holds the `former` address of the notebooks name, for some seconds."""
    return _misbehaving(
        "stale-cache",
        "Somebody gave the endpoint another address, and the DNS server still holds the former one in its cache.",
        lambda _: {"remembers": {name: former}},
    )


def forwarder_added_silently(name: Fqdn) -> Fault:
    """Only answers show it: most of them come from the internet."""
    return _misbehaving(
        "forwarder-added-silently",
        "Somebody added a public resolver beside Azure DNS as a forwarder of the notebooks name and told nobody.",
        lambda _: {"strays": frozenset({name})},
    )


def _misbehaving(name: str, sentence: str, conduct: Callable[[LabEstate], Mapping[str, Any]]) -> Fault:
    """Every server that runs misbehaves; what is declared of it stays true."""

    def changes(estate: LabEstate) -> Iterator[ServerChange]:
        for server in estate.servers:
            after = misbehaving(server, **conduct(estate))
            yield ServerChange(id=f"server:{server.address}@{_place(estate, server)}", before=server, after=after)

    return Fault(name=name, sentence=sentence, changes=lambda estate: tuple(changes(estate)), side=Side.SERVER_ONLY)


def ipv6_leads_outside(name: Fqdn, address: str) -> Fault:
    """dnsmasq asks the internet for the types that its host record lacks; a name in a forwarded suffix is denied."""

    def changes(estate: LabEstate) -> Iterator[ServerChange]:
        for server in estate.servers:
            by_hand = {**server.records, name: (address,)}
            forwards = {**(server.forwards or {}), name: (PUBLIC_RESOLVER,)}
            after = replace(server, kind="dnsmasq", records=by_hand, forwards=forwards)
            yield ServerChange(id=f"server:{server.address}@{_place(estate, server)}", before=server, after=after)

    return Fault(
        name="ipv6-leads-outside",
        sentence="Somebody replaced the DNS server by dnsmasq, typed the notebooks name with its IPv4 address there, "
        "and sends the other questions about it to the internet.",
        changes=lambda estate: tuple(changes(estate)),
    )


def _with_server(estate: LabEstate, network: str, address: str) -> Iterator[Change]:
    for document in of_kind(estate, "virtual-network"):
        body = deepcopy(dict(document.body))
        servers = body["properties"].setdefault("dhcpOptions", {}).setdefault("dnsServers", [])
        if document.id.name.lower() == network.lower() and address not in servers:
            servers.append(address)
            yield _edited(document, body)


def _without_forwarder(
    estate: LabEstate, servers: tuple[DeclaredServer, ...], suffix: Fqdn
) -> tuple[ServerChange, ...]:
    if not estate.servers:
        raise LookupError("This scenario has no custom DNS server.")
    found: dict[str, ServerChange] = {}
    for server in servers:
        if server.forwards is None or suffix not in server.forwards:
            continue
        left = {kept: targets for kept, targets in server.forwards.items() if kept != suffix}
        change = ServerChange(
            id=f"server:{server.address}@{_place(estate, server)}",
            before=server,
            after=replace(server, forwards=left),
        )
        found.setdefault(change.id, change)
    return tuple(found.values())


def _place(estate: LabEstate, server: DeclaredServer) -> str:
    for network in of_kind(estate, "virtual-network"):
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
    for zone in of_kind(estate, "private-dns-zone"):
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


def _with_addresses(record: Document, *addresses: str) -> Change:
    body = deepcopy(dict(record.body))
    body["properties"]["aRecords"] = [{"ipv4Address": address} for address in addresses]
    return _edited(record, body)


def _gone(document: Document) -> Change:
    return Change(id=document.id, before=document, after=None)


def _edited(document: Document, body: Body) -> Change:
    return Change(id=document.id, before=document, after=replace(document, body=body))
