"""Repairs as data: the documents that would put a fault right, and the command that writes them.

A repair is applied to a copy of the estate before it is believed, so its documents are complete enough to parse.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Mapping
from dataclasses import replace
from itertools import chain, count
from typing import Any

from checks.finding import Repair
from checks.names.expected import ExpectedRecord
from checks.resolution.places import CustomServer
from collectors.graph.declared import DeclaredServer, HeldZone
from collectors.graph.documents import Change, Document, ServerChange
from collectors.graph.estate import Estate
from collectors.graph.ids import ArmId, Fqdn, is_under, relative, suffixes
from collectors.graph.nodes import PrivateEndpoint, PrivateZone, RecordSet, Workspace, ZoneGroup, ZoneLink

_RECORD_TTL = 10  # what zone groups write


def command(*words: str) -> str:
    """A shell command, every word quoted for a POSIX shell."""
    return shlex.join(words)


def where(id: ArmId) -> tuple[str, ...]:
    """The options that name the place of a resource."""
    return ("--subscription", id.subscription, "--resource-group", id.resource_group)


def link_zone(estate: Estate, zone: ArmId, network: ArmId) -> Repair:
    """Link a zone to a network, with the fallback setting of the zone's other links."""
    id = free_id(estate, zone.child("virtualNetworkLinks", f"link-{network.name}"[:70]))
    siblings = [link for link in estate.of_type(ZoneLink) if link.zone == zone]
    policy = "NxDomainRedirect" if siblings and siblings[0].fallback else "Default"
    properties: dict[str, Any] = {
        "virtualNetwork": {"id": network.text},
        "registrationEnabled": False,
        "virtualNetworkLinkState": "Completed",
        "provisioningState": "Succeeded",
        "resolutionPolicy": policy,
    }
    body = {"id": id.text, "name": id.name, "location": "global", "properties": properties}
    return Repair(
        change=Change(id=id, before=None, after=Document(kind="zone-link", id=id, body=body)),
        text=f"link zone {zone.name} to network {network.name}",
        command=command(
            *("az", "network", "private-dns", "link", "vnet", "create", *where(zone)),
            *("--zone-name", zone.name, "--name", id.name),
            *("--virtual-network", network.text, "--registration-enabled", "false"),
            *(("--resolution-policy", policy) if policy != "Default" else ()),
        ),
    )


def free_id(estate: Estate, id: ArmId) -> ArmId:
    """The id, or one like it that nothing has yet: a create command must not replace somebody else's link."""
    others = (ArmId(f"{id.text}-{number}") for number in count(2))
    return next(candidate for candidate in chain((id,), others) if candidate not in estate.documents)


def unlink_ruleset(estate: Estate, link: ArmId) -> Repair:
    """Take the rules of a ruleset away from a network."""
    before = estate.documents[link]
    ruleset = link.parent
    return Repair(
        change=Change(id=before.id, before=before, after=None),
        text=f"remove the link {link.name} of ruleset {ruleset.name}",
        command=command(
            *("az", "dns-resolver", "vnet-link", "delete", *where(link)),
            *("--ruleset-name", ruleset.name, "--name", link.name),
        ),
    )


def save_zone_group(estate: Estate, group: ZoneGroup, zone: ArmId) -> Repair:
    """Save a zone group as it is: Azure writes its records when a group is saved, not when a zone comes back."""
    document = estate.documents[group.id]
    config = next((config.name for config in group.configs if config.zone == zone), zone.name.replace(".", "-"))
    return Repair(
        change=Change(id=group.id, before=document, after=document),
        text=f"save the zone group {group.id.name} of endpoint {group.endpoint.name} again, entry {config} as it is",
        command=command(
            *("az", "network", "private-endpoint", "dns-zone-group", "add", *where(group.endpoint)),
            *("--endpoint-name", group.endpoint.name, "--name", group.id.name),
            *("--private-dns-zone", zone.text, "--zone-name", config),
        ),
    )


def create_zone(id: ArmId) -> Repair:
    """Create a private DNS zone."""
    body = {"id": id.text, "name": id.name, "location": "global", "properties": {"provisioningState": "Succeeded"}}
    return Repair(
        change=Change(id=id, before=None, after=Document(kind="private-dns-zone", id=id, body=body)),
        text=f"create the private DNS zone {id.name}",
        command=command("az", "network", "private-dns", "zone", "create", *where(id), "--name", id.name),
    )


def write_record(
    estate: Estate, zone: ArmId, record: ExpectedRecord, addresses: Iterable[str], *, consequence: bool = False
) -> Repair:
    """Let a zone hold the right addresses for a record, replacing what is there."""
    id = zone.child("A", record.record)
    before = estate.documents.get(id)
    wanted = sorted(addresses)
    endpoint = estate.get(PrivateEndpoint, record.endpoint)
    creator = f"created by private endpoint {record.endpoint.name} with resource guid "
    properties = {
        "ttl": _RECORD_TTL,
        "fqdn": f"{record.private_name}.",
        "isAutoRegistered": False,
        "metadata": {"creator": creator + (endpoint.resource_guid if endpoint else "")},
        "aRecords": [{"ipv4Address": address} for address in wanted],
    }
    type = "Microsoft.Network/privateDnsZones/A"
    body = {"id": id.text, "name": record.record, "type": type, "properties": properties}
    change = Change(
        id=before.id if before else id,
        before=before,
        after=Document(kind="record-set", id=id, body=body),
        consequence=consequence,
    )
    if consequence:
        return Repair(change=change, text=f"Azure then writes {record.private_name} = {', '.join(wanted)}")
    held = estate.get(RecordSet, id)
    stale = held.addresses if held else ()
    words = ("az", "network", "private-dns", "record-set", "a")
    place = (*where(zone), "--zone-name", zone.name, "--record-set-name", record.record)
    edits = [(*words, "add-record", *place, "--ipv4-address", a) for a in wanted if a not in stale]
    edits += [(*words, "remove-record", *place, "--ipv4-address", a) for a in stale if a not in wanted]
    return Repair(
        change=change,
        text=f"let {record.private_name} hold {', '.join(wanted)} (or save the endpoint's zone group again)",
        command="\n".join(command(*edit) for edit in edits),
    )


def add_to_zone_group(estate: Estate, group: ZoneGroup, zone: ArmId) -> Repair:
    """Let an existing zone group keep another zone up to date."""
    before = estate.documents[group.id]
    config = {"name": zone.name.replace(".", "-"), "properties": {"privateDnsZoneId": zone.text, "recordSets": []}}
    properties = dict(before.body.get("properties", {}))
    properties["privateDnsZoneConfigs"] = [*(properties.get("privateDnsZoneConfigs") or ()), config]
    after = replace(before, body={**before.body, "properties": properties})
    return Repair(
        change=Change(id=group.id, before=before, after=after),
        text=f"add zone {zone.name} to the zone group {group.id.name} of endpoint {group.endpoint.name}",
        command=command(
            *("az", "network", "private-endpoint", "dns-zone-group", "add", *where(group.endpoint)),
            *("--endpoint-name", group.endpoint.name, "--name", group.id.name),
            *("--private-dns-zone", zone.text, "--zone-name", str(config["name"])),
        ),
    )


def create_zone_group(endpoint: ArmId, zones: Iterable[PrivateZone]) -> tuple[Repair, ...]:
    """Give an endpoint a zone group over some zones; one command each, as the CLI has it."""
    id = endpoint.child("privateDnsZoneGroups", "default")
    chosen = sorted(zones, key=lambda zone: zone.id)
    configs = [
        {"name": zone.name.replace(".", "-"), "properties": {"privateDnsZoneId": zone.id.text, "recordSets": []}}
        for zone in chosen
    ]
    body = {
        "id": id.text,
        "name": id.name,
        "properties": {"provisioningState": "Succeeded", "privateDnsZoneConfigs": configs},
    }
    words = ("az", "network", "private-endpoint", "dns-zone-group")
    place = (*where(endpoint), "--endpoint-name", endpoint.name, "--name", "default")
    lines = [
        command(*words, verb, *place, "--private-dns-zone", zone.id.text, "--zone-name", zone.name.replace(".", "-"))
        for verb, zone in zip(("create", *("add",) * len(chosen)), chosen, strict=False)
    ]
    change = Change(id=id, before=None, after=Document(kind="private-dns-zone-group", id=id, body=body))
    names = ", ".join(zone.name for zone in chosen)
    return (
        Repair(
            change=change,
            text=f"give endpoint {endpoint.name} a DNS zone group over {names}",
            command="\n".join(lines),
        ),
    )


def approve_connection(estate: Estate, endpoint: ArmId) -> Repair:
    """Let the owner of the target approve an endpoint's connection."""
    before = estate.documents[endpoint]
    properties = dict(before.body.get("properties", {}))
    for key in ("privateLinkServiceConnections", "manualPrivateLinkServiceConnections"):
        properties[key] = [_approved(connection) for connection in properties.get(key) or ()]
    after = replace(before, body={**before.body, "properties": properties})
    node = estate.get(PrivateEndpoint, endpoint)
    target = next((c.target for c in node.connections if c.target), None) if node else None
    connection = _connection_id(estate, endpoint, target) if target else None
    return Repair(
        change=Change(id=before.id, before=before, after=after),
        text=f"approve the connection of endpoint {endpoint.name} on {target.name if target else 'its target'}",
        command=command("az", "network", "private-endpoint-connection", "approve", "--id", connection)
        if connection
        else "",
    )


def _connection_id(estate: Estate, endpoint: ArmId, target: ArmId) -> str | None:
    """The connection as its target knows it: providers name it differently, so it is found by the endpoint."""
    if estate.get(Workspace, target) is None:  # not read, or of a shape that nobody vouches for
        return None
    properties = estate.documents[target].body.get("properties") or {}
    for connection in properties.get("privateEndpointConnections") or ():
        reference = (connection.get("properties") or {}).get("privateEndpoint") or {}
        if str(reference.get("id", "")).lower() == endpoint.key:
            return str(connection.get("id") or "") or None
    return None


def _approved(connection: Mapping[str, Any]) -> dict[str, Any]:
    properties = dict(connection.get("properties") or {})
    state = dict(properties.get("privateLinkServiceConnectionState") or {})
    properties["privateLinkServiceConnectionState"] = {**state, "status": "Approved"}
    return {**connection, "properties": properties}


def add_forwarder(server: CustomServer, suffixes: Iterable[Fqdn], target: str) -> Repair:
    """Let a server forward some suffixes to a target; what that takes depends on the server's software."""
    wanted = tuple(sorted(suffixes))
    forwards = {**(server.declared.forwards or {}), **dict.fromkeys(wanted, (target,))}
    after = replace(server.declared, forwards=forwards)
    names = " and ".join(wanted)
    return Repair(
        change=ServerChange(id=server.id, before=server.declared, after=after),
        text=f"let server {server.address} forward {names} to {target}",
        command=_forwarder_text(server.declared, wanted, target),
    )


def exempt_from_validation(server: CustomServer, zone: Fqdn) -> Repair:
    """Let a server accept the unsigned answers of a private zone."""
    return Repair(
        change=ServerChange(
            id=server.id,
            before=replace(server.declared, rejects_unsigned=True),
            after=replace(server.declared, rejects_unsigned=False),
        ),
        text=f"let server {server.address} not validate {zone}",
        command=_EXEMPT.get(server.declared.kind, "except {} from DNSSEC validation").format(zone),
    )


_EXEMPT = {
    "bind": 'validate-except {{ "{}"; }};',
    "unbound": 'domain-insecure: "{}"',
    "pdns-recursor": 'addNTA("{}", "private DNS zone")',
    "knot-resolver": "trust_anchors.set_insecure({{'{}'}})",
}


def allow_private_addresses(server: CustomServer, suffix: Fqdn) -> Repair:
    """Let a server's rebinding protection pass private addresses below a suffix."""
    return Repair(
        change=ServerChange(
            id=server.id, before=server.declared, after=replace(server.declared, rebinding_protection=False)
        ),
        text=f"let server {server.address} pass private addresses below {suffix}",
        command=_ALLOW.get(server.declared.kind, "allow private addresses below {}").format(suffix),
    )


_ALLOW = {
    "bind": 'deny-answer-addresses {{ 10.0.0.0/8; 172.16.0.0/12; 192.168.0.0/16; }} except-from {{ "{}"; }};',
    "unbound": 'private-domain: "{}"',
    "dnsmasq": "rebind-domain-ok=/{}/",
    "knot-resolver": "modules.unload('rebinding')  -- {} needs private addresses",
}


def write_held_record(server: CustomServer, zone: HeldZone, name: Fqdn, addresses: Iterable[str]) -> Repair:
    """Let a zone of the server's own hold the right addresses for a name, replacing what is there."""
    wanted = tuple(sorted(addresses))
    between = (a for a in suffixes(name) if is_under(a, zone.name) and zone.values(a) is None)
    edited = replace(zone, edits={**zone.edits, **dict.fromkeys(between, ()), name: wanted})
    zones = tuple(edited if other.name == zone.name else other for other in server.declared.zones)
    return Repair(
        change=ServerChange(id=server.id, before=server.declared, after=replace(server.declared, zones=zones)),
        text=f"in zone {zone.name} of server {server.address} let {name} hold {', '.join(wanted)} and nothing else",
        command="\n".join(_record_text(server.declared, zone.name, name, address) for address in wanted),
    )


def _record_text(declared: DeclaredServer, zone: Fqdn, name: Fqdn, address: str) -> str:
    """One record in the language of the server's kind: as zone files and updates have it, or for Windows."""
    type, version = ("AAAA", 6) if ":" in address else ("A", 4)
    if declared.kind == "windows":
        words = ("Add-DnsServerResourceRecord", "-ZoneName", zone, "-Name", relative(name, zone), f"-{type}")
        return " ".join((*words, f"-IPv{version}Address", address))
    return f"{name}. {_RECORD_TTL} IN {type} {address}"


def _forwarder_text(declared: DeclaredServer, suffixes: tuple[Fqdn, ...], target: str) -> str:
    """The lines of configuration, in the language of the server's kind."""
    match declared.kind:
        case "bind":
            form = 'zone "{}" {{ type forward; forward only; forwarders {{ {}; }}; }};'
        case "unbound":
            form = 'forward-zone: name: "{}" forward-addr: {}'
        case "dnsmasq":
            form = "server=/{}/{}"
        case "pdns-recursor":
            form = "forward-zones-recurse={}={}"
        case "knot-resolver":
            form = "policy.add(policy.suffix(policy.FORWARD({{'{1}'}}), policy.todnames({{'{0}.'}})))"
        case "coredns":
            form = "{} {{ forward . {} }}"
        case "windows":
            form = "Add-DnsServerConditionalForwarderZone -Name {} -MasterServers {}"
        case _:
            form = "forward {} to {}"
    return "\n".join(form.format(suffix, target) for suffix in suffixes)
