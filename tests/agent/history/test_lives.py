"""The life of a finding over many runs: told once as new, once as worse, once as over, whatever happens in between."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from agent.history.lives import Damping, Kind, Life, Seen, Sighting, State, Told, advance, event_id
from checks.finding import Level

START = datetime(2026, 1, 12, 8, 0, tzinfo=UTC)
TWICE = Damping(new_after=2, resolved_after=2)
ONE = "0123456789abcdef"


def sighting(level: Level = Level.ERROR, status: str = "new", fingerprint: str = ONE) -> Sighting:
    return Sighting(fingerprint=fingerprint, level=level, status=status, body=b"{}")


def play(*runs: Seen | Sighting | None, damping: Damping = TWICE) -> tuple[list[str], dict[str, Life]]:
    """The events of runs half an hour apart, one text a run; a run is what it saw, None for nothing."""
    lives: dict[str, Life] = {}
    told: list[str] = []
    for number, run in enumerate(runs):
        instant = START + number * timedelta(minutes=30)
        if isinstance(run, Seen):
            seen = replace(run, instant=instant)
        else:
            seen = Seen(instant=instant, sightings=(run,) if run else ())
        lives, events = advance(lives, seen, damping)
        told.append(" ".join(event.kind.value for event in events))
    return told, lives


BLIND = Seen(instant=START, sightings=(), blind=frozenset({ONE}))


def test_what_is_seen_often_enough_is_new_once_and_then_goes_on() -> None:
    assert play(sighting(), sighting(), sighting())[0] == ["", "new", "ongoing"]


def test_what_is_seen_once_is_not_told() -> None:
    told, lives = play(sighting(), None, sighting(), None)
    assert told == ["", "", "", ""]
    assert lives == {}


def test_what_is_gone_often_enough_is_resolved_once() -> None:
    told, lives = play(sighting(), sighting(), None, None, None)
    assert told == ["", "new", "", "resolved", ""]
    assert lives[ONE].state is State.CLOSED


def test_one_good_run_between_bad_ones_is_not_the_end() -> None:
    assert play(sighting(), sighting(), None, sighting(), None, None)[0] == ["", "new", "", "ongoing", "", "resolved"]


def test_what_comes_again_is_a_new_life_with_events_of_its_own() -> None:
    quick = Damping(new_after=1, resolved_after=1)
    lives: dict[str, Life] = {}
    ids: list[str] = []
    for number, run in enumerate((sighting(), None, sighting(), None)):
        instant = START + number * timedelta(minutes=30)
        lives, events = advance(lives, Seen(instant=instant, sightings=(run,) if run else ()), quick)
        ids += [event.id for event in events]
    assert len(set(ids)) == 4


def test_a_warning_that_becomes_an_error_is_escalated_once() -> None:
    warning = sighting(Level.WARNING)
    assert play(warning, warning, sighting(), sighting(), warning, sighting())[0] == [
        *("", "new", "escalated", "ongoing", "ongoing", "ongoing")
    ]


def test_an_incomplete_run_neither_resolves_nor_ages() -> None:
    told, lives = play(sighting(), sighting(), None, BLIND, BLIND, BLIND)
    assert told == ["", "new", "", "", "", ""]
    assert (lives[ONE].state, lives[ONE].missing) == (State.OPEN, 1)
    assert play(sighting(), BLIND, sighting())[0] == ["", "", "new"]


def test_what_settles_is_not_counted_and_what_is_open_stays_so() -> None:
    settling = sighting(status="settling")
    assert play(settling, settling, settling, None)[0] == ["", "", "", ""]
    assert play(sighting(), sighting(), settling, settling, sighting())[0] == ["", "new", "", "", "ongoing"]


def test_what_is_waived_is_over_and_counts_anew_when_the_waiver_ends() -> None:
    waived = sighting(status="waived")
    assert play(waived, waived, None)[0] == ["", "", ""]
    assert play(sighting(), sighting(), waived, waived, sighting(), sighting())[0] == [
        *("", "new", "resolved", "", "", "new")
    ]


def test_an_event_is_the_same_whoever_derives_it() -> None:
    assert event_id(ONE, Kind.NEW, START) == event_id(ONE, Kind.NEW, START)
    assert event_id(ONE, Kind.NEW, START) != event_id(ONE, Kind.RESOLVED, START)
    assert event_id(ONE, Kind.NEW, START) != event_id(ONE, Kind.NEW, START + timedelta(seconds=1))


_SIGHTINGS = st.lists(
    st.builds(
        sighting,
        level=st.sampled_from([Level.WARNING, Level.ERROR]),
        status=st.sampled_from(["new", "new", "new", "settling", "waived"]),
        fingerprint=st.sampled_from(["a" * 16, "b" * 16, "c" * 16]),
    ),
    unique_by=lambda one: one.fingerprint,
    max_size=3,
)
_RUNS = st.lists(st.tuples(_SIGHTINGS, st.sets(st.sampled_from(["a" * 16, "b" * 16, "c" * 16]))), max_size=25)


@given(_RUNS, st.integers(1, 3), st.integers(1, 3))
def test_nothing_is_told_twice_and_every_end_has_a_beginning(
    runs: list[tuple[list[Sighting], set[str]]], new_after: int, resolved_after: int
) -> None:
    """For each finding new and resolved take turns, and no event has another one's id but what goes on."""
    lives: dict[str, Life] = {}
    events: list[Told] = []
    for number, (sightings, blind) in enumerate(runs):
        seen = Seen(instant=START + timedelta(minutes=number), sightings=tuple(sightings), blind=frozenset(blind))
        lives, told = advance(lives, seen, Damping(new_after=new_after, resolved_after=resolved_after))
        events += told
    lasting = [event for event in events if event.kind is not Kind.ONGOING]
    assert max(Counter(event.id for event in lasting).values(), default=1) == 1
    for fingerprint in {event.life.fingerprint for event in events}:
        turns = [e.kind for e in lasting if e.life.fingerprint == fingerprint and e.kind is not Kind.ESCALATED]
        assert turns == [Kind.NEW, Kind.RESOLVED][:1] * len(turns[:1]) + [
            Kind.RESOLVED if place % 2 else Kind.NEW for place in range(1, len(turns))
        ]
        assert (lives.get(fingerprint) is not None and lives[fingerprint].state is State.OPEN) == (len(turns) % 2 == 1)
