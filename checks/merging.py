"""Causes become findings: merged by what one repair mends, stamped with code, level and status."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace

from checks.azure_witness import azure_proofs
from checks.catalogue.answers import fails_for_a_client
from checks.check import Check, Part
from checks.context import Context, Observation
from checks.diagnosis.causes import Cause
from checks.diagnosis.observed import unexplained_contradictions
from checks.disagreement import asked_text, right_elsewhere, right_proof
from checks.finding import Finding, Level, Occurrence, Repair, Status, Violation
from checks.resolution.path import Path
from checks.settling import is_settling
from checks.unjudged import Acknowledged, NotEvaluated
from collectors.graph.documents import Gap, ServerChange
from collectors.graph.ids import ArmId


def merged(
    context: Context, causes: Iterable[Cause], unjudged: Sequence[NotEvaluated], acknowledged: Acknowledged
) -> tuple[Finding, ...]:
    """One finding per fingerprint, in order."""
    groups: dict[str, list[Cause]] = defaultdict(list)
    for cause in causes:
        groups[cause.fingerprint].append(cause)
    return in_order(_finding(context, group, unjudged, acknowledged) for group in groups.values())


def in_order(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """The worst first, then by code and subject."""
    return tuple(sorted(findings, key=lambda f: (-f.level, f.code, f.violation.subject.id.lower(), f.fingerprint)))


def _finding(
    context: Context, group: list[Cause], unjudged: Sequence[NotEvaluated], acknowledged: Acknowledged
) -> Finding:
    """One finding of everything that one repair mends."""
    first = group[0]
    gaps = _gaps(context, first)
    ordered = _occurrences(group)
    proofs = tuple(dict.fromkeys(proof for cause in group for proof in cause.violation.proofs))
    right = right_elsewhere(context, proofs)
    violation = replace(
        first.violation,
        cause=_cause(first, gaps, unjudged) + (_right_text(right) if first.check.part is Part.LIVE else ""),
        repairs=_repairs(group),
        related=tuple(sorted({thing for cause in group for thing in cause.violation.related})),
        touches=tuple(sorted({touched for cause in group for touched in cause.violation.touches})),
        path=_path_of_first(group, ordered[0]) if ordered else first.violation.path,
    )
    own = first.fingerprint
    return Finding(
        code=first.check.code,
        slug=first.check.slug,
        level=_level(context, group, unjudged),
        status=_status(context, first.check, violation, gaps, acknowledged),
        violation=violation,
        occurrences=ordered,
        proofs=(*proofs, *map(right_proof, right), *azure_proofs(context, violation.touches)),
        masks=tuple(sorted({mask for cause in group for mask in cause.masks} - {own})),
        fingerprint=own,
    )


def _status(
    context: Context, check: Check, violation: Violation, gaps: tuple[Gap, ...], acknowledged: Acknowledged
) -> Status:
    if gaps and all(map(acknowledged, gaps)):
        return "waived"
    return "settling" if check.part not in _FINAL and is_settling(context, violation) else "new"


def _occurrences(group: list[Cause]) -> tuple[Occurrence, ...]:
    """One line per client and name; a line that was observed says more than one that was not."""
    lines: dict[tuple[str, str, str], Occurrence] = {}
    for cause in group:
        for line in cause.violation.occurrences:
            key = (line.client, line.name, line.type)
            if key not in lines or lines[key].observed is None:
                lines[key] = line
    return tuple(sorted(lines.values(), key=lambda line: (line.client.lower(), line.name, line.type)))


def _repairs(group: list[Cause]) -> tuple[Repair, ...]:
    """Every change once, however many names it mends: of several to one object the one that takes most.

    What several names need of one server is all of it: each may need another forwarder.
    """
    repairs: dict[str, Repair] = {}
    for cause in group:
        for repair in cause.violation.repairs:
            key = str(repair.change.id).lower()
            known = repairs.setdefault(key, repair)
            if isinstance(known.change, ServerChange) and isinstance(repair.change, ServerChange):
                repairs[key] = _both(known, known.change, repair, repair.change)
            elif len(repair.command) > len(known.command):  # a zone group over zones that others create before it
                repairs[key] = repair
    return tuple(repairs.values())


def _both(one: Repair, its: ServerChange, other: Repair, others: ServerChange) -> Repair:
    """Two changes of one server as one: all forwarders, all records, and every line of configuration."""
    if its.after is None or others.after is None or (others.after == its.after and other.command == one.command):
        return one
    unknown = its.after.forwards is None and others.after.forwards is None
    forwards = None if unknown else {**(its.after.forwards or {}), **(others.after.forwards or {})}
    edits = {zone.name: zone.edits for zone in others.after.zones}
    zones = tuple(replace(zone, edits={**zone.edits, **edits.get(zone.name, {})}) for zone in its.after.zones)
    lines = dict.fromkeys((*one.command.split("\n"), *other.command.split("\n")))
    return Repair(
        change=replace(its, after=replace(its.after, forwards=forwards, zones=zones)),
        text="; ".join(dict.fromkeys((*one.text.split("; "), *other.text.split("; ")))),
        command="\n".join(lines),
    )


def _gaps(context: Context, cause: Cause) -> tuple[Gap, ...]:
    """The gaps that a finding about sight is about."""
    if cause.check.part is not Part.SIGHT:
        return ()
    scope, kind = cause.violation.subject.id, cause.violation.discriminator
    return tuple(gap for gap in context.estate.gaps if f"scope:{gap.scope}" == scope and gap.kind == kind)


def _cause(first: Cause, gaps: tuple[Gap, ...], unjudged: Sequence[NotEvaluated]) -> str:
    """Why, and for what could not be seen also what that blinds."""
    blinded = [item for item in unjudged if set(item.because) & set(gaps)]
    codes = sorted({item.code for item in blinded if item.code})
    names = sum(1 for item in blinded if item.subject.type == "name")
    words = [*codes, *([f"{names} name{'' if names == 1 else 's'}"] if names else [])]
    return f"{first.violation.cause}; not evaluated for it: {', '.join(words)}" if words else first.violation.cause


def _right_text(right: Sequence[Observation]) -> str:
    """That a name which is answered wrongly here is answered rightly from somewhere else."""
    vantages = sorted({observation.answer.question.vantage for observation in right})
    if not vantages:
        return ""
    shown = ", ".join(vantages[:3]) + (f" and {len(vantages) - 3} more" if len(vantages) > 3 else "")
    return f" Asked from {shown}, the answer is right."


def _path_of_first(group: list[Cause], first: Occurrence) -> Path | None:
    for cause in group:
        if any(line.client == first.client and line.name == first.name for line in cause.violation.occurrences):
            return cause.violation.path
    return group[0].violation.path


_FINAL = (Part.SIGHT, Part.CRASH, Part.WAIVER)  # nothing there settles by itself
_FAILS_NOW = ("PED610",)  # what they list are questions of required clients that got nothing
_CAUGHT = ("PED302", "PED312", "PED407", "PED417")  # what they list as observed is silence, or the wrong way
_OWN_NAMES = ("PED510", "PED511", "PED512")  # they judge names that no other check judges


def _level(context: Context, group: list[Cause], unjudged: Sequence[NotEvaluated]) -> Level:
    """The catalogue's level, raised where a required client fails, or cannot be judged, because of it."""
    check = group[0].check
    if check.code == "PED613":
        questions = {proof.question for cause in group for proof in cause.violation.proofs}
        told = (o for o in unexplained_contradictions(context) if asked_text(o) in questions)
        return Level.ERROR if any(fails_for_a_client(context, o) for o in told) else check.level
    if check.code in _FAILS_NOW:
        return Level.ERROR if any(cause.violation.occurrences for cause in group) else check.level
    if check.code in _CAUGHT:
        caught = any(line.observed for cause in group for line in cause.violation.occurrences)
        return Level.ERROR if caught else check.level
    if any(cause.confirmed for cause in group):
        return Level.ERROR
    if check.code in _OWN_NAMES:
        needed = {requirement.name for requirement in context.required.requirements}
        names = {line.name for cause in group for line in cause.violation.occurrences}
        return Level.ERROR if needed & names else check.level
    if check.code == "PED220":
        reaching = (ArmId(line.client) for cause in group for line in cause.violation.occurrences)
        return Level.WARNING if any(map(context.estate.holds_machines, reaching)) else check.level
    if check.code == "PED907":
        blocking = {gap for item in unjudged if item.code is None for gap in item.because}
        return Level.WARNING if blocking & set(_gaps(context, group[0])) else check.level
    return check.level
