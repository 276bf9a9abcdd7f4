"""9xx: sight. What could not be seen, told as findings, so that silence is never mistaken for health."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from checks.check import Part, check
from checks.context import Context
from checks.finding import Level, Proof, Violation
from checks.resolution.path import Thing
from collectors.arm.kinds import KINDS
from collectors.graph.documents import Gap, Reason
from collectors.graph.ids import ArmId


@check("PED901", "not-readable", Level.WARNING, part=Part.SIGHT)
def not_readable(context: Context) -> Iterator[Violation]:
    """Something could not be read because rights are missing.

    Why it matters
        What is not read is not judged. A zone, a link or an endpoint there may be wrong, or be the cause of what
        is seen elsewhere.

    How it is decided
        1. A read in scope was refused with 401 or 403.

    Remedy
        Grant the named action on the named scope; the Reader role holds them all. Or acknowledge the gap.

    Sources
        learn.microsoft.com: Azure built-in roles, Reader.
    """
    yield from _gaps(context, {Reason.FORBIDDEN}, "could not be read: rights are missing")


@check("PED902", "throttled", Level.WARNING, part=Part.SIGHT)
def throttled(context: Context) -> Iterator[Violation]:
    """Reading was cut short by Azure's throttling.

    Why it matters
        What is not read is not judged.

    How it is decided
        1. A read was answered with 429 until the budget of waiting was used up.

    Remedy
        Run less often, or share the identity with fewer programs.

    Sources
        learn.microsoft.com: Understand how Azure Resource Manager throttles requests.
    """
    yield from _gaps(context, {Reason.THROTTLED}, "could not be read: Azure throttled the requests")


@check("PED903", "foreign-object", Level.NOTE, part=Part.SIGHT)
def foreign_object(context: Context) -> Iterator[Violation]:
    """A link, peering, zone or target lies in another tenant, where this identity cannot read.

    Why it matters
        What is there takes no part in the judgement: names that depend on it are not evaluated.

    How it is decided
        1. Something that was read points to it, and its subscription is not among those that are listed.
        2. Azure says that the subscription belongs to another tenant.

    Remedy
        None in this tenant. Ask the owners, or acknowledge the gap.

    Sources
        learn.microsoft.com: Azure Resource Manager, common errors: InvalidAuthenticationTokenTenant.
    """
    for gap in context.estate.gaps:
        if gap.reason is Reason.FOREIGN:
            is_object = bool(_type(gap.scope))
            yield Violation(
                subject=Thing.of(ArmId(gap.scope)) if is_object else scope_thing(gap),
                discriminator="" if is_object else gap.kind,
                text=f"{_subject(context, gap)} lies in another tenant",
                cause="; ".join(filter(None, (gap.detail, gap.action))),
                proofs=(Proof(kind="gap", text=f"{gap.reason.value}: {gap.detail}"),),
            )


@check("PED904", "shape-unknown", Level.WARNING, part=Part.SIGHT)
def shape_unknown(context: Context) -> Iterator[Violation]:
    """A resource was read but could not be understood; it is in the snapshot.

    Why it matters
        The resource takes no part in the judgement, as if it were not there.

    How it is decided
        1. The answer is not JSON, or the resource has another shape than its kind has.

    Remedy
        Keep a snapshot (`agent collect`) and report it.

    Sources
        learn.microsoft.com: Azure REST API reference.
    """
    yield from _gaps(context, {Reason.MALFORMED}, "could not be understood")


@check("PED905", "check-crashed", Level.ERROR, part=Part.CRASH)
def check_crashed(context: Context) -> Iterator[Violation]:
    """A check failed; the others went on.

    Why it matters
        What this check would have found is not known. The exit code is 4.

    How it is decided
        1. The check raised an exception.

    Remedy
        Report it with a snapshot of the estate.

    Sources
        This program.
    """
    for crash in context.crashes:
        yield Violation(
            subject=Thing(f"check:{crash.code}", "check", crash.code),
            text=f"Check {crash.code} failed and judged nothing",
            cause=f"It raised {crash.error}.",
            proofs=(Proof(kind="document", text=crash.error),),
        )


@check("PED906", "waiver-expired", Level.WARNING, part=Part.WAIVER)
def waiver_expired(context: Context) -> Iterator[Violation]:
    """A waiver or an acknowledgement is over, or matches nothing.

    Why it matters
        What it was to keep quiet counts again since the day after it ended; or it keeps nothing quiet, and would
        hide the next fault of that kind from everybody.

    How it is decided
        1. The run's day (UTC) is later than the day on which it expires. Or:
        2. No finding, or no gap, of the run is one that it is about. Only a run tells so that was asked about
           everything, could judge all of it, and knows what DNS servers answer.

    Remedy
        Look at what it is about. Remove the table from the configuration, or give it another day and a reason.

    Sources
        README.md: Findings and gaps that one lives with.
    """
    for lapsed in context.lapsed:
        what = "waiver" if lapsed.word == "waiver" else "acknowledged gap"
        noun = "finding" if lapsed.word == "waiver" else "gap"
        counted = f"{lapsed.meets} {noun}{'' if lapsed.meets == 1 else 's'}"
        why = f"{counted} of this run would have been meant" if lapsed.meets else f"no {noun} of this run was meant"
        said = "; ".join(filter(None, (lapsed.owner and f"owner {lapsed.owner}", lapsed.reason)))
        over = f"is over since {lapsed.over_since}" if lapsed.over_since else "matches nothing"
        yield Violation(
            subject=Thing(f"{lapsed.word}:{lapsed.name}", lapsed.word, lapsed.name),
            text=f"The {what} {lapsed.name} {over}",
            cause=f"{why[0].upper()}{why[1:]}.",
            proofs=(Proof(kind="document", text=f"[[{lapsed.word}]] number {lapsed.number}: {said or 'no reason'}"),),
        )


@check("PED908", "reading-failed", Level.WARNING, part=Part.SIGHT)
def reading_failed(context: Context) -> Iterator[Violation]:
    """Reading failed otherwise: a service error, a connection, or a rule of our own.

    Why it matters
        What is not read is not judged.

    How it is decided
        1. A read timed out, failed, found nothing where something must be, or was refused by this program: a
           page on another host, a redirect, a request to register a provider, a wait beyond the budget.

    Remedy
        Try again; if it stays, the detail tells which request it was.

    Sources
        learn.microsoft.com: Azure Resource Manager, common errors.
    """
    reasons = {Reason.TIMED_OUT, Reason.FAILED, Reason.REFUSED, Reason.NOT_FOUND}
    yield from _gaps(context, reasons, "could not be read")


@check("PED907", "sight-not-proved", Level.NOTE, part=Part.SIGHT)
def sight_not_proved(context: Context) -> Iterator[Violation]:
    """A listing succeeded but may be partial, so nothing there is claimed to be absent.

    Why it matters
        Azure leaves out what the identity may not see and says nothing: a subscription, a resource group.

    How it is decided
        1. The permissions of the identity at the subscription do not hold the read right. Or:
        2. Something that was read points to a resource in a subscription that was not read.

    Remedy
        Grant the named action on the subscription, or acknowledge the gap.

    Sources
        learn.microsoft.com: Permissions, list for resource group; github.com/Azure/azure-sdk-for-python issue 40403.
    """
    yield from _gaps(context, {Reason.HIDDEN}, "may exist unseen")


def _gaps(context: Context, reasons: Collection[Reason], what: str) -> Iterator[Violation]:
    for gap in context.estate.gaps:
        if gap.reason in reasons and gap.kind != "dns":
            yield Violation(
                subject=scope_thing(gap),
                discriminator=gap.kind,
                text=f"{_subject(context, gap)} {what}",
                cause="; ".join(filter(None, (gap.detail, gap.action))),
                proofs=(Proof(kind="gap", text=f"{gap.reason.value}: {gap.detail}"),),
            )


def scope_thing(gap: Gap) -> Thing:
    """The scope of a gap as an object."""
    return Thing(f"scope:{gap.scope}", "scope", gap.scope.rstrip("/").rpartition("/")[2] or gap.scope)


def _subject(context: Context, gap: Gap) -> str:
    """What is not known: the kind's resources below a scope, or the one resource that is the scope."""
    kind = KINDS.get(gap.kind)
    title = kind.title if kind else gap.kind
    scope = f"{context.estate.name_of(gap.scope)}" if gap.scope != "/" else "the tenant"
    if kind and _type(gap.scope) == kind.type.lower():
        return scope
    return f"{title[0].upper()}{title[1:]} of {scope}"


def _type(scope: str) -> str:
    """The resource type of a scope, `""` for one that is no resource: a file may say anything."""
    try:
        return ArmId(scope).type.lower()
    except ValueError:
        return ""
