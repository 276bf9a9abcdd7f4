"""Events of scheduled runs: one flat row each, the same for every sink. The columns are a contract."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

import msgspec

from agent import __version__
from agent.history.lives import Kind, Told, event_id
from agent.render.text import visible
from agent.report import FindingShape
from collectors.graph.ids import ArmId

LONGEST = 16_000
"""Characters of one field. The service takes 64 KB of UTF-8; what is cut off says so at its end."""
_CUT = " ... (cut)"
UNAVAILABLE = "[history unavailable] "
"""Leads the cause of what was told while nobody could see what had been told before."""
HEARTBEAT = "heartbeat"
"""What heartbeats have in the place of a fingerprint: they are of no finding."""


class FindingEvent(msgspec.Struct, kw_only=True, frozen=True, rename="pascal"):
    """One row. Lists are JSON text. No column has a name that Log Analytics reserves."""

    time_generated: datetime
    event_id: str
    run_id: str
    event: str
    code: str = ""
    slug: str = ""
    level: str = ""
    fingerprint: str = ""
    subject_id: str = ""
    subject_name: str = ""
    subject_subscription: str = ""
    workspace_name: str = ""
    names: str = ""
    clients: str = ""
    expected: str = ""
    observed: str = ""
    cause: str = ""
    repair: str = ""
    first_seen: datetime | None = None
    agent_version: str = __version__
    vantage: str = ""


class Kept(msgspec.Struct, kw_only=True, frozen=True):
    """What history keeps of a finding, so that its end can be told when it is no longer seen."""

    code: str
    slug: str
    level: str
    title: str
    subject_id: str
    subject_name: str
    workspaces: tuple[str, ...]
    names: tuple[str, ...]
    clients: tuple[str, ...]
    expected: tuple[str, ...]
    observed: tuple[str, ...]
    cause: str
    repair: tuple[str, ...]
    vantages: tuple[str, ...]


def kept(finding: FindingShape, touches: Iterable[str]) -> bytes:
    """A finding as history keeps it."""
    lines = finding.occurrences
    return msgspec.json.encode(
        Kept(
            code=finding.code,
            slug=finding.slug,
            level=finding.level,
            title=finding.title,
            subject_id=finding.subject.id,
            subject_name=finding.subject.name,
            workspaces=tuple(sorted({_name(id) for id in touches})),
            names=tuple(finding.names),
            clients=tuple(finding.clients),
            expected=tuple(sorted({address for line in lines for address in line.expected})),
            observed=tuple(sorted({_got(line.observed) for line in lines if line.observed})),
            cause=finding.cause,
            repair=tuple(repair.text for repair in finding.repair if not repair.change.consequence),
            vantages=tuple(sorted({line.vantage for line in lines if line.vantage})),
        )
    )


def read_kept(body: bytes) -> Kept:
    """The inverse of `kept`. Raises msgspec.DecodeError, msgspec.ValidationError."""
    return msgspec.json.decode(body, type=Kept)


def finding_event(told: Told, instant: datetime, run_id: str, remark: str = "") -> FindingEvent:
    """The row of something told of a finding, in the run of the slot `instant`. `remark` leads its cause."""
    of = read_kept(told.life.body)
    subscription = ArmId(of.subject_id).subscription if of.subject_id.startswith("/") else ""
    return FindingEvent(
        time_generated=instant,
        event_id=told.id,
        run_id=run_id,
        event=told.kind.value,
        code=of.code,
        slug=of.slug,
        level=told.life.level.word,
        fingerprint=told.life.fingerprint,
        subject_id=_cut(of.subject_id),
        subject_name=_cut(of.subject_name),
        subject_subscription=subscription,
        workspace_name=_cut(", ".join(of.workspaces)),
        names=_list(of.names),
        clients=_list(of.clients),
        expected=_list(of.expected),
        observed=_list(of.observed),
        cause=_cut(" ".join(filter(None, (f"{remark}{of.title}. {of.cause}", told.life.change)))),
        repair=_list(of.repair),
        first_seen=told.life.start,
        vantage=_cut(", ".join(of.vantages)),
    )


def heartbeat(slot: datetime, run_id: str, verdict: str) -> FindingEvent:
    """The row that every run sends, so that silence is seen to be silence."""
    return FindingEvent(
        time_generated=slot,
        event_id=event_id(HEARTBEAT, Kind.HEARTBEAT, slot),
        run_id=run_id,
        event=Kind.HEARTBEAT.value,
        cause=_cut(verdict),
    )


def encoded(event: FindingEvent) -> bytes:
    """One row as JSON, without a newline."""
    return msgspec.json.encode(event)


def decoded(body: bytes) -> dict[str, Any]:
    """The row of an encoded event, as sinks send it."""
    row: dict[str, Any] = msgspec.json.decode(body)
    return row


def utc(moment: datetime) -> datetime:
    """A moment in UTC."""
    return moment.astimezone(UTC)


def _got(seen: Any) -> str:
    return ", ".join(seen.addresses) or str(seen.outcome)


def _list(texts: Iterable[str]) -> str:
    """A list as JSON text; items that do not fit are left out and counted."""
    shown = [visible(text) for text in texts]
    whole = msgspec.json.encode(shown).decode()
    if len(whole) <= LONGEST:
        return whole
    fitting: list[str] = []
    size = 40  # the brackets, and the last item that counts
    for text in shown:
        size += len(msgspec.json.encode(text).decode()) + 1
        if size > LONGEST:
            break
        fitting.append(text)
    return msgspec.json.encode([*fitting, f"... and {len(shown) - len(fitting)} more"]).decode()


def _cut(text: str) -> str:
    plain = visible(text)
    return plain if len(plain) <= LONGEST else plain[: LONGEST - len(_CUT)] + _CUT


def _name(id: str) -> str:
    return id.rpartition("/")[2]
