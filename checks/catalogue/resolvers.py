"""4xx: DNS private resolvers and what leads to them: not ready, at an address that may change, or gone."""

from __future__ import annotations

from collections.abc import Iterator

from checks.check import Claim, check
from checks.context import Context, Observation
from checks.diagnosis import rule_repairs as repairs
from checks.diagnosis.foreseen import has_failed
from checks.diagnosis.luck import BY_RULE
from checks.disagreement import Disagreement, observations_of, observed_proof, occurrence
from checks.finding import Level, Proof, Repair, Violation
from checks.follow_ups import is_given_up, is_silence
from checks.resolution.path import Opaque, Thing
from checks.resolution.places import Inbound, Unknown, server_at
from checks.resolution.rules import SERVER_UNKNOWN
from checks.resolution.rulesets import outbound_network
from collectors.graph.estate import Estate
from collectors.graph.ids import ArmId
from collectors.graph.nodes import (
    DnsResolver,
    ForwardingRule,
    ForwardingRuleset,
    InboundEndpoint,
    NetworkInterface,
    OutboundEndpoint,
    RulesetLink,
    VirtualNetwork,
)


@check("PED415", "resolver-not-ready", Level.ERROR)
def resolver_not_ready(context: Context) -> Iterator[Violation]:
    """A resolver, an endpoint of it, a ruleset, a rule or a link failed to provision.

    Why it matters
        What is configured is not what Azure runs: questions may get no answer, or pass by as if it were not there.

    How it is decided
        1. The provisioning state is Failed or Canceled.

    Remedy
        Deploy it again; the activity log tells why it failed.

    Sources
        learn.microsoft.com: Azure DNS Private Resolver, REST API, provisioning states.
    """
    for node in _made(context.estate):
        if has_failed(node.provisioning_state):
            what = node.id.type.rpartition("/")[2]
            yield Violation(
                subject=Thing.of(node.id),
                text=f"{node.id.name} ({what}) is not ready: its provisioning state is {node.provisioning_state}",
                cause=f"The last deployment of {node.id.name} did not come to its end.",
                proofs=(Proof(kind="document", text=f"provisioning state: {node.provisioning_state}"),),
            )


_Made = DnsResolver | InboundEndpoint | OutboundEndpoint | ForwardingRuleset | ForwardingRule | RulesetLink


def _made(estate: Estate) -> Iterator[_Made]:
    yield from estate.of_type(DnsResolver)
    yield from estate.of_type(InboundEndpoint)
    yield from estate.of_type(OutboundEndpoint)
    yield from estate.of_type(ForwardingRuleset)
    yield from estate.of_type(ForwardingRule)
    yield from estate.of_type(RulesetLink)


@check(
    "PED407",
    "rule-target-unknown",
    Level.WARNING,
    claim=Claim.ABSENCE,
    needs=("virtual-network", "network-interface", "inbound-endpoint", "firewall"),
)
def rule_target_unknown(context: Context) -> Iterator[Violation]:
    """A forwarding rule sends to an address in a known network that belongs to no visible server.

    Why it matters
        Nobody answers there, or something else does. Often it is the former address of an inbound endpoint that
        was deployed again.

    How it is decided
        1. A rule sends a required name to an address in a network that was read.
        2. No interface, inbound endpoint or firewall has the address, and no server with it is declared.
        3. No name was seen to be answered by way of the rule: then something does answer there. Where a required
           client was seen to get nothing by it, this is an error.

    Remedy
        Let the rule lead to the inbound endpoint's address, or declare the server in the configuration.

    Sources
        learn.microsoft.com: Azure DNS Private Resolver endpoints and rulesets, inbound endpoints, static addresses.
    """
    estate, alive = context.estate, _answering(context)
    for requirement in context.required.requirements:
        outcome, *_ = context.outcomes(requirement)
        path = context.path(requirement) if isinstance(outcome, Opaque) and not outcome.gaps else None
        hop = next((hop for hop in reversed(path.hops) if hop.rule in BY_RULE), None) if path else None
        rule = estate.get(ForwardingRule, ArmId(hop.decided_by.id)) if hop and hop.decided_by else None
        if path is None or rule is None or rule.id in alive or path.last.rule is not SERVER_UNKNOWN:
            continue
        near = outbound_network(estate, rule.ruleset)
        for target, place in ((target, server_at(estate, target, near)) for target in rule.targets):
            network = estate.locate(place.address, near) if isinstance(place, Unknown) else None
            failed = tuple(o for o in observations_of(context, requirement) if _is_nothing(o))
            if not isinstance(place, Unknown) or place.visible or place.gaps or network is None:
                continue
            yield Violation(
                subject=Thing.of(rule.id),
                discriminator=target,
                text=f"Rule {rule.id.name} of {rule.ruleset.name} sends to {place.address}, where nothing visible is",
                cause=f"{place.address} lies in {network.name}, and no interface, inbound endpoint or firewall has it.",
                related=(Thing.of(network), Thing.of(requirement.expected.endpoint)),
                occurrences=(occurrence(Disagreement(requirement=requirement, path=path, observations=failed)),),
                repairs=tuple(_led_anew(estate, rule, place.address, network)),
                proofs=(
                    Proof(kind="document", text=f"the rule's targets are {', '.join(rule.targets)}"),
                    *map(observed_proof, failed[:1]),
                ),
                path=path,
                touches=(requirement.expected.workspace.text,),
            )


def _is_nothing(observation: Observation) -> bool:
    """An error, silence, or a question that was spared because of silence. What our own budget spared says nothing."""
    told = bool(observation.answer.rcode) or is_silence(observation) or is_given_up(observation)
    return observation.seen is None and told


def _answering(context: Context) -> frozenset[ArmId]:
    """The rules by way of which a usable answer came."""
    asked = ((o.place, o.answer.question) for o in context.observations if o.seen is not None)
    paths = (context.solver.at(place, question.name, question.type) for place, question in asked)
    hops = (hop for path in paths for hop in path.hops if hop.rule in BY_RULE)
    return frozenset(ArmId(hop.decided_by.id) for hop in hops if hop.decided_by)


def _led_anew(estate: Estate, rule: ForwardingRule, former: str, network: ArmId) -> Iterator[Repair]:
    """The rule led to the only inbound endpoint of the network, if there is one."""
    near = [e for e in estate.of_type(InboundEndpoint) if (r := estate.resolver_of(e)) and r.network == network]
    addresses = [held.address for endpoint in near for held in endpoint.addresses]
    if len(addresses) == 1:
        yield repairs.lead_rule_to(estate, rule, former, addresses[0])


@check("PED413", "inbound-address-dynamic", Level.NOTE)
def inbound_address_dynamic(context: Context) -> Iterator[Violation]:
    """Something points to an inbound endpoint whose address may change.

    Why it matters
        A dynamic address is given anew when the endpoint is deployed again. What points to the former one asks
        nobody then.

    How it is decided
        1. An inbound endpoint has an address whose allocation is dynamic.
        2. A network, an interface or an enabled forwarding rule has that very endpoint as a server.

    Remedy
        Deploy the endpoint with a static address.

    Sources
        learn.microsoft.com: Azure DNS Private Resolver endpoints and rulesets, static and dynamic endpoint addresses.
    """
    estate = context.estate
    endpoints = estate.of_type(InboundEndpoint)
    dynamic = {held.address for endpoint in endpoints for held in endpoint.addresses if not held.static}
    pointing: dict[ArmId, dict[ArmId, str]] = {}
    for thing, near, server in _pointers(estate) if dynamic else ():
        place = server_at(estate, server, near) if server.partition(":")[0] in dynamic else None
        if isinstance(place, Inbound):
            pointing.setdefault(place.id, {})[thing] = place.address
    for id, things in sorted(pointing.items()):
        names = ", ".join(sorted({thing.name for thing in things}))
        address = next(iter(things.values()))
        yield Violation(
            subject=Thing.of(id),
            text=f"{names} point to {address} of inbound endpoint {id.name}, which may change",
            cause=f"The address of {id.name} is allocated dynamically.",
            related=tuple(sorted(map(Thing.of, things))),
            proofs=(Proof(kind="document", text=f"{address} of {id.name}: allocation Dynamic"),),
        )


def _pointers(estate: Estate) -> Iterator[tuple[ArmId, ArmId | None, str]]:
    """What has DNS servers: the thing, the network that it asks from, and each server."""
    for network in estate.of_type(VirtualNetwork):
        yield from ((network.id, network.id, server) for server in network.dns_servers)
    for nic in estate.of_type(NetworkInterface):
        near = next((c.subnet.parent for c in nic.ip_configurations if c.subnet), None)
        yield from ((nic.id, near, server) for server in nic.dns_servers)
    for rule in estate.of_type(ForwardingRule):
        if rule.enabled:
            near = outbound_network(estate, rule.ruleset)
            yield from ((rule.id, near, target) for target in rule.targets)
