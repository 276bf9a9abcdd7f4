"""Whole paths as text: who had the question, what decided, by which rule, in which words, and whose view it was.

`python -m tests.checks.resolution.whole_paths` writes them anew; read the difference before it is committed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path as File
from typing import Any

from agent.lab.builders import firewall_policy, firewall_policy_id
from checks.requirements import Client
from checks.resolution.path import DeadEnd, Hop, Loop, Opaque, Path
from checks.resolution.solver import Solver
from collectors.graph.declared import Declared, Site
from collectors.graph.documents import Reason
from collectors.graph.ids import ArmId, Fqdn
from tests.checks.resolution.around import (
    FIREWALL,
    HUB_FIREWALL,
    INBOUND,
    RULESET,
    network_firewall,
    policy,
    resolver,
    ruleset,
    virtual_hub_firewall,
)
from tests.checks.resolution.small import (
    CHAIN,
    EVERYTHING,
    NAME,
    PRIVATE,
    PUBLIC_RESOLVER,
    ZONE,
    bind,
    hub,
    private_zone,
    spoke,
)
from tests.estates import (
    AZURE_DNS,
    GROUP,
    OTHER_GROUP,
    client,
    gap,
    machine,
    network,
    nid,
    server,
    small_estate,
    solve,
    solver,
    zid,
    zone,
)

TEXT = File(__file__).with_suffix(".txt")

Case = Callable[[], Path]


def asked(*parts: Any, name: str = NAME, type: str = "A", by: str = "spoke", chains: Any = CHAIN, **more: Any) -> Case:
    return lambda: solve(small_estate(*parts, **more), by, name, type, chains=chains)


def behind(*servers: Any, name: str = NAME, **more: Any) -> Case:
    return asked(hub(), spoke("10.0.0.4"), private_zone("hub"), name=name, servers=servers, **more)


def office(*servers: str, declared: Any = ()) -> Case:
    def solved() -> Path:
        site = Site(name="office", address_space=("192.168.0.0/16",), servers=servers)
        estate = small_estate(hub(), resolver(), private_zone("hub"), servers=declared, sites=(site,))
        return solver(estate, CHAIN).path(Client(id="site:office", site="office"), Fqdn(NAME))

    return solved


def unknown_alias(forwards: dict[str, str]) -> Case:
    def solved() -> Path:
        estate = small_estate(hub(), spoke("10.0.0.4"), private_zone("hub"), servers=(bind(forwards),))
        return Solver(estate, {}, unknown=frozenset({Fqdn(NAME)})).path(client("spoke"), Fqdn(NAME))

    return solved


def opaque_list() -> list[Any]:
    """A policy with a list that was uploaded: nobody can see what it holds."""
    made = policy((100, "Block", ["else.where"]))
    for document in made:
        document.body["properties"].pop("domains", None)
    return made


OFF = {"unconnected-networks-have-no-way": False}
TWINS = (server("10.0.0.4", {}, network="a"), server("10.0.0.4", {}, network="b"))

CASES: dict[str, Case] = {
    "linked zone": asked(hub(), private_zone("hub"), by="hub"),
    "record with two addresses": asked(hub(), zone(ZONE, {"A/x": ["10.0.0.5", "10.0.0.6"]}, "hub"), by="hub"),
    "no zone at all": asked(hub(), by="hub"),
    "zone not linked": asked(hub(), private_zone(), by="hub"),
    "record missing": asked(hub(), private_zone("hub", name="y"), by="hub"),
    "record missing with fallback": asked(hub(), private_zone("hub", name="y", fallback=True), by="hub"),
    "another type": asked(hub(), private_zone("hub", fallback=True), by="hub", type="AAAA"),
    "alias in a zone": asked(hub(), zone(ZONE, {"CNAME/x": f"y.{ZONE}", "A/y": ["10.0.0.5"]}, "hub"), by="hub"),
    "wildcard": asked(hub(), zone(ZONE, {"A/*": ["10.0.0.5"]}, "hub"), by="hub"),
    "circle of aliases": asked(hub(), zone(ZONE, {"CNAME/x": f"x.{ZONE}"}, "hub"), by="hub"),
    "endless aliases": asked(hub(), by="hub", name="a0.org", chains={f"a{n}.org": f"a{n + 1}.org" for n in range(30)}),
    "interface with servers": lambda: solver(
        small_estate(hub("10.0.0.4"), machine("m", "hub", "10.0.0.9", AZURE_DNS), private_zone("hub")), CHAIN
    ).path(
        Client(
            id=(nic := GROUP.id("Microsoft.Network/networkInterfaces", "m")), network=nid("hub"), interface=ArmId(nic)
        ),
        Fqdn(NAME),
    ),
    "network not read": lambda: solver(small_estate(gaps=[gap("virtual-network", EVERYTHING)])).path(
        client("hub"), Fqdn(NAME)
    ),
    "site without servers": office(),
    "site asks the platform": office(AZURE_DNS),
    "site asks a public resolver": office(PUBLIC_RESOLVER),
    "site asks an inbound endpoint": office(INBOUND),
    "site asks an unknown server": office("192.168.1.53"),
    "site asks a server that forwards": office(
        "192.168.1.53", declared=(server("192.168.1.53", {"example.com": INBOUND}, site="office"),)
    ),
    "server forwards everything": behind(bind()),
    "server forwards the public suffix": behind(bind({"example.com": AZURE_DNS, "": PUBLIC_RESOLVER})),
    "server forwards the zone only": behind(bind({ZONE: AZURE_DNS, "": PUBLIC_RESOLVER})),
    "dnsmasq forwards the zone only": behind(bind({ZONE: AZURE_DNS, "": PUBLIC_RESOLVER}, kind="dnsmasq")),
    "server iterates": behind(bind({})),
    "server is not declared": behind(),
    "server forwards nothing known": behind(server("10.0.0.4", None, network="hub")),
    "server has a record": behind(bind({}, records={NAME: ("10.0.0.5", "fd00::5")})),
    "server has an alias": behind(bind({"": AZURE_DNS}, records={NAME: (PRIVATE,)})),
    "server has no such type": behind(bind({}, records={NAME: ("10.0.0.5",)}), type="AAAA"),
    "servers in a circle": behind(bind({"": "10.0.0.5"}), server("10.0.0.5", {"": "10.0.0.4"}, network="hub")),
    "two forwarders": behind(bind({"": f"{AZURE_DNS} {PUBLIC_RESOLVER}"})),
    "forward first": behind(bind({"": AZURE_DNS}, forward_mode="first")),
    "windows": behind(bind({ZONE: AZURE_DNS, "": PUBLIC_RESOLVER}, kind="windows")),
    "windows, crossed": behind(bind({"example.com": AZURE_DNS, ZONE: PUBLIC_RESOLVER}, kind="windows")),
    "coredns": behind(bind({ZONE: AZURE_DNS, "": PUBLIC_RESOLVER}, kind="coredns")),
    "infoblox": behind(bind({ZONE: AZURE_DNS, "": PUBLIC_RESOLVER}, kind="infoblox")),
    "unknown kind": behind(bind({ZONE: AZURE_DNS, "": PUBLIC_RESOLVER}, kind="unknown")),
    "rebinding protection": behind(bind(rebinding_protection=True)),
    "rebinding protection of windows": behind(bind(rebinding_protection=True, kind="windows")),
    "rebinding protection of dnsmasq": behind(bind(rebinding_protection=True, kind="dnsmasq")),
    "validation": behind(bind(rejects_unsigned=True)),
    "wrong port": asked(hub(), spoke("10.0.0.4"), resolver(), servers=(bind({"": f"{INBOUND}:5353"}),)),
    "wrong port of the platform": behind(bind({"": f"{AZURE_DNS}:5353"})),
    "no way": asked(hub(), network("far", "10.7.0.0/16", "10.0.0.4"), by="far", servers=(bind(),)),
    "a way by assumption": asked(
        hub(),
        network("far", "10.7.0.0/16", "10.0.0.4"),
        private_zone("hub"),
        by="far",
        declared=Declared(servers=(bind(),), assumptions=OFF),
    ),
    "visible machine": asked(hub(), spoke("10.0.0.9"), machine("m", "hub", "10.0.0.9")),
    "invisible server": asked(hub(), spoke("10.0.0.9")),
    "unread interfaces": asked(hub(), spoke("10.0.0.9"), gaps=[gap("network-interface", EVERYTHING)]),
    "server in several networks": asked(
        network("a"), network("b"), network("lonely", "10.7.0.0/16", "10.0.0.4"), by="lonely", servers=TWINS
    ),
    "server of a namesake": asked(
        hub("10.0.0.4"), network("hub", "10.0.0.0/16", group=OTHER_GROUP), by="hub", servers=(bind({"": AZURE_DNS}),)
    ),
    "server of an unread network": asked(
        spoke("10.9.0.4"),
        servers=(server("10.9.0.4", {"": AZURE_DNS}, network="gone"),),
        gaps=[gap("virtual-network", EVERYTHING)],
    ),
    "server of a network that is not there": asked(
        spoke("10.9.0.4"), servers=(server("10.9.0.4", {"": AZURE_DNS}, network="gone"),)
    ),
    "server in an unread network": asked(
        spoke("10.9.0.4"), servers=(server("10.9.0.4", {"": AZURE_DNS}),), gaps=[gap("virtual-network", EVERYTHING)]
    ),
    "alias unknown": unknown_alias({"": PUBLIC_RESOLVER}),
    "alias unknown, iterating": unknown_alias({}),
    "alias unknown to azure": unknown_alias({"": AZURE_DNS}),
    "zones unread": asked(hub(), by="hub", gaps=[gap("private-dns-zone", EVERYTHING)]),
    "records unread": asked(hub(), zone(ZONE, {}, "hub"), by="hub", gaps=[gap("record-set", zid(ZONE))]),
    "inbound endpoint": asked(hub(), spoke(INBOUND), resolver(), private_zone("hub")),
    "inbound endpoint of an unread resolver": asked(
        hub(), spoke(INBOUND), resolver()[1:], gaps=[gap("dns-resolver", EVERYTHING)]
    ),
    "rule": asked(hub(), spoke(), resolver(), private_zone("hub"), ruleset({"example.com": [INBOUND]}, "spoke")),
    "rule for the alias": asked(hub(), spoke(), resolver(), private_zone("hub"), ruleset({ZONE: [INBOUND]}, "spoke")),
    "root rule": asked(hub(), spoke(), resolver(), private_zone("hub"), ruleset({"": [INBOUND]}, "spoke")),
    "root rule and a reserved name": asked(
        hub(), resolver(), ruleset({"": [INBOUND]}, "hub"), by="hub", name="x.blob.core.windows.net"
    ),
    "root rule and an unlisted name": asked(
        hub(), resolver(), ruleset({"": [PUBLIC_RESOLVER]}, "hub"), by="hub", name="x.azurefd.net"
    ),
    "rule without target": asked(hub(), resolver(), ruleset({"example.com": []}, "hub"), by="hub"),
    "rules unread": asked(hub(), resolver(), ruleset({}, "hub"), by="hub", gaps=[gap("forwarding-rule", RULESET)]),
    "rulesets not proved": asked(
        hub(), by="hub", gaps=[gap("forwarding-ruleset", EVERYTHING, Reason.HIDDEN)], chains={}
    ),
    "rule that leaves from nowhere": asked(
        hub(),
        ruleset({"example.com": [INBOUND]}, "hub"),
        by="hub",
        gaps=[gap("outbound-endpoint", EVERYTHING), gap("dns-resolver", EVERYTHING)],
    ),
    "two targets": asked(
        hub(), spoke(), resolver(), private_zone("hub"), ruleset({"example.com": [INBOUND, PUBLIC_RESOLVER]}, "spoke")
    ),
    "rule below a zone": asked(
        hub(),
        resolver(),
        zone("example.com", {"A/x.a": ["10.0.0.5"]}, "hub"),
        ruleset({"a.example.com": [PUBLIC_RESOLVER]}, "hub"),
        by="hub",
        name="x.a.example.com",
    ),
    "loop through an inbound endpoint": asked(hub(), resolver(), ruleset({"example.com": [INBOUND]}, "hub"), by="hub"),
    "policy": asked(hub(), private_zone("hub"), policy((100, "Block", [ZONE])), by="hub"),
    "policy unread": asked(hub(), private_zone("hub"), by="hub", gaps=[gap("security-policy", EVERYTHING)]),
    "policy that lets pass": asked(hub(), private_zone("hub"), policy((100, "Block", ["a.b"])), by="hub"),
    "policy with an unread list": asked(
        hub(),
        private_zone("hub"),
        [document for document in policy((100, "Block", ["a.b"])) if document.kind != "domain-list"],
        by="hub",
        gaps=[gap("domain-list", EVERYTHING)],
    ),
    "policy with an opaque list": asked(hub(), private_zone("hub"), opaque_list(), by="hub"),
    "policy with managed lists": asked(
        hub(), private_zone("hub"), policy((100, "Block", ["bad.example"]), managed=["AzureDnsThreatIntel"]), by="hub"
    ),
    "policy with managed lists that may hold the name": asked(
        hub(),
        private_zone("hub"),
        policy((100, "Block", ["bad.example"]), managed=["AzureDnsThreatIntel"]),
        by="hub",
        declared=Declared(assumptions={"managed-lists-spare-names": False}),
    ),
    "policy of the client's own network": asked(
        hub(), spoke(INBOUND), resolver(), private_zone("hub"), policy((100, "Block", [ZONE]), network="spoke")
    ),
    "firewall": asked(hub(), spoke(FIREWALL), network_firewall(), private_zone("hub")),
    "firewall with servers": asked(
        hub(), spoke(FIREWALL), network_firewall(PUBLIC_RESOLVER, AZURE_DNS), private_zone("hub")
    ),
    "firewall with its proxy off": asked(hub(), spoke(FIREWALL), network_firewall(proxy=False)),
    "firewall of an unread policy": asked(
        hub(), spoke(FIREWALL), network_firewall()[:1], gaps=[gap("firewall-policy", EVERYTHING)]
    ),
    "firewall with a base policy": asked(
        hub(),
        spoke(FIREWALL),
        network_firewall()[:1],
        firewall_policy(GROUP, "afwp", base=firewall_policy_id(GROUP, "base")),
        firewall_policy(GROUP, "base", proxy=True),
    ),
    "firewall whose view is not assumed": asked(
        hub(),
        spoke(FIREWALL),
        network_firewall(),
        declared=Declared(assumptions={"firewall-asks-in-its-network": False}),
    ),
    "firewall of a virtual hub": asked(
        network("spoke", "10.1.0.0/16", HUB_FIREWALL), virtual_hub_firewall(), private_zone("spoke")
    ),
    "firewall of a virtual hub with the platform and another": asked(
        network("spoke", "10.1.0.0/16", HUB_FIREWALL),
        virtual_hub_firewall(AZURE_DNS, PUBLIC_RESOLVER),
        private_zone("spoke"),
    ),
    "platform zone": asked(hub(), by="hub", name="vm.internal.cloudapp.net"),
    "pointer of an address that nothing has": asked(hub(), by="hub", name="9.0.0.10.in-addr.arpa", type="PTR"),
    "pointer of a machine": asked(
        hub(), machine("m", "hub", "10.0.0.9"), by="hub", name="9.0.0.10.in-addr.arpa", type="PTR"
    ),
    "pointer in an unread network": asked(
        hub(), by="hub", name="9.0.0.10.in-addr.arpa", type="PTR", gaps=[gap("network-interface", "/")]
    ),
}


def rendered() -> str:
    """Every case, one after the other."""
    return "\n".join("\n".join(lines(name, case())) for name, case in CASES.items()) + "\n"


def lines(title: str, path: Path) -> Iterator[str]:
    """A path and its alternatives."""
    yield f"== {title}"
    yield from map(_hop, path.hops)
    yield _end(path)
    for other in path.alternatives:
        yield f"   or {other.condition} [{other.against}]"
        yield from (f"   {_hop(hop)}" for hop in other.hops)
        yield f"   {_end(other)}"


def _hop(hop: Hop) -> str:
    decided = hop.decided_by.name if hop.decided_by else "-"
    result = " ".join((hop.result.outcome, *hop.result.addresses, hop.result.cname or ""))
    at = f"{hop.at.type.rpartition('/')[2]} {hop.at.name}"
    return f"  {at} | {hop.name} {hop.type} | {hop.rule.name} by {decided} | {result.strip()} | {hop.text}" + (
        f" | assumes {hop.assumption}" if hop.assumption else ""
    )


def _end(path: Path) -> str:
    match path.outcome:
        case Loop(cycle):
            more = " -> ".join(part.rpartition("/")[2] for part in cycle)
        case DeadEnd(reason):
            more = reason
        case Opaque(reason, gaps):
            more = f"{reason} ({', '.join(gap.kind for gap in gaps)})"
        case _:
            more = ""
    return f"  = {path.outcome.__class__.__name__} {more}".rstrip() + f" in {path.view.rpartition('/')[2]}"


if __name__ == "__main__":
    TEXT.write_text(rendered())
