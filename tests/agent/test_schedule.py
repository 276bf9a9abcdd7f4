"""Schedules: cron means what cron(8) means, and everybody agrees on the slot of a run."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.schedule import slot_of, trigger_of

FRIDAY = datetime(2026, 11, 27, 17, 26, 13, tzinfo=UTC)


@pytest.mark.parametrize(
    ("schedule", "slot"),
    [
        ("*/30 * * * *", "Fri 2026-11-27 17:00"),
        ("0 6 * * 0", "Sun 2026-11-22 06:00"),
        ("0 6 * * 7", "Sun 2026-11-22 06:00"),
        ("0 6 * * 1", "Mon 2026-11-23 06:00"),
        ("0 18 * * 1-5", "Thu 2026-11-26 18:00"),
        ("0 6 * * 0-3", "Wed 2026-11-25 06:00"),
        ("0 6 * * 0-6/2", "Thu 2026-11-26 06:00"),
        ("0 6 * * */2", "Thu 2026-11-26 06:00"),
        ("0 6 * * sun,wed", "Wed 2026-11-25 06:00"),
        ("0 6 20 * 1", "Mon 2026-11-23 06:00"),
        ("0 6 24 * 1", "Tue 2026-11-24 06:00"),
        ("0 0 1 1 *", "Thu 2026-01-01 00:00"),
        ("0 0 29 2 *", "Thu 2024-02-29 00:00"),
        ("30m", "Fri 2026-11-27 17:00"),
        ("1d", "Fri 2026-11-27 00:00"),
    ],
)
def test_the_slot_of_a_run_is_the_last_instant_at_which_one_was_due(schedule: str, slot: str) -> None:
    assert slot_of(schedule, FRIDAY).strftime("%a %Y-%m-%d %H:%M") == slot


def test_an_instant_at_which_a_run_is_due_is_its_own_slot() -> None:
    due = datetime(2026, 11, 27, 17, 30, tzinfo=UTC)
    for schedule in ("*/30 * * * *", "30m", "5s"):
        assert slot_of(schedule, due) == due


@given(st.integers(0, 600_000_000))
def test_a_slot_is_the_slot_of_itself_and_the_next_one_follows(seconds: int) -> None:
    now = datetime(2020, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)
    for schedule in ("*/30 * * * *", "7 3 * * 1-5", "90s"):
        slot = slot_of(schedule, now)
        assert slot <= now
        assert slot_of(schedule, slot) == slot
        following = trigger_of(schedule).get_next_fire_time(None, slot + timedelta(microseconds=1))
        assert following is not None
        assert following > now or following == slot


@pytest.mark.parametrize("schedule", ["61 * * * *", "* 24 * * *", "* * * 13 *", "a b c d e"])
def test_an_expression_that_means_nothing_is_refused(schedule: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        trigger_of(schedule)
