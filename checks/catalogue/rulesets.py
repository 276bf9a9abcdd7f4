"""4xx: DNS private resolvers, forwarding rulesets, security policies."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from checks.check import check, explains
from checks.context import Context
from checks.diagnosis import repairs, restrictions
from checks.diagnosis.luck import BY_RULE, violations_by_luck
from checks.disagreement import Disagreement, occurrence, proofs
from checks.finding import Level, Proof, Violation
from checks.resolution.path import Hop, Loop, Thing
from checks.resolution.places import Inbound, server_at
from checks.resolution.rulesets import outbound_network
from collectors.graph.estate import Estate
from collectors.graph.ids import ArmId
from collectors.graph.nodes import DnsResolver, ForwardingRule, InboundEndpoint, OutboundEndpoint, RulesetLink


@explains("PED401", "resolution-loop")
def resolution_loop(context: Context, disagreement: Disagreement) -> Violation | None:
    """A question comes back to a server that already had it.

    Why it matters
        Nobody ever answers: clients wait until they give up, and every try multiplies.

    How it is decided
        1. The simulated question meets a place again where the same name was already asked; the circle is printed.
        2. The last forwarding rule in the circle applies because its ruleset is linked to a network.
        3. Without that link the name must resolve, or fail later on its way.

    Remedy
        Remove the link. A ruleset with a rule to an inbound endpoint does not belong to that endpoint's own network.

    Sources
        learn.microsoft.com: Azure DNS Private Resolver endpoints and rulesets, rules.
    """
    if not isinstance(disagreement.path.outcome, Loop):
        return None
    rules = (hop for hop in reversed(disagreement.path.hops) if hop.rule in BY_RULE and hop.decided_by)
    closing = next(rules, None)
    link = _link_behind(context.estate, closing) if closing else None
    if link is None:
        return None
    return Violation(
        subject=Thing.of(link.id),
        text=f"Questions go in a circle through ruleset {link.ruleset.name} in {link.network.name}",
        cause=f"{disagreement.path.last.text[:1].upper()}{disagreement.path.last.text[1:]}.",
        related=(Thing.of(link.ruleset),),
        occurrences=(occurrence(disagreement),),
        repairs=(repairs.unlink_ruleset(context.estate, link.id),),
        proofs=proofs(disagreement),
        path=disagreement.path,
        touches=(disagreement.requirement.expected.workspace.text,),
    )


def _link_behind(estate: Estate, hop: Hop) -> RulesetLink | None:
    """The link by which the rule of a hop applies to the view that the hop is in."""
    rule = estate.get(ForwardingRule, ArmId(hop.decided_by.id)) if hop.decided_by else None
    links = estate.ruleset_links_of(ArmId(hop.at.id)) if rule else ()
    return next((link for link in links if rule and link.ruleset == rule.ruleset), None)


@check("PED406", "rule-target-platform", Level.ERROR)
def rule_target_platform(context: Context) -> Iterator[Violation]:
    """A forwarding rule has the platform's own address as a target.

    Why it matters
        Azure refuses to write such a rule, so a plan that holds it fails half-way.

    How it is decided
        1. A target of an enabled rule is 168.63.129.16, the address of Azure DNS.

    Remedy
        Send the names to the inbound endpoint of a resolver whose network the zones are linked to.

    Sources
        learn.microsoft.com: Azure DNS Private Resolver endpoints and rulesets, rule processing.
    """
    for rule in context.estate.of_type(ForwardingRule):
        if rule.enabled and restrictions.names_platform(rule):
            yield _broken(rule.id, f"Rule {rule.id.name} sends to 168.63.129.16", ["Azure refuses that target"])


@check("PED410", "rule-invalid", Level.WARNING)
def rule_invalid(context: Context) -> Iterator[Violation]:
    """A forwarding rule breaks a documented limit.

    Why it matters
        Azure refuses such a rule when it is written; one that exists all the same may do something else.

    How it is decided
        1. The rule's name, its domain or the number of its targets is outside of what Azure documents.

    Remedy
        Write the rule anew within the limits.

    Sources
        learn.microsoft.com: Azure DNS Private Resolver endpoints and rulesets, rules.
    """
    for rule in context.estate.of_type(ForwardingRule):
        yield from _breaks(
            rule.id, f"Rule {rule.id.name} of {rule.ruleset.name} is invalid", restrictions.of_rule(rule)
        )


@check("PED411", "resolver-subnet-invalid", Level.WARNING)
def resolver_subnet_invalid(context: Context) -> Iterator[Violation]:
    """The subnet of a resolver's endpoint is unsupported.

    Why it matters
        Azure refuses most of it when it is written; the rest fails at the next deployment.

    How it is decided
        1. The subnet of an inbound or outbound endpoint is smaller than /28 or larger than /24, delegated to
           nothing or to something else, shared with another endpoint, or outside of the resolver's network.

    Remedy
        Give every endpoint a subnet of its own, delegated to Microsoft.Network/dnsResolvers.

    Sources
        learn.microsoft.com: What is Azure DNS Private Resolver, subnet restrictions.
    """
    estate = context.estate
    endpoints: list[InboundEndpoint | OutboundEndpoint] = [*estate.of_type(InboundEndpoint)]
    for endpoint in (*endpoints, *estate.of_type(OutboundEndpoint)):
        title = f"The subnet of endpoint {endpoint.id.name} of resolver {endpoint.resolver.name} is unsupported"
        yield from _breaks(endpoint.id, title, restrictions.of_endpoint(estate, endpoint))


@check("PED412", "resolver-network-unsupported", Level.WARNING)
def resolver_network_unsupported(context: Context) -> Iterator[Violation]:
    """A resolver stands in a network that resolvers do not support.

    Why it matters
        It was refused, or it works until it is deployed again.

    How it is decided
        1. The resolver's network is encrypted, in another region, or has another resolver.
        2. Or a subnet for its endpoints has IPv6 addresses.

    Remedy
        Put the resolver into a network of its own that has none of this.

    Sources
        learn.microsoft.com: What is Azure DNS Private Resolver, virtual network restrictions.
    """
    for resolver in context.estate.of_type(DnsResolver):
        title = f"Resolver {resolver.id.name} stands in a network that it does not support"
        yield from _breaks(resolver.id, title, restrictions.of_resolver(context.estate, resolver))


@check("PED416", "loop-risk-link", Level.WARNING)
def loop_risk_link(context: Context) -> Iterator[Violation]:
    """A ruleset that sends to an inbound endpoint is linked to that endpoint's own network.

    Why it matters
        Any name that the rule catches and no linked zone covers comes back to where it was and is never answered.
        As long as a zone is linked nobody notices.

    How it is decided
        1. A ruleset is linked to a network.
        2. An enabled rule of it has an inbound endpoint in the same network as a target.
        3. No required name goes in that circle already: then it is a loop (PED401).

    Remedy
        Remove the link: questions to the inbound endpoint find the zones of its network without rules.

    Sources
        learn.microsoft.com: Azure DNS Private Resolver endpoints and rulesets, rules.
    """
    looping = set(_looping_views(context))
    for link in context.estate.of_type(RulesetLink):
        if context.estate.spelt(link.network).text in looping:
            continue
        rules = list(_leading_back(context.estate, link))
        if rules:
            network = link.network.name
            yield Violation(
                subject=Thing.of(link.ruleset),
                discriminator=context.estate.spelt(link.network).text,
                text=f"Ruleset {link.ruleset.name} may lead questions of {network} in a circle",
                cause=f"It is linked to {network}, and {', '.join(rules)} sends to an inbound endpoint there.",
                related=(Thing.of(link.network), Thing.of(link.id)),
                proofs=(Proof(kind="document", text=f"link {link.id.name} of {link.ruleset.name} to {network}"),),
            )


def _looping_views(context: Context) -> Iterator[str]:
    """The places that questions of required names pass on their way in a circle."""
    for requirement in context.required.requirements:
        outcome, *_ = context.outcomes(requirement)
        if isinstance(outcome, Loop):
            yield from (hop.at.id for hop in context.path(requirement).hops)


def _leading_back(estate: Estate, link: RulesetLink) -> Iterator[str]:
    """The rules of a linked ruleset that send to an inbound endpoint of the very network."""
    near = outbound_network(estate, link.ruleset)
    for rule in estate.rules_of(link.ruleset):
        places = (server_at(estate, target, near) for target in rule.targets) if rule.enabled else ()
        if any(isinstance(place, Inbound) and place.view == link.network for place in places):
            yield f"rule {rule.id.name}"


def _breaks(id: ArmId, title: str, reasons: Iterable[str]) -> Iterator[Violation]:
    told = list(reasons)
    if told:
        yield _broken(id, title, told)


def _broken(id: ArmId, title: str, reasons: list[str]) -> Violation:
    sentence = "; ".join(reasons)
    return Violation(
        subject=Thing.of(id),
        text=title,
        cause=f"{sentence[:1].upper()}{sentence[1:]}.",
        proofs=(Proof(kind="document", text=sentence),),
    )


@check("PED417", "rule-targets-unlike", Level.WARNING)
def rule_targets_unlike(context: Context) -> Iterator[Violation]:
    """The targets of one forwarding rule answer differently.

    Why it matters
        Azure asks the first target and skips it for 30 minutes when it was silent. For that long the name resolves
        to something else.

    How it is decided
        1. The first target that can answer leads to an acceptable address for a required name.
        2. Another target of the same rule leads to something unacceptable.

    Remedy
        Let all targets answer alike, or take the odd one out of the rule.

    Sources
        learn.microsoft.com: Azure DNS Private Resolver endpoints and rulesets, rule processing.
    """
    yield from violations_by_luck(context, by_rule=True)
