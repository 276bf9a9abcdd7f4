"""Names that resolve rightly as long as the right one of several ways is taken: what decides, and what else comes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from checks.context import Context, Observation, agrees, meets
from checks.diagnosis import server_repairs as repairs
from checks.disagreement import answer_seen, observed_proof, seen_of
from checks.finding import Occurrence, Proof, Repair, Violation
from checks.requirements import Requirement
from checks.resolution.path import Addresses, Opaque, Path, Public, Thing
from checks.resolution.places import custom_server
from checks.resolution.rules import FORWARDING_RULE, RULE_OF_ALIAS
from collectors.graph.ids import Fqdn, suffixes

BY_RULE = (FORWARDING_RULE, RULE_OF_ALIAS)
"""The rules of the model by which a forwarding rule of Azure decides."""


@dataclass(frozen=True, slots=True)
class Luck:
    """A requirement that is met, the way on which it is not, and what decides which of them is taken."""

    requirement: Requirement
    usual: Path
    other: Path
    decider: Thing
    by_rule: bool


def violations_by_luck(context: Context, *, by_rule: bool) -> Iterator[Violation]:
    """One violation per requirement that luck decides about, those of forwarding rules or those of servers."""
    for luck in _lucky(context):
        if luck.by_rule is not by_rule:
            continue
        record = luck.requirement.expected
        seen = _caught(context, luck)
        yield Violation(
            subject=luck.decider,
            discriminator="" if by_rule else record.zone,
            text=f"{luck.decider.name} leads names of {record.zone or record.name} to the endpoint by luck only",
            cause=f"{luck.other.condition[:1].upper()}{luck.other.condition[1:]}, {_elsewhere(luck)}.",
            repairs=() if by_rule else tuple(_repair(context, luck)),
            related=(Thing.of(record.endpoint),),
            occurrences=(_line(luck, seen),),
            proofs=(
                Proof(kind="simulated", text=f"{luck.other.condition}: {luck.other.last.text}"),
                *((observed_proof(seen),) if seen else ()),
            ),
            path=luck.other,
            touches=(record.workspace.text,),
        )


def _lucky(context: Context) -> Iterator[Luck]:
    for requirement in context.required.requirements:
        outcome, *others = context.outcomes(requirement)
        if not others or not meets(outcome, requirement.acceptable):
            continue
        usual = context.path(requirement)
        for other in usual.certain[1:]:
            if not isinstance(other.outcome, Opaque) and not meets(other.outcome, requirement.acceptable):
                decider, by_rule = _decider(usual, other)
                yield Luck(requirement, usual, other, decider, by_rule)
                break


def _elsewhere(luck: Luck) -> str:
    """What clients get on the other way, without naming who decides a second time."""
    match luck.other.outcome:
        case Public():
            return "clients get the public address"
        case Addresses(addresses=addresses) if addresses:
            return f"clients get {', '.join(addresses)}"
        case _:
            return f"the name fails: {luck.other.last.text}"


def _repair(context: Context, luck: Luck) -> Iterator[Repair]:
    """Of the forwarders that the server uses for the name, only those that lead rightly, and nothing after them."""
    estate, asked = context.estate, luck.requirement.expected.asked
    servers = (custom_server(estate, declared) for declared in estate.declared.servers)
    server = next((server for server in servers if server.id == luck.decider.id), None)
    forwards = server.declared.forwards if server else None
    suffix = next((suffix for suffix in (*suffixes(asked), Fqdn("")) if suffix in (forwards or {})), None)
    if server is None or not forwards or suffix is None:
        return
    each = [repairs.keep_forwarders(server, suffix, (target,)) for target in forwards[suffix]]
    kept = tuple(t for t, it in zip(forwards[suffix], each, strict=True) if _heals(context, luck.requirement, it))
    repair = repairs.keep_forwarders(server, suffix, kept)
    if kept and _heals(context, luck.requirement, repair):
        yield repair


def _heals(context: Context, requirement: Requirement, repair: Repair) -> bool:
    """Whether every way leads rightly after a repair."""
    outcomes = context.after(repair.change).outcomes(requirement)
    return all(meets(outcome, requirement.acceptable) for outcome in outcomes)


def _decider(usual: Path, other: Path) -> tuple[Thing, bool]:
    """What stands where the two ways part, and whether a forwarding rule decides there."""
    pairs = zip(usual.hops, other.hops, strict=False)
    parted = next((there for here, there in pairs if here != there), other.last)
    return parted.decided_by or parted.at, parted.rule in BY_RULE


def _caught(context: Context, luck: Luck) -> Observation | None:
    """An answer that shows the wrong way being taken."""
    about = (o for o in context.about(luck.requirement) if o.reached and o.seen is not None)
    return next((o for o in about if o.seen is not None and agrees(luck.other.outcome, o.seen)), None)


def _line(luck: Luck, seen: Observation | None) -> Occurrence:
    requirement, other = luck.requirement, luck.other
    return Occurrence(
        client=requirement.client.id,
        name=requirement.name,
        type=requirement.type,
        view=other.view,
        vantage=seen.answer.question.vantage if seen else "",
        expected=requirement.acceptable,
        simulated=seen_of(other.outcome, other),
        observed=answer_seen(seen.answer, seen.seen) if seen else None,
    )
