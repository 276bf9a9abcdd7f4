"""Questions and what was answered. DNS outcomes are values here, never exceptions."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from collectors.graph.ids import Fqdn


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Question:
    """One question to one server from one vantage. `type` is `A`, `AAAA`, ...; `server` an address as declared.

    `transport` `tcp`: over TCP at once; `""`: over UDP, and over TCP what was truncated. `dns_class` is `IN` or `CH`.
    `again`: how often the same was asked before.
    """

    vantage: str
    server: str
    name: Fqdn
    type: str = "A"
    checking_disabled: bool = False
    transport: str = ""
    dns_class: str = "IN"
    again: int = 0


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Record:
    """One resource record: `value` is an address, a target name, or presentation text. `ttl` in seconds."""

    name: Fqdn
    type: str
    ttl: int
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What came back. `rcode` is RFC text (`NOERROR`, `NXDOMAIN`, ...) or `""` when nothing valid came.

    `error` then says why (`timed out`, `connection refused`, `malformed`). `flags` are lower-case mnemonics,
    `extended_errors` pairs of EDE code and text, `elapsed` seconds from the first send, `tries` sends.
    """

    question: Question
    asked_at: datetime
    rcode: str = ""
    flags: tuple[str, ...] = ()
    answers: tuple[Record, ...] = ()
    authority: tuple[Record, ...] = ()
    extended_errors: tuple[tuple[int, str], ...] = ()
    elapsed: float = 0.0
    transport: str = "udp"
    tries: int = 1
    error: str = ""

    @property
    def addresses(self) -> tuple[str, ...]:
        """The addresses of the asked type at the end of the CNAME chain, sorted."""
        end = self.chain[-1] if self.chain else self.question.name
        wanted = {r.value for r in self.answers if r.type == self.question.type and r.name == end}
        return tuple(sorted(wanted))

    @property
    def chain(self) -> tuple[Fqdn, ...]:
        """The CNAME targets in order, the asked name left out; a loop ends it."""
        targets = {r.name: Fqdn(r.value) for r in self.answers if r.type == "CNAME"}
        chain: list[Fqdn] = []
        name = self.question.name
        while name in targets and targets[name] not in chain and targets[name] != self.question.name:
            name = targets[name]
            chain.append(name)
        return tuple(chain)
