"""A cell of the table: the servers that it needs beside those that all share, what is asked, what must come out."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from tests.differential.configuration import Process
from tests.real.symptoms.kinds import Custom, process_of
from tests.real.symptoms.outcome import SLOW
from tests.real.symptoms.world import API, changing

CUSTOM, PARTNER, CHANGING = "{self}", "{partner}", "{changing}"
"""Stand for the addresses of the cell's own servers in configuration and steps."""

ANCHOR = "{anchor}"
"""Stands for the signed root's DS in configuration: tag, algorithm, digest type, digest."""
QUOTED_ANCHOR, COMMA_ANCHOR = "{quoted-anchor}", "{comma-anchor}"
"""The same with the digest in quotes, and with commas."""

OR = " | "
"""Stands between the outcomes of which one must come."""
AND = " & "
"""Stands between the different outcomes of one step with many questions."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """Questions at once. Their different outcomes make one, joined by `AND`. `ttl`: it has the times to live."""

    names: tuple[str, ...] = (API,)
    type: str = "A"
    checking_disabled: bool = False
    server: str = CUSTOM
    source: str = ""
    ttl: bool = False
    times: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Wait:
    """Time passes."""

    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """The cell's own Azure DNS holds another record from now on."""

    name: str
    address: str
    ttl: int


Step = Ask | Wait | Change
_LONG = 3.5  # seconds of waiting


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """A break with a kind of server; `expected` has one text for each `Ask`.

    `records` are those of an Azure DNS of its own, which `Change` changes; `partner` is a second custom server.
    """

    row: str
    custom: Custom
    steps: tuple[Step, ...]
    expected: tuple[str, ...]
    partner: Custom | None = None
    records: tuple[str, ...] | None = None

    @property
    def name(self) -> str:
        """What tells it from others."""
        return f"{self.row} / {self.custom.kind}"

    @property
    def slow(self) -> bool:
        """Whether it takes four seconds or more."""
        waits = sum(step.seconds for step in self.steps if isinstance(step, Wait))
        return waits > _LONG or any(word in SLOW for outcome in self.expected for word in outcome.split())

    def agrees(self, got: Iterable[str]) -> bool:
        """Whether every step has an outcome that it may have."""
        got = tuple(got)
        return len(got) == len(self.expected) and all(
            one in wanted.split(OR) for one, wanted in zip(got, self.expected, strict=True)
        )

    def plan(self, number: int, anchor: str) -> dict[str, Any]:
        """What `inside` needs, as JSON; cells with different numbers (below 16000) share no address.

        `anchor` is the DS of the signed root, tag to digest.
        """
        own = f"10.{64 + number // 250}.{number % 250}"
        at = {CUSTOM: f"{own}.1", PARTNER: f"{own}.2", CHANGING: f"{own}.3", ANCHOR: anchor}
        tag, digest = anchor.rsplit(" ", 1)
        at[COMMA_ANCHOR] = anchor.replace(" ", ",")
        at[QUOTED_ANCHOR] = f'{tag} "{digest}"'
        processes = [_placed(process_of(self.custom, at[CUSTOM], "custom"), at)]
        if self.partner:
            mirrored = {**at, CUSTOM: at[PARTNER], PARTNER: at[CUSTOM]}
            processes.append(_placed(process_of(self.partner, at[PARTNER], "partner"), mirrored))
        if self.records is not None:
            processes.append(changing(at[CHANGING], self.records, minimum=2))
        return {
            "processes": [process.plan() for process in processes],
            "steps": [_step(step, at) for step in self.steps],
        }


def _placed(process: Process, at: dict[str, str]) -> Process:
    files = dict(process.files)
    for token, address in at.items():
        files = {name: text.replace(token, address) for name, text in files.items()}
    return replace(process, files=files)


def _step(step: Step, at: dict[str, str]) -> dict[str, Any]:
    match step:
        case Wait(seconds=seconds):
            return {"wait": seconds}
        case Change(name=name, address=address, ttl=ttl):
            return {"change": [at[CHANGING], name, address, ttl]}
        case Ask():
            return {
                "ask": list(step.names) * step.times,
                "type": step.type,
                "checking_disabled": step.checking_disabled,
                "server": at.get(step.server, step.server),
                "source": step.source,
                "ttl": step.ttl,
            }
