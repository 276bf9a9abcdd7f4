"""What a resolution is made of: hops, outcomes, paths. The union of outcomes is closed."""

from __future__ import annotations

from dataclasses import dataclass

from checks.resolution.rules import Rule
from collectors.graph.documents import Gap
from collectors.graph.ids import ArmId, Fqdn


@dataclass(frozen=True, slots=True, order=True)
class Thing:
    """An object that people can find: an ARM resource, or `server:...`, `site:...`, `dns:...`, `internet`."""

    id: str
    type: str
    name: str

    @classmethod
    def of(cls, id: ArmId) -> Thing:
        """The thing behind an ARM id."""
        return cls(id.text, id.type, id.name)


INTERNET = Thing("internet", "internet", "the internet")


@dataclass(frozen=True, slots=True)
class Addresses:
    """An answer with addresses; that of a pointer (PTR) holds names instead."""

    addresses: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class NoData:
    """The name exists, the type does not."""


@dataclass(frozen=True, slots=True)
class NxDomain:
    """The name does not exist."""


@dataclass(frozen=True, slots=True)
class Public:
    """The public internet answers: with a public address, or not at all."""


@dataclass(frozen=True, slots=True)
class Blocked:
    """A policy refuses the name."""


@dataclass(frozen=True, slots=True)
class Loop:
    """The question comes back to where it already was; the cycle in order."""

    cycle: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class DeadEnd:
    """The question goes where nobody answers."""

    reason: str


@dataclass(frozen=True, slots=True)
class Opaque:
    """It cannot be known from here on: because of gaps in what was read, or because nobody declared it."""

    reason: str
    gaps: tuple[Gap, ...] = ()


Outcome = Addresses | NoData | NxDomain | Public | Blocked | Loop | DeadEnd | Opaque


def label(outcome: Outcome) -> str:
    """The outcome in the words of reports."""
    match outcome:
        case Addresses():
            return "answer"
        case NoData():
            return "NODATA"
        case NxDomain():
            return "NXDOMAIN"
        case Public():
            return "public"
        case Blocked():
            return "blocked"
        case Loop():
            return "loop"
        case DeadEnd():
            return "dead end"
    return "unread" if outcome.gaps else "opaque"


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What a hop led to: an outcome's label (or `asks`, `forwarded`, `alias`), addresses, a CNAME target."""

    outcome: str
    addresses: tuple[str, ...] = ()
    cname: Fqdn | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Hop:
    """One step: where the question was, what was asked, which object decided by which rule, what came of it."""

    at: Thing
    name: Fqdn
    type: str
    decided_by: Thing | None
    rule: Rule
    result: Result
    text: str
    assumption: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Path:
    """A whole resolution. `view` is the network where Azure DNS was entered last, `internet`, or a server's id.

    `alternatives` are what the same question may get as well, where that is unlike: each tells when in `condition`,
    and in `against` the assumption that must fail first. `against` None: it happens by itself.
    """

    hops: tuple[Hop, ...]
    outcome: Outcome
    view: str
    alternatives: tuple[Path, ...] = ()
    condition: str = ""
    against: str | None = None

    @property
    def addresses(self) -> tuple[str, ...]:
        """The addresses of an answer."""
        return self.outcome.addresses if isinstance(self.outcome, Addresses) else ()

    @property
    def chain(self) -> tuple[Fqdn, ...]:
        """The CNAME targets in order."""
        return tuple(hop.result.cname for hop in self.hops if hop.result.cname)

    @property
    def assumptions(self) -> tuple[str, ...]:
        """The assumptions that the path rests on, sorted."""
        return tuple(sorted({hop.assumption for hop in self.hops if hop.assumption}))

    @property
    def certain(self) -> tuple[Path, ...]:
        """The path and what happens by itself as well: all that a client gets if every assumption holds."""
        return (self, *(path for path in self.alternatives if path.against is None))

    @property
    def last(self) -> Hop:
        """The hop that decided the outcome."""
        return self.hops[-1]

    @property
    def progress(self) -> tuple[int, int]:
        """How far the path came before it was decided: grows when a repair moves the first wrong hop on."""
        return len(self.hops), self.last.rule.depth
