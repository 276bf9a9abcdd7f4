"""What to make of gaps at the top: questions that nobody answered, and objects that were named but not seen."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from checks.context import Context
from checks.diagnosis.orphans import orphans
from checks.finding import Level
from checks.questions import next_questions
from checks.requirements import Required
from checks.resolution.path import Thing
from checks.unjudged import NotEvaluated
from collectors.graph.answers import Answer
from collectors.graph.connections import Connection
from collectors.graph.documents import Gap, Reason
from collectors.graph.errors import UsageError
from collectors.graph.estate import Estate
from collectors.graph.ids import Fqdn
from collectors.graph.nodes import Subscription


def missing_objects(estate: Estate, required: Required) -> tuple[NotEvaluated, ...]:
    """Named objects that are not there, or a scope without any name, where gaps may hide them.

    Raises UsageError where nothing hides them: an empty list is no health.
    """
    return unknown_objects(estate, required) + empty_scope(estate, required)


def unknown_objects(estate: Estate, required: Required) -> tuple[NotEvaluated, ...]:
    """Named objects that gaps may hide. Raises UsageError where nothing does."""
    kinds = ("subscription", "virtual-network", "workspace")
    hiding = tuple(gap for gap in estate.gaps if gap.kind in kinds and not gap.outside)
    if required.unknown and not hiding:
        raise UsageError(_no_such(estate, required.unknown))
    return tuple(_unseen(f"scope:{text}", text, hiding) for text in required.unknown)


def empty_scope(estate: Estate, required: Required) -> tuple[NotEvaluated, ...]:
    """A scope in which no name is required although gaps may hide some. Raises UsageError where nothing does.

    An endpoint that leads nowhere any more is something to tell, and so is no empty scope.
    """
    if required.requirements or required.underived or any(orphans(estate, required)):
        return ()
    hiding = tuple(gap for gap in estate.gaps if not gap.outside and gap.kind != "dns")
    if not hiding:
        raise UsageError(_empty(estate, required))
    return (_unseen("scope:/", "/", hiding),)


def _unseen(id: str, name: str, gaps: tuple[Gap, ...]) -> NotEvaluated:
    return NotEvaluated(code=None, level=Level.ERROR, subject=Thing(id, "scope", name), because=gaps)


def dns_gaps(context: Context, answers: Sequence[Answer], *, asked: bool) -> tuple[Gap, ...]:
    """Questions that were not asked, or that nobody answered, one gap per server and reason."""
    reasons: dict[tuple[str, Reason, str], int] = {}
    for answer in answers:
        if not answer.rcode:
            key = (f"{answer.question.server} from {answer.question.vantage}", _why(answer), answer.error)
            reasons[key] = reasons.get(key, 0) + 1
    if not asked:
        for question in next_questions(context, {answer.question for answer in answers}):
            key = (f"{question.server} from {question.vantage}", Reason.NOT_ASKED, "this run asks nobody")
            reasons[key] = reasons.get(key, 0) + 1
    return tuple(
        Gap(kind="dns", scope=scope, reason=reason, detail=f"{count} questions: {detail}")
        for (scope, reason, detail), count in sorted(reasons.items())
    ) + tuple(_silent_elsewhere(context, answers))


def _silent_elsewhere(context: Context, answers: Sequence[Answer]) -> Iterator[Gap]:
    """Vantages that this machine cannot ask from, and from which nobody brought answers."""
    heard = {answer.question.vantage for answer in answers}
    for vantage in context.estate.declared.vantages:
        if vantage.elsewhere and vantage.name not in heard:
            yield Gap(
                kind="dns",
                scope=vantage.name,
                reason=Reason.NOT_ASKED,
                detail="the vantage is elsewhere, and no answers from it were given",
                action="make a plan with `agent ask --make-plan`, run it there, and give check the --answers",
            )


def connection_gaps(context: Context) -> tuple[Gap, ...]:
    """What connections could not show: they were not tried, gave no certificate, or somebody else answered.

    An address that accepts none at all is no gap but a finding.
    """
    private = {r.expected.asked: r.expected.asked_private for r in context.required.requirements}
    return tuple(
        Gap(kind="connection", scope=f"{at.address} from {at.vantage}", reason=reason, detail=f"{at.name}: {detail}")
        for connection in sorted(context.connections, key=lambda connection: connection.attempt)
        for at in (connection.attempt,)
        for reason, detail in _unseen_by(connection, private.get(at.name, at.name))
    )


def _unseen_by(connection: Connection, private: Fqdn) -> Iterator[tuple[Reason, str]]:
    if not connection.tried:
        yield Reason.NOT_ASKED, connection.error
    elif connection.accepted and connection.error:
        yield Reason.FAILED, connection.error
    elif connection.accepted and not (connection.is_for(connection.attempt.name) or connection.is_for(private)):
        shown = ", ".join(connection.names[:3]) or "nobody"
        says = f"the certificate is for {shown}: a proxy that inspects traffic, or something else, answers there"
        yield Reason.FOREIGN, says


def _why(answer: Answer) -> Reason:
    if not answer.tries:
        return Reason.NOT_ASKED
    return Reason.TIMED_OUT if answer.error.startswith("timed out") else Reason.FAILED


def _no_such(estate: Estate, unknown: tuple[str, ...]) -> str:
    subscriptions = [subscription.name for subscription in estate.of_type(Subscription)]
    known = [("subscription", "Subscriptions", sorted(subscriptions))]
    known.append(("workspace", "Workspaces", [workspace.id.name for workspace in estate.workspaces]))
    known.append(("network", "Networks", [network.id.name for network in estate.networks]))
    wanted = {text.partition(" ")[0] for text in unknown}
    told = [f"{title}: {', '.join(names[:10]) or 'none'}." for kind, title, names in known if kind in wanted]
    return " ".join([f"There is no {' and no '.join(unknown)} in what could be read.", *told])


def _empty(estate: Estate, required: Required) -> str:
    if required.unjudged:
        return (
            f"The endpoints list only names that this version cannot judge, such as {required.unjudged[0]}: "
            "no suffix of them is known in any cloud."
        )
    services = (*required.workspaces, *required.targets)
    if not services:
        return (
            "No Machine Learning workspace and no other service with a private endpoint is in scope, so there is "
            "nothing to check. See --workspace, --subscription, [azure] subscriptions and [scope] services."
        )
    names = ", ".join(service.id.name for service in services[:10])
    connected = {c.target for endpoint in estate.endpoints for c in endpoint.connections}
    if any(service.id in connected for service in services):
        return f"The private endpoints of {names} list no names on their interfaces, so there is nothing to check."
    return f"No private endpoint connects to {names}, so there is nothing that must resolve privately."
