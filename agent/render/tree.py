"""`agent explain` for people: one tree of hops per view, the object that decided at each hop."""

from __future__ import annotations

import io
import shlex

from rich.console import Console
from rich.text import Text

from agent.explain import Explanation
from agent.render.console import text_console, wants_color
from agent.render.text import visible
from agent.render.verdict import conditions, hop_words, others, outcome_words, removed, verdict
from checks.context import meets
from checks.disagreement import answer_seen
from checks.names.expected import ExpectedRecord, Need
from checks.requirements import Tier
from checks.resolution.path import Opaque, Outcome
from checks.resolution.rules import ASSUMPTIONS
from checks.views import ViewClass
from collectors.graph.clouds import PLATFORM_RESOLVER


def render_explanation(explained: Explanation, *, no_color: bool) -> str:
    """The explanation as text."""
    buffer = io.StringIO()
    console = text_console(buffer, color=wants_color(no_color))
    console.print(Text.assemble((visible(explained.name), "bold"), f" {explained.type}"))
    for line in dict.fromkeys(map(_expected, explained.records)):  # a project uses the names of its hub
        console.print(line)
    if not explained.records:
        console.print("  expected nothing: no private endpoint that was read lists this name")
    if explained.near:
        console.print(f"  did you mean {visible(explained.near)}?")
    for text in explained.without:
        console.print(f"  as if {visible(text)} were not there")
    for view in explained.views:
        _view(console, explained, view)
        _meaning(console, explained, view)
    _assumptions(console, explained)
    return buffer.getvalue()


def _expected(record: ExpectedRecord) -> str:
    state = "" if record.approved else ", connection not approved"
    note = f"\n           {visible(record.note)}" if record.note else ""
    place = f"record {visible(record.record)} in {visible(record.zone)}" if record.zone else "no private-link zone"
    need = "" if record.need is Need.REQUIRED else ", not required"
    return (
        f"  expected {', '.join(record.addresses)} ({record.role}{need}): {visible(record.source)} of "
        f"{visible(record.endpoint.name)}, {place}{state}{note}"
    )


def _view(console: Console, explained: Explanation, view: ViewClass) -> None:
    console.print()
    names = ", ".join(visible(client.name) for client in view.clients[:8])
    more = f" and {len(view.clients) - 8} more" if len(view.clients) > 8 else ""
    tier = "" if view.tier is Tier.REQUIRED else f"  (a {view.tier} client, not a required one)"
    console.print(Text.assemble(("from ", "dim"), (names + more, "bold"), (tier, "dim")))
    judged = verdict(explained, view)
    console.print(Text(f"  {visible(judged.text)}", judged.style))
    for told in (*conditions(explained, view), *filter(None, [removed(explained, view)]), *others(view)):
        console.print(Text(f"  {visible(told)}", "yellow"))
    asked = view.path.hops[0].name
    for number, hop in enumerate(view.path.hops):
        final = number == len(view.path.hops) - 1
        if hop.name != asked:
            console.print(f"  │  now for {visible(hop.name)}")
            asked = hop.name
        console.print(Text(f"  {'└─' if final else '├─'} {visible(hop.at.name)}: {visible(hop_words(hop))}"))
        decided = visible(hop.decided_by.id) if hop.decided_by else "nothing of yours: public DNS"
        marks = f"[{hop.rule.name}, {hop.rule.evidence}{', assumes ' + hop.assumption if hop.assumption else ''}]"
        console.print(Text(f"  {'  ' if final else '│ '}   decided by {decided}  {marks}", style="dim"))
    _result(console, explained, view)


def _assumptions(console: Console, explained: Explanation) -> None:
    """What the paths rest on without proof, in words, with the switch."""
    used = {name for view in explained.views for name in view.path.assumptions}
    used |= {way.against for view in explained.views for way in view.path.alternatives if way.against}
    for assumption in (known for known in ASSUMPTIONS if known.name in used):
        console.print(Text(f"\nassumes ({assumption.evidence}): {assumption.text}", style="dim"))
        console.print(Text(f"  not so? [assumptions] {assumption.name} = false in agent.toml", style="dim"))


def _meaning(console: Console, explained: Explanation, view: ViewClass) -> None:
    """What an answer that contradicts the configuration proves."""
    answers = {observation.answer.question for observation in view.observed}
    for hypothesis in explained.hypotheses:
        if answers & {observation.answer.question for observation in hypothesis.proved_by}:
            what = " and ".join(hypothesis.suffixes) or "this name"
            text = f"  so server {hypothesis.server.address} does not forward {what} to Azure DNS, whatever is declared"
            console.print(Text(f"{text} (PED305)", style="red"))


def _result(console: Console, explained: Explanation, view: ViewClass) -> None:
    simulated = visible(outcome_words(view.path.outcome))
    console.print(Text.assemble("  simulated ", (simulated, _style(view, view.path.outcome))))
    for observation in view.observed:
        seen = answer_seen(observation.answer, observation.seen)
        shown = ", ".join(seen.addresses) or seen.outcome
        word = f"public {shown}" if seen.outcome == "public" and seen.addresses else shown
        style = _style(view, observation.seen) if observation.seen else "yellow"
        left = ", with nothing left out" if explained.without else ""
        question = observation.answer.question
        where = f" (asked {question.server} from {visible(question.vantage)}{left})"
        console.print(Text.assemble("  observed  ", (visible(word), style), (where, "dim")))
    if not view.observed:
        console.print(Text("  observed  nothing: nobody was asked from there", style="dim"))
    first = view.path.hops[0]
    by_hand = f"dig @{next(iter(view.servers), PLATFORM_RESOLVER)} {shlex.quote(first.name)} {first.type}"
    console.print(Text(f"  by hand, from there: {visible(by_hand)}", "dim"))


def _style(view: ViewClass, outcome: Outcome) -> str:
    if not view.expected or isinstance(outcome, Opaque):
        return "yellow"
    return "green" if meets(outcome, view.expected) else "red"
