"""The DNS of the lab: a responder for each network's Azure DNS, for each server at an address, and for public DNS.

Unprivileged ports of loopback and one thread, so that a scenario needs neither rights nor packages.
"""

from __future__ import annotations

import socket
from collections import Counter
from collections.abc import Iterable, Mapping
from contextlib import ExitStack
from types import TracebackType
from typing import Self

from agent.lab.conduct import Misled
from agent.lab.custom import CustomServer
from agent.lab.estate import LabEstate
from agent.lab.firewalls import firewalls
from agent.lab.internet import PUBLIC_RESOLVER
from agent.lab.resolvers import Outlet, Resolver
from agent.lab.responder import LOOPBACK, WELL_BEHAVED, Conduct, Responder, ResponderThread
from agent.lab.wiring import Wiring, wire
from agent.lab.zones import branch, of_kind, rows, text
from collectors.graph.clouds import PLATFORM_RESOLVER
from collectors.graph.declared import Vantage
from collectors.graph.documents import Document
from collectors.graph.ids import ArmId

_Stand = tuple[str, ArmId | None]


class DnsWorld:
    """The running DNS of one estate, as a context manager.

    `vantages` has one for each virtual network, sorted by name: `lab/<network>`. An address map leads every
    address that the estate mentions to loopback; where no server runs, to a port that never answers.
    """

    public_resolvers = (PUBLIC_RESOLVER,)

    def __init__(self, estate: LabEstate) -> None:
        """Reads the documents; ports are taken on entry."""
        self._estate = estate
        self._wiring = wire(estate)
        self._outlets = {place: Outlet(resolver) for place, resolver in _placed(self._wiring).items()}
        self._stack = ExitStack()
        self._vantages: tuple[Vantage, ...] | None = None

    def __enter__(self) -> Self:
        """Take the ports and start to answer. Raises OSError when there is no free port."""
        with ExitStack() as stack:
            responders = [_opened(outlet, stack) for outlet in self._outlets.values()]
            silence = stack.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
            silence.bind((LOOPBACK, 0))
            stack.enter_context(ResponderThread(responders))
            plugged = zip(self._outlets.values(), responders, strict=True)
            ports = {id(outlet.resolver): responder.address for outlet, responder in plugged}
            self._vantages = self._make_vantages(ports, f"{LOOPBACK}:{silence.getsockname()[1]}")
            self._stack = stack.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop answering and give the ports back."""
        self._vantages = None
        self._stack.close()

    @property
    def vantages(self) -> tuple[Vantage, ...]:
        """Where questions can be asked from. Raises RuntimeError outside the `with` block: there are no ports."""
        if self._vantages is None:
            raise RuntimeError("the DNS of the lab is not running: use it in a with statement")
        return self._vantages

    def become(self, estate: LabEstate) -> None:
        """Answer from now on as after a change of the estate. Raises ValueError where other servers stand elsewhere."""
        resolvers = _placed(wire(estate))
        if resolvers.keys() != self._outlets.keys():
            raise ValueError("the change adds, moves or removes a server, and every server has a port of its own")
        for place, outlet in self._outlets.items():
            outlet.resolver = resolvers[place]

    def turn(self, *, on: bool) -> None:
        """Let all servers answer again, or none."""
        for outlet in self._outlets.values():
            outlet.is_down = not on

    def _make_vantages(self, ports: Mapping[int, str], silence: str) -> tuple[Vantage, ...]:
        networks = [*of_kind(self._estate, "virtual-network")]
        unanswered = dict.fromkeys(sorted(_mentioned(self._estate, networks)), silence)
        vantages = [
            Vantage(
                name=name,
                view=network.id.text,
                reaches=tuple(dict.fromkeys([*dns_servers(network), PLATFORM_RESOLVER])),
                address_map={**unanswered, **self._answered(network.id, ports)},
            )
            for name, network in zip(vantage_names(networks), networks, strict=True)
        ]
        return tuple(sorted(vantages, key=lambda vantage: vantage.name))

    def _answered(self, network: ArmId, ports: Mapping[int, str]) -> dict[str, str]:
        """What answers at each address, seen from a network."""
        running = sorted({it.address for it in self._wiring.standing})
        reached = {address: self._wiring.at(address, network) for address in running}
        return {
            **{address: ports[id(resolver)] for address, resolver in reached.items() if resolver is not None},
            PLATFORM_RESOLVER: ports[id(self._wiring.views[network])],
            PUBLIC_RESOLVER: ports[id(self._wiring.public)],
        }


def vantage_names(networks: Iterable[Document]) -> list[str]:
    """`lab/<network>` for each; with the resource group where two networks have one name."""
    ids = [network.id for network in networks]
    alike = Counter(network.name.lower() for network in ids)
    prefixes = ["" if alike[network.name.lower()] == 1 else f"{network.resource_group}/" for network in ids]
    return [f"lab/{prefix}{network.name}" for prefix, network in zip(prefixes, ids, strict=True)]


def dns_servers(network: Document) -> list[str]:
    """The custom DNS servers of a virtual network."""
    servers = branch(network.body, "properties", "dhcpOptions").get("dnsServers")
    return [server for server in servers or () if isinstance(server, str) and server]


def _mentioned(estate: LabEstate, networks: Iterable[Document]) -> set[str]:
    """Addresses that somebody may ask, whether a server runs there or not."""
    named = {server for network in networks for server in dns_servers(network)}
    for interface in of_kind(estate, "network-interface"):
        own = branch(interface.body, "properties", "dnsSettings").get("dnsServers")
        named |= {server for server in own or () if isinstance(server, str) and server}
    for rule in of_kind(estate, "forwarding-rule"):
        targets = rows(branch(rule.body, "properties"), "targetDnsServers")
        named |= {address for target in targets if (address := text(target.get("ipAddress")))}
    for endpoint in of_kind(estate, "inbound-endpoint"):
        places = rows(branch(endpoint.body, "properties"), "ipConfigurations")
        named |= {address for place in places if (address := text(place.get("privateIpAddress")))}
    named |= {it.address for it in firewalls(estate)}
    return named | {server.address for server in estate.declared}


def _placed(wiring: Wiring) -> dict[_Stand, Resolver]:
    """Every resolver by what tells it from the others; of two at one place nobody reaches the second."""
    placed: dict[_Stand, Resolver] = {("public", None): wiring.public}
    placed.update({("view", id): resolver for id, resolver in wiring.views.items()})
    for it in wiring.standing:
        placed.setdefault((it.address, it.place), it.resolver)
    return placed


def _opened(outlet: Outlet, stack: ExitStack) -> Responder:
    responder = Responder(outlet, _conduct(outlet.resolver))
    stack.callback(responder.close)
    return responder


def _conduct(resolver: Resolver) -> Conduct:
    """How questions reach a resolver: a server may misbehave."""
    if not isinstance(resolver, CustomServer | Misled):
        return WELL_BEHAVED
    version = _VERSIONS.get(resolver.server.kind, "")
    if isinstance(resolver, Misled):
        return Conduct(deaf=resolver.server.deaf, cuts=resolver.server.cuts, version=version)
    return Conduct(version=version)


_VERSIONS = {
    "bind": "9.18.49-1~deb12u1-Debian",
    "unbound": "unbound 1.17.1",
    "dnsmasq": "dnsmasq-2.90",
    "pdns-recursor": "PowerDNS Recursor 4.8.8",
}
"""What each kind answers to version.bind, measured. Knot Resolver does not say."""
