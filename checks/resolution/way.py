"""One way of a question through the estate: where it is, where it was, and where else it might turn."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from checks.resolution.path import Hop, Path
from checks.resolution.places import AzureDns, CustomServer, Place, PublicDns
from checks.resolution.rules import FORWARDED_IS_FINAL, assumed
from checks.resolution.servers import holds_alias
from checks.resolution.steps import Asked, Fork, PublicDnsFacts, Step
from checks.resolution.traits import Following, traits_of
from collectors.graph.ids import Fqdn


@dataclass(frozen=True, slots=True, kw_only=True)
class Resumption:
    """Who looks up the target of an alias: the place, and what the question had passed before it got there.

    `asked_for`: the place is asked for the target by the last that was passed, and does not follow an alias itself.
    """

    place: Place
    passed: tuple[Place, ...]
    asked_for: bool = False
    when: str = ""
    against: str | None = None

    def upstream(self, passed: Sequence[Place], place: Place) -> tuple[Place, int] | None:
        """Whom the one that follows the alias had asked, and how many were asked behind that; None: nobody.

        `passed` and `place` tell how the question came to where the alias was met.
        """
        follower = len(self.passed) - self.asked_for
        behind = (*passed[follower + 1 :], place) if follower < len(passed) else ()
        return (behind[0], len(behind) - 1) if behind else None


@dataclass(slots=True, kw_only=True)
class Way:
    """Where a question is and how it got there. The one thing in the model that changes: it is walked once.

    `pending` is a step that was chosen for it already, `ended` what came of it already. `against` names the first
    assumption that must fail for it.
    """

    place: Place
    asked: Asked
    hops: list[Hop] = field(default_factory=list)
    trail: dict[tuple[Place, Fqdn], None] = field(default_factory=dict)
    passed: list[Place] = field(default_factory=list)
    aliases: int = 0
    pending: Step | None = None
    ended: Path | None = None
    condition: str = ""
    against: str | None = None

    def copy(self) -> Way:
        """A way of its own from here on."""
        return replace(self, hops=list(self.hops), trail=dict(self.trail), passed=list(self.passed))

    def take(self) -> Step | None:
        """The step that was chosen already, once."""
        step, self.pending = self.pending, None
        return step

    def instead(self, fork: Fork) -> Way:
        """The way that takes another step here."""
        other = self.copy()
        other.pending = fork.step
        return other._on_condition(fork.when, fork.against)

    def go_on(self, hop: Hop, onward: Place) -> None:
        """Another place is asked; to that place the name is what it was asked, not an alias's target."""
        self._note(hop)
        self.passed.append(self.place)
        self.place = onward
        self.asked = replace(self.asked, followed=False)

    def resume(self, hop: Hop, alias: Fqdn, by: Resumption) -> Way:
        """An alias was met: somebody looks up its target."""
        self._note(hop)
        self.place, self.passed = by.place, list(by.passed)
        self.asked = Asked(alias, self.asked.type, followed=not by.asked_for)
        self.aliases += 1
        return self._on_condition(by.when, by.against)

    def _note(self, hop: Hop) -> None:
        self.hops.append(hop)
        self.trail[self.place, self.asked.name] = None

    def _on_condition(self, when: str, against: str | None) -> Way:
        self.condition = ", and ".join(text for text in (self.condition, when) if text)
        self.against = self.against or against
        return self


def resumptions(place: Place, passed: list[Place], target: Fqdn, said: Mapping[str, bool]) -> tuple[Resumption, ...]:
    """Who looks up the target of an alias: the first server that follows aliases anew, else whoever gave it.

    First what holds, then what else may happen by the kind of a server.
    """
    return tuple(_resumptions(place, passed, target, said, 0))


def _resumptions(
    place: Place, passed: list[Place], target: Fqdn, said: Mapping[str, bool], start: int
) -> Iterator[Resumption]:
    others: list[Resumption] = []
    final = assumed(FORWARDED_IS_FINAL, said)
    for index, asker in enumerate(passed[start:], start):
        here = Resumption(place=asker, passed=tuple(passed[:index]))
        if isinstance(asker, AzureDns) and not final and not _gives_whole(asker, passed, place):
            yield here
            break
        if not isinstance(asker, CustomServer):
            continue
        traits = traits_of(asker.declared, said)
        if holds_alias(asker, traits, target):
            yield here
            break
        if traits.follows is Following.SAME:
            upstream = passed[index + 1] if index + 1 < len(passed) else place
            yield Resumption(place=upstream, passed=(*here.passed, asker), asked_for=True)
            break
        when = f"{traits.when} ({asker.address})"
        if traits.follows is Following.ANEW:
            yield here
            if traits.otherwise:
                later = _resumptions(place, passed, target, said, index + 1)
                others.extend(replace(way, when=when, against=traits.against) for way in later)
            break
        if traits.otherwise:
            others.append(replace(here, when=when, against=traits.against))
    else:
        yield Resumption(place=place, passed=tuple(passed))
    yield from others


def _gives_whole(asker: AzureDns, passed: list[Place], place: Place) -> bool:
    """Whether Azure DNS fell back to the internet: it does not look at the aliases that come from there."""
    return isinstance(place, PublicDns) and place.fallback and asker == passed[-1]


def interrupts(facts: PublicDnsFacts, passed: list[Place], place: Place, name: Fqdn, said: Mapping[str, bool]) -> bool:
    """Whether somebody on the way looks up a target of the public aliases of a name: then they are met one by one.

    `place` is where the question is now: the internet, or a server that asks it.
    """
    final = assumed(FORWARDED_IS_FINAL, said)
    for index, asker in enumerate(passed):
        if isinstance(asker, AzureDns) and not final and not _gives_whole(asker, passed, place):
            return True
        if isinstance(asker, CustomServer):
            traits = traits_of(asker.declared, said)
            if traits.follows is Following.ANEW or traits.otherwise:
                return True
            if traits.follows is Following.SAME and (index + 1 < len(passed) or isinstance(place, CustomServer)):
                return True
            if any(holds_alias(asker, traits, target) for target in facts.targets(name)):
                return True
    return False
