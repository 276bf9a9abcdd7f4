"""When scheduled runs are due: a cron expression or an interval, and the slot that a run belongs to. Times are UTC.

Cron means what cron(8) means: Sunday is 0 and 7, and where both a day of the month and one of the week are given,
either will do. APScheduler counts the days of the week from Monday and wants both.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Protocol

from apscheduler.triggers.combining import OrTrigger
from apscheduler.triggers.cron import CronTrigger
from apscheduler.triggers.interval import IntervalTrigger

_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
_DAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat", "sun")
_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
_LOOK_BACK = tuple(timedelta(days=days) for days in (1 / 24, 1, 31, 366, 366 * 5))
_INSTANT = timedelta(microseconds=1)


class Trigger(Protocol):
    """What APScheduler asks of a trigger."""

    def get_next_fire_time(self, previous_fire_time: datetime | None, now: datetime) -> datetime | None:
        """The next time, not before `now`, at which it fires."""
        ...


def duration(text: str) -> timedelta:
    """The time that `90s`, `30m` or `90d` stands for, as the configuration allows it."""
    return timedelta(**{_UNITS[text[-1]]: int(text[:-1])})


def is_interval(text: str) -> bool:
    """Whether a schedule is an interval such as `30m`."""
    return re.fullmatch(r"[1-9][0-9]*[smhdw]", text) is not None


def trigger_of(text: str) -> Trigger:
    """The trigger of a schedule. Slots of an interval are counted from a fixed moment, so that all agree on them.

    Raises ValueError for a cron expression that means nothing.
    """
    trigger: Trigger
    if is_interval(text):
        trigger = IntervalTrigger(seconds=int(duration(text).total_seconds()), start_date=_EPOCH, timezone=UTC)
        return trigger
    minute, hour, day, month, weekday = text.split()
    weekdays = re.sub(r"(?<![/\w])[0-7](?!\w)", lambda number: _DAYS[int(number[0])], weekday)
    either = day != "*" and weekdays != "*"
    pairs = [(day, "*"), ("*", weekdays)] if either else [(day, weekdays)]
    triggers = [
        CronTrigger(minute=minute, hour=hour, day=d, month=month, day_of_week=_from_monday(w), timezone=UTC)
        for d, w in pairs
    ]
    trigger = OrTrigger(triggers) if either else triggers[0]
    return trigger


def _from_monday(weekdays: str) -> str:
    """A list of days in which no range goes over the end of a week that begins on Monday."""
    parts: list[str] = []
    for part in weekdays.split(","):
        first, dash, rest = part.partition("-")
        last, slash, step = rest.partition("/")
        if part.startswith("*/"):
            parts += _DAYS[0 : 7 : int(part[2:])]
        elif first == "sun" and dash and last in _DAYS[1:7] and not slash:
            parts += ["sun", f"mon-{last}"]
        elif first == "sun" and dash and last in _DAYS[1:7]:
            days = _DAYS[0 : _DAYS.index(last) + 1 : int(step)]
            parts += list(days)
        else:
            parts.append(part)
    return ",".join(parts)


def slot_of(text: str, now: datetime) -> datetime:
    """The last instant, not after now, at which a run was due: the slot of a run that starts now."""
    if is_interval(text):
        step = duration(text)
        return _EPOCH + step * ((now - _EPOCH) // step)
    for back in _LOOK_BACK:
        if found := _last_before(text, now - back, now):
            return found
    return now.replace(second=0, microsecond=0)


def _last_before(text: str, start: datetime, now: datetime) -> datetime | None:
    """The last time that a schedule is due between two moments, both included."""
    trigger = trigger_of(text)
    last, at = None, trigger.get_next_fire_time(None, start)
    while at is not None and at <= now:
        last, at = at, trigger.get_next_fire_time(None, at + _INSTANT)
    return last.astimezone(UTC) if last else None
