"""One step of a resolution: what a place makes of a question before anybody else is asked.

A step ends the question, hands it to another place, or gives an alias; the solver strings steps together.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from checks.resolution import rules
from checks.resolution.path import INTERNET, Addresses, Hop, Outcome, Result, Thing, label
from checks.resolution.places import Place
from checks.resolution.rules import Rule
from collectors.graph.ids import Fqdn


@dataclass(frozen=True, slots=True)
class Asked:
    """A name and a record type; `followed`: the name is the target of an alias, not what the client asked."""

    name: Fqdn
    type: str
    followed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A hop and what it leads to: an `outcome`, another place (`onward`), or else the alias in its result.

    `forks` are other steps that may be taken instead. Only an outcome has a `view`.
    """

    hop: Hop
    outcome: Outcome | None = None
    onward: Place | None = None
    view: str = INTERNET.id
    forks: tuple[Fork, ...] = ()

    def resting_on(self, assumption: str | None) -> Step:
        """The same step, told as one that rests on an assumption; a hop names the first one only."""
        if assumption is None or self.hop.assumption:
            return self
        return replace(self, hop=replace(self.hop, assumption=assumption))

    def or_else(self, *forks: Fork) -> Step:
        """The same step, with others that may be taken instead."""
        return replace(self, forks=(*self.forks, *forks)) if forks else self


@dataclass(frozen=True, slots=True, kw_only=True)
class Fork:
    """Another step in place of one: when it is taken, and the assumption that must fail for it, if any."""

    step: Step
    when: str
    against: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """Where a question is, which object decides about it, by which rule, in one sentence."""

    at: Thing
    rule: Rule
    text: str
    decided_by: Thing | None = None
    view: str = INTERNET.id

    def end(self, asked: Asked, outcome: Outcome) -> Step:
        """The question ends here."""
        addresses = outcome.addresses if isinstance(outcome, Addresses) else ()
        hop = self._hop(asked, Result(outcome=label(outcome), addresses=addresses))
        return Step(hop=hop, outcome=outcome, view=self.view)

    def forward(self, asked: Asked, onward: Place, word: str = "forwarded", assumption: str | None = None) -> Step:
        """Another place is asked the same."""
        return Step(hop=self._hop(asked, Result(outcome=word), assumption), onward=onward)

    def alias(self, asked: Asked, target: Fqdn, assumption: str | None = None) -> Step:
        """The name is an alias."""
        return Step(hop=self._hop(asked, Result(outcome="alias", cname=target), assumption))

    def _hop(self, asked: Asked, result: Result, assumption: str | None = None) -> Hop:
        return Hop(
            at=self.at,
            name=asked.name,
            type=asked.type,
            decided_by=self.decided_by,
            rule=self.rule,
            result=result,
            text=self.text,
            assumption=assumption,
        )


@dataclass(frozen=True, slots=True)
class PublicDnsFacts:
    """The aliases of public names; `observed` are those that an answer proved, the rest is assumed.

    `unknown` are names whose alias, if they have one, is neither observed nor to be assumed.
    """

    chains: Mapping[Fqdn, Fqdn]
    observed: frozenset[Fqdn]
    unknown: frozenset[Fqdn] = frozenset()

    def targets(self, name: Fqdn) -> tuple[Fqdn, ...]:
        """The targets of a name's aliases in order, until one comes again."""
        found: dict[Fqdn, None] = {}
        target = self.chains.get(name)
        while target is not None and target not in found:
            found[target] = None
            target = self.chains.get(target)
        return tuple(found)

    def assumption(self, name: Fqdn) -> str | None:
        """What the alias of a name rests on."""
        return None if name in self.observed else rules.PUBLIC_CHAIN_FROM_TABLE.name
