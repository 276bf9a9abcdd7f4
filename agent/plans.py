"""Question plans: what they ask, and what becomes of the answers that somebody brings back."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

from agent import __version__
from agent.state import StateDirectory
from checks.context import Context
from checks.questions import plan_rounds, view_of
from collectors.graph.answers import Answer, Question
from collectors.graph.declared import Declared, Vantage
from collectors.graph.errors import AgentError, PlanError, UsageError
from collectors.graph.estate import Estate
from collectors.graph.ids import ArmId
from collectors.plans import Answered, Plan, new_plan, read_answers, read_plan

Tell = Callable[[str], None]
_UNSAID = Vantage(name="here")  # what a configuration without any vantage stands for
_ANEW = "Make a new plan with `agent ask --make-plan`."


def make_plan(context: Context, cloud: str, vantages: Sequence[Vantage], now: datetime, notice: Tell) -> Plan:
    """A plan of all that is worth asking from the vantages that somebody declared. Raises UsageError for none."""
    named = [vantage for vantage in vantages if vantage != _UNSAID]
    if not named:
        raise UsageError(
            "No vantage is declared, so there is nowhere to ask from: expected [[vantage]] in the configuration, "
            'with a name and, to ask Azure DNS, a view: the network it stands in, as in view = "vnet-spoke-1".'
        )
    rounds = {vantage.name: plan_rounds(context, vantage) for vantage in named}
    asking = [vantage for vantage in named if any(rounds[vantage.name])]
    for vantage in named:
        if vantage not in asking:
            notice(f"vantage {vantage.name} is left out: {_why_nothing(context.estate, vantage)}.")
    if not asking:
        raise UsageError("There is nothing to ask from any declared vantage, so there is no plan.")
    joined = tuple(tuple(q for vantage in asking for q in rounds[vantage.name][number]) for number in (0, 1))
    return new_plan(asking, joined, cloud=cloud, tool_version=__version__, now=now)


def _why_nothing(estate: Estate, vantage: Vantage) -> str:
    found = estate.find_networks(vantage.view) if vantage.view else ()
    if vantage.view and len(found) != 1:
        several = f"{len(found)} networks that could be read are" if found else "no network that could be read is"
        return f"{several} its view {vantage.view!r}"
    return "no server of a required client may be asked from there"


def chosen_vantage(plan: Plan, name: str) -> Vantage:
    """The vantage that a person names, by default the plan's only one. Raises UsageError."""
    known = ", ".join(vantage.name for vantage in plan.vantages)
    if not name and len(plan.vantages) != 1:
        raise UsageError(f"The plan asks from several vantages: say with --vantage where this machine stands: {known}.")
    found = plan.vantage(name) if name else plan.vantages[0]
    if found is None:
        raise UsageError(f"There is no vantage {name!r} in the plan. Its vantages: {known}.")
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Brought:
    """Answers that somebody brought: what is refused is told to `refuse` in one sentence, and the rest goes on."""

    accepted: tuple[Answered, ...] = ()
    refuse: Tell = field(default=lambda _: None)
    notice: Tell = field(default=lambda _: None)

    def fitting(self, estate: Estate, cloud: str) -> Brought:
        """Those that are about this cloud, from where this run knows the vantage to stand, too."""
        known = {vantage.name: vantage for vantage in estate.declared.vantages}
        fit = []
        for answered in self.accepted:
            theirs = answered.vantage
            try:
                _check_fit(answered, estate, cloud, known.setdefault(theirs.name, theirs))
                fit.append(answered)
            except PlanError as error:
                self.refuse(str(error))
        return replace(self, accepted=tuple(fit))

    def over(self, declared: Declared) -> Declared:
        """What is declared, with the vantages that the answers are from. This run itself does not ask from there."""
        vantages = {vantage.name: vantage for vantage in declared.vantages}
        for vantage in (answered.vantage for answered in self.accepted):
            vantages[vantage.name] = replace(vantages.get(vantage.name, vantage), elsewhere=True)
        return replace(declared, vantages=tuple(vantages.values()))

    def wanted(self, context: Context) -> Iterator[Answer]:
        """The answers to what would still be asked; how many are not is told."""
        for answered in self.accepted:
            rounds = plan_rounds(context, answered.vantage)
            asked: set[Question] = {question for round in rounds for question in round}
            wanted = [answer for answer in answered.answers if answer.question in asked]
            if left := len(answered.answers) - len(wanted):
                self.notice(
                    f"{left} of the {len(answered.answers)} answers in {answered.file} are ignored: "
                    "nobody asks those questions any more."
                )
            yield from wanted


def _check_fit(answered: Answered, estate: Estate, cloud: str, known: Vantage) -> None:
    """Raises PlanError for answers that would be mistaken for others; `known` is who else has the vantage's name."""
    file, plan, theirs = answered.file, answered.plan, answered.vantage
    if plan.cloud != cloud:
        raise PlanError(f"{file} is foreign: plan {plan.id} is for {plan.cloud}, this run looks at {cloud}. {_ANEW}")
    if _stand(estate, known) != _stand(estate, theirs):
        raise PlanError(
            f"{file} is foreign: vantage {theirs.name} stands in {theirs.view or 'no network'} by plan {plan.id}, "
            f"in {known.view or 'no network'} by what else this run was given. {_ANEW}"
        )


def _stand(estate: Estate, vantage: Vantage) -> ArmId | str:
    """Where a vantage stands: a network that was read, else whatever was said of it."""
    return view_of(estate, vantage) or vantage.view.lower()


def newest(answers: Sequence[Answer]) -> list[Answer]:
    """Of several answers to one question the last."""
    last: dict[Question, Answer] = {}
    for answer in sorted(answers, key=lambda answer: (answer.asked_at, bool(answer.rcode))):
        last[answer.question] = answer
    return list(last.values())


def read_brought(
    files: Sequence[Path], plans: Sequence[Path], kept: Callable[[], StateDirectory], now: datetime, refuse: Tell
) -> tuple[Answered, ...]:
    """Read answers with the plans that are given or kept; what cannot be trusted is told, one sentence a file."""
    given: dict[str, Plan] = {}
    for path in plans:
        try:
            plan = read_plan(path, now)
            given[plan.id] = plan
        except PlanError as error:
            refuse(str(error))

    def plan_of(id: str) -> Plan | None:
        own, brought = _kept(kept, id, now, needed=id not in given), given.get(id)
        if own and brought and own != brought:
            raise PlanError(f"belongs to plan {id}, and the one given by --plan is not the one made here. {_ANEW}")
        return own or brought

    accepted = []
    for path in files:
        try:
            accepted.append(read_answers(path, plan_of, now))
        except PlanError as error:
            refuse(str(error))
    return tuple(accepted)


def _kept(kept: Callable[[], StateDirectory], id: str, now: datetime, *, needed: bool) -> Plan | None:
    """The plan of this machine's state. A copy that cannot be used only matters where no other plan is given."""
    try:
        return kept().plan(id, now)
    except AgentError as error:
        if needed:
            raise PlanError(f"cannot be told from a forged one: {error}") from error
        return None
