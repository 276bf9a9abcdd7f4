"""3xx: lists of DNS servers that are not what their network needs."""

from __future__ import annotations

from collections.abc import Iterator

from checks.check import check, explains
from checks.context import Context
from checks.diagnosis import server_repairs
from checks.disagreement import Disagreement, occurrence, proofs
from checks.finding import Level, Proof, Violation
from checks.resolution.path import Thing
from collectors.graph.clouds import PLATFORM_RESOLVER
from collectors.graph.ids import ArmId
from collectors.graph.nodes import NetworkGateway, NetworkInterface, VirtualNetwork


@explains("PED303", "nic-overrides-network", Level.WARNING)
def nic_overrides_network(context: Context, disagreement: Disagreement) -> Violation | None:
    """A network interface has DNS servers of its own, and they answer otherwise than those of its network.

    Why it matters
        One machine fails while its neighbours work, and the network's settings look right to whoever looks there.

    How it is decided
        1. The client is an interface in a required network, with a list of DNS servers of its own.
        2. A required name fails there.
        3. With the servers of the interface's network the name must resolve, or fail later on its way.

    Remedy
        Take the servers of the interface away, and restart the machine or renew its lease.

    Sources
        learn.microsoft.com: Name resolution for resources in Azure virtual networks.
    """
    requirement = disagreement.requirement
    client = requirement.client
    interface = context.estate.get(NetworkInterface, client.interface)
    if interface is None or client.network is None:
        return None
    own = ", ".join(interface.dns_servers)
    return Violation(
        subject=Thing.of(interface.id),
        text=f"Interface {interface.id.name} overrides the DNS servers of {client.network.name} and gets other answers",
        cause=f"{interface.id.name} asks {own}; the servers of {client.network.name} answer otherwise.",
        related=(Thing.of(client.network),),
        occurrences=(occurrence(disagreement),),
        repairs=(server_repairs.use_servers_of_network(context.estate, interface),),
        proofs=proofs(disagreement),
        path=disagreement.path,
        touches=(requirement.expected.workspace.text,),
    )


@check("PED315", "gateway-server-list-incomplete", Level.NOTE)
def gateway_server_list_incomplete(context: Context) -> Iterator[Violation]:
    """The network of a VPN gateway has custom DNS servers, and Azure DNS is not among them.

    Why it matters
        The gateway's own service needs names that only Azure DNS knows for certain; a custom server that is down or
        does not forward them takes the VPN with it.

    How it is decided
        1. A VPN gateway stands in a network that was read.
        2. The network lists custom DNS servers without 168.63.129.16.

    Remedy
        Add 168.63.129.16 as the last server of the list. Machines of that network may then ask it, too, when the
        servers before it are slow: link the private zones to the network as well, or keep machines out of it.

    Sources
        learn.microsoft.com: Use your workspace with a custom DNS server, the note on VPN gateways.
    """
    for gateway in context.estate.of_type(NetworkGateway):
        for id in gateway.networks if gateway.type.lower() == "vpn" else ():
            network = context.estate.get(VirtualNetwork, id)
            if network is None or not network.dns_servers or PLATFORM_RESOLVER in network.dns_servers:
                continue
            listed = ", ".join(network.dns_servers)
            yield Violation(
                subject=Thing.of(network.id),
                text=f"{network.id.name} holds a VPN gateway, and its DNS servers lack {PLATFORM_RESOLVER}",
                cause=f"{network.id.name} lists {listed} only.",
                related=(Thing.of(gateway.id),),
                repairs=(server_repairs.add_platform_server(context.estate, network),),
                proofs=(Proof(kind="document", text=f"{gateway.id.name} stands in {network.id.name}: {listed}"),),
            )


@check("PED314", "servers-not-yet-effective", Level.NOTE)
def servers_not_yet_effective(context: Context) -> Iterator[Violation]:
    """The list of DNS servers changed, and running machines still use the former one.

    Why it matters
        Azure tells a machine its DNS servers when it starts or renews its lease, which takes days. What is judged here
        is the list that is written down; machines that run go on asking the former servers.

    How it is decided
        1. Azure shows on the interface of a machine which servers are applied; mostly it shows none, and then nobody
           can tell.
        2. The interface has no servers of its own, and one of its network's servers is not among them.

    Remedy
        Restart the machines, or renew their leases.

    Sources
        learn.microsoft.com: Name resolution for resources in Azure virtual networks, specify DNS servers; Network
        Interfaces REST API, appliedDnsServers.
    """
    late: dict[ArmId, list[NetworkInterface]] = {}
    for interface in context.estate.of_type(NetworkInterface):
        if interface.applied_servers and not interface.endpoint and not interface.dns_servers:
            for id in sorted({c.subnet.parent for c in interface.ip_configurations if c.subnet}):
                if not _listed(context, id) <= set(interface.applied_servers):
                    late.setdefault(context.estate.spelt(id), []).append(interface)
    for id, interfaces in sorted(late.items()):
        used = [f"{interface.id.name} uses {', '.join(interface.applied_servers)}" for interface in interfaces]
        more = f", and {len(used) - 1} more" if len(used) > 1 else ""
        yield Violation(
            subject=Thing.of(id),
            text=f"Machines in {id.name} still use former DNS servers",
            cause=f"{id.name} lists {', '.join(sorted(_listed(context, id)))}; {used[0]}{more}.",
            related=tuple(Thing.of(interface.id) for interface in interfaces),
            proofs=tuple(Proof(kind="document", text=f"appliedDnsServers: {told}") for told in used),
        )


def _listed(context: Context, network: ArmId) -> set[str]:
    """The servers that machines of a network are told, none of one that was not read."""
    node = context.estate.get(VirtualNetwork, network)
    return set(node.dns_servers or (PLATFORM_RESOLVER,)) if node else set()
