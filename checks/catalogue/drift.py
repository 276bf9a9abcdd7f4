"""8xx: drift. What changed since an earlier look, and names that Azure lists and the tables do not know."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from checks.check import Part, check
from checks.context import Context
from checks.drift.causes import How
from checks.drift.compare import AnswerChange, Drift, drift_between
from checks.drift.edits import Edit, below, touching
from checks.finding import Level, Occurrence, Proof, Seen, Violation
from checks.names.expected import unplaced_names
from checks.requirements import Requirement
from checks.resolution.path import Thing
from collectors.graph.documents import Change

_MOST_PROOFS = 10


@check("PED801", "expected-address-changed", Level.WARNING, part=Part.LIVE)
def expected_address_changed(context: Context) -> Iterator[Violation]:
    """An endpoint has another address for a name than at the baseline.

    Why it matters
        Hosts files, firewall rules, records made by hand and caches still hold the old address. The next endpoint
        of the subnet may get it.

    How it is decided
        1. A baseline is given, and in both looks the endpoint is there and names the addresses.
        2. They differ for the name. A name that came or went is not told.

    Remedy
        Find out who made the endpoint anew, and whether everything that holds the address by hand follows.

    Sources
        learn.microsoft.com: Manage Azure private endpoints, network interface and static addresses.
    """
    for move in _drift(context).moves:
        if not move.before or not move.after:
            continue
        records = [r for r in context.required.records_of(move.endpoint) if (r.name, r.type) == (move.name, move.type)]
        about = [r for r in context.required.requirements if not r.why or set(r.why) & set(records)]
        was, now = ", ".join(move.before), ", ".join(move.after)
        yield Violation(
            subject=Thing.of(move.endpoint),
            discriminator=move.name,
            text=f"{move.endpoint.name} has another address for {move.name} than at the baseline",
            cause=f"{was} was expected for {move.name} then, {now} is expected now.",
            occurrences=tuple(_required(requirement) for requirement in about),
            proofs=(Proof(kind="document", text=f"{move.endpoint.name}: {move.name} was {was}, is {now}"),),
            touches=tuple(sorted({record.workspace.text for record in records})),
        )


def _required(requirement: Requirement) -> Occurrence:
    return Occurrence(
        client=requirement.client.id,
        name=requirement.name,
        type=requirement.type,
        view=requirement.client.id,
        expected=requirement.acceptable,
    )


@check("PED802", "answer-changed", Level.WARNING, part=Part.LIVE)
def answer_changed(context: Context) -> Iterator[Violation]:
    """A change of the configuration changed what required names resolve to.

    Why it matters
        Whoever made the change may not know that names depend on it. The names that it moved are the ones to try.

    How it is decided
        1. A baseline is given; every required name is simulated for its clients in both looks.
        2. Where the answers differ, the changes in between are tried on the earlier look, one at a time, then two and
           more together, until it gives the later answer. The change that does is told.
        3. An answer that was wrong and is right now is a repair, and not told; nor is one that rightly follows an
           endpoint's address, nor what one look may only not have seen.

    Remedy
        Ask who made the change and whether it was meant to; else undo it.

    Sources
        RFC 1034 section 4.3.2 (how an answer comes about); the counterfactual itself is the proof.
    """
    found = _drift(context)
    by_edit: dict[str, list[AnswerChange]] = {}
    for answer in found.answers:
        hidden = any(edit.hidden for edit in answer.because.edits)
        if answer.because.how is not How.OTHERWISE and not hidden and not _is_meant(answer):
            by_edit.setdefault(answer.because.edits[0].id.lower(), []).append(answer)
    for _, answers in sorted(by_edit.items()):
        edits = {edit.id.lower(): edit for answer in answers for edit in answer.because.edits}
        yield _changed(context, answers, list(edits.values()))


def _is_meant(answer: AnswerChange) -> bool:
    """Whether it is right now, and was wrong or follows an address that moved (PED801 tells of that)."""
    follows = answer.expected_before != answer.expected_after
    return _is_right(answer.after[0], answer.expected_after) and (
        follows or not _is_right(answer.before[0], answer.expected_before)
    )


def _is_right(seen: Seen, expected: Sequence[str]) -> bool:
    return bool(seen.addresses) and set(seen.addresses) <= set(expected)


def _changed(context: Context, answers: Sequence[AnswerChange], edits: Sequence[Edit]) -> Violation:
    first, *others = edits
    clients = len({answer.client for answer in answers})
    names = sorted({answer.name for answer in answers})
    with_it = f", together with {len(others)} more" if others else ""
    moved = f"{len(names)} names" if len(names) > 1 else names[0]
    told = {f"{a.name}: {_seen_text(a.before[0])} before, {_seen_text(a.after[0])} now": None for a in answers}
    return Violation(
        subject=_thing(first),
        text=f"What became of {_thing(first).name} changed the answers for {moved}",
        cause=f"{_thing(first).name} is {first.word} since the baseline{with_it}: "
        f"{clients} client{'' if clients == 1 else 's'} get{'s' if clients == 1 else ''} other answers.",
        related=tuple(_thing(edit) for edit in others),
        occurrences=tuple(map(_occurrence, answers)),
        proofs=(*_documents(edits), *(Proof(kind="simulated", text=text) for text in list(told)[:_MOST_PROOFS])),
        path=answers[0].path_after,
        touches=_touched(context, answers),
    )


def _touched(context: Context, answers: Sequence[AnswerChange]) -> tuple[str, ...]:
    keys = {(answer.client, answer.name) for answer in answers}
    required = (r for r in context.required.requirements if (r.client, r.name) in keys)
    return tuple(sorted({requirement.expected.workspace.text for requirement in required}))


def _occurrence(answer: AnswerChange) -> Occurrence:
    return Occurrence(
        client=answer.client.id,
        name=answer.name,
        type=answer.type,
        view=answer.path_after.view,
        expected=answer.expected_after,
        simulated=answer.after[0],
    )


def _seen_text(seen: Seen) -> str:
    return ", ".join(seen.addresses) or seen.outcome


def _documents(edits: Sequence[Edit]) -> Iterator[Proof]:
    for edit in edits[:_MOST_PROOFS]:
        paths = ", ".join(difference.path for difference in edit.differences[:3])
        yield Proof(kind="document", text=f"{edit.id} {edit.word}{f': {paths}' if paths else ''}")


def _thing(edit: Edit) -> Thing:
    if isinstance(edit.change, Change):
        return Thing.of(edit.change.id)
    return Thing(edit.id, "server", edit.id.removeprefix("server:").partition("@")[0])


@check("PED803", "name-table-outdated", Level.NOTE, part=Part.LIVE)
def name_table_outdated(context: Context) -> Iterator[Violation]:
    """Azure lists a name for an endpoint that the name tables do not know.

    Why it matters
        Nobody can tell in which private zone the name belongs, so it is not judged. Services get names that tables
        of a certain day cannot hold.

    How it is decided
        1. The interface of an approved endpoint, or else its zone group, lists the name.
        2. Neither the tables nor `names.override` of the configuration knows a zone for its suffix.

    Remedy
        Look up the zone in Azure's list of private DNS zones and name it in `names.override`, or update the agent.

    Sources
        learn.microsoft.com: Azure private endpoint private DNS zone values.
    """
    for service in (*context.required.workspaces, *context.required.targets):
        for endpoint, name in sorted(unplaced_names(context.estate, service), key=lambda pair: (pair[0].id, pair[1])):
            if endpoint.approved:
                yield Violation(
                    subject=Thing.of(endpoint.id),
                    discriminator=name,
                    text=f"{endpoint.id.name} lists {name}, which the name tables do not know",
                    cause=f"No private zone is known for the suffix of {name}: it is not judged.",
                    related=(Thing.of(service.id),),
                    proofs=(Proof(kind="document", text=f"{endpoint.id.name} lists {name}"),),
                    touches=(service.id.text,),
                )


@check("PED804", "neighbour-changed", Level.NOTE, part=Part.LIVE)
def neighbour_changed(context: Context) -> Iterator[Violation]:
    """A resource on the path of a required name changed without changing the answer.

    Why it matters
        The next change may rest on this one. Whoever wants to know of every change on the path asks for it.

    How it is decided
        1. A baseline is given, and that neighbours are to be told is asked for: they are not by default.
        2. The resource, or what holds it, decided a hop of a required name in one of the two looks.
        3. It changed, and no answer changed because of it.

    Remedy
        None is needed.

    Sources
        RFC 1034 section 4.3.2 (how an answer comes about).
    """
    before = context.baseline
    if before is None or not before.neighbours:
        return
    found = _drift(context)
    told = {one.id for answer in found.answers for edit in answer.because.edits for one in _whole(edit, found)}
    paths = [c.path(r) for c in (before.context, context) for r in c.required.requirements]
    for edit in touching(found.edits, paths):
        if edit.id not in told and not edit.hidden:
            thing = _thing(edit)
            yield Violation(
                subject=thing,
                text=f"{thing.name} is {edit.word} since the baseline, and no answer with it",
                cause="It decides on the path of required names, which get what they got before.",
                proofs=tuple(_documents([edit])),
            )


def _whole(edit: Edit, found: Drift) -> tuple[Edit, ...]:
    """An edit with what came or went below it."""
    return (edit, *below(edit, found.edits))


_NOTHING = Drift(edits=(), answers=(), incomparable=(), moves=(), observed=(), came=(), went=(), compared=0)


def _drift(context: Context) -> Drift:
    """What differs from the baseline, worked out once; nothing without one."""
    if context.baseline is None:
        return _NOTHING
    memo = context.baseline.memo
    if memo.get("of") is not context.estate:
        memo.update(of=context.estate, drift=drift_between(context.baseline.context, context))
    drift: Drift = memo["drift"]
    return drift
