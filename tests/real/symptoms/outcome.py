"""What our prober reports of one question, in a line of words that stand in the table.

Response code, what the answer holds, who denies, flags that are not a resolver's own, extended errors, transport,
class of time.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from collectors.graph.answers import Answer, Record

PRIVATE, WRONG, CHANGED, PUBLIC, PUBLIC6 = "10.1.0.5", "10.1.0.99", "10.1.0.6", "203.0.113.10", "2001:db8::10"
_ADDRESSES = {PRIVATE: "private", WRONG: "wrong", CHANGED: "changed", PUBLIC: "public", PUBLIC6: "public6"}
_ZONES = {"": "root", "api.azureml.ms": "public", "privatelink.api.azureml.ms": "privatelink"}
_CLASSES = ((0.5, ""), (1.0, "0.5-1s"), (3.0, "1-3s"), (6.0, "3-6s"), (9.0, "6-9s"), (12.5, "9-12s"))
"""Upper ends in seconds. A quick answer has no word of its own."""

SILENT = "none"
"""No answer within the prober's patience."""

SLOW = (SILENT, "3-6s", "6-9s", "9-12s")
"""Words of outcomes for which CI does not wait."""


def told(answer: Answer, *, ttl: bool = False, time: bool = True) -> str:
    """The line of an answer; `ttl` adds the time to live of the addresses, without `time` its class is left out."""
    if not answer.rcode:
        return SILENT if answer.error == "timed out" else f"error: {answer.error}"
    words = [answer.rcode, *_section(answer, ttl), *_authority(answer.authority), *_flags(answer.flags)]
    words += [f"ede{code}" for code, _ in answer.extended_errors]
    words += ["tcp"] if answer.transport == "tcp" else []
    words += [class_of(answer.elapsed)] if time else []
    return " ".join(filter(None, words))


def class_of(seconds: float) -> str:
    """The class of a time; `""` is quick."""
    return next((name for end, name in _CLASSES if seconds < end), "late")


def _section(answer: Answer, ttl: bool) -> list[str]:
    """Aliases first, then addresses in a fixed order: servers rotate them. `stray`: of a name that nobody asked for."""
    of_chain = {answer.question.name, *answer.chain}
    words = Counter(("" if r.name in of_chain else "stray-") + _word(r, ttl) for r in answer.answers)
    return [
        word if count == 1 else f"{word}*{count}"
        for word, count in sorted(words.items(), key=lambda item: (item[0] != "cname", item[0]))
    ]


def _word(record: Record, ttl: bool) -> str:
    if record.type == "CNAME":
        return "cname"
    if record.type not in ("A", "AAAA"):
        return record.type.lower()
    word = _ADDRESSES.get(record.value, "other")
    return f"{word}@{record.ttl}" if ttl else word


def _authority(records: Iterable[Record]) -> list[str]:
    owners = {(record.type.lower(), _ZONES.get(record.name, record.name)) for record in records}
    return [f"{type}:{owner}" for type, owner in sorted(owners)]


def _flags(flags: Iterable[str]) -> list[str]:
    seen = set(flags)
    return [flag for flag in ("aa", "ad") if flag in seen] + ([] if "ra" in seen else ["no-ra"])
