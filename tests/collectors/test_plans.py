"""Question plans and answers: what is written is read; what is stale, foreign, changed or hostile is one sentence."""

from __future__ import annotations

import gzip
import hmac
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from collectors import plan_lines, plans, sealed
from collectors.graph.answers import Answer, Question, Record
from collectors.graph.declared import Vantage
from collectors.graph.errors import PlanError
from collectors.graph.ids import Fqdn
from collectors.plans import (
    FORMAT,
    LIFETIME,
    Answered,
    Plan,
    expired,
    new_plan,
    read_answers,
    read_plan,
    write_answers,
    write_plan,
)

NOW = datetime(2026, 5, 1, 12, 0, tzinfo=UTC)
LATER = NOW + timedelta(hours=1)
SPOKE = Vantage(
    name="spoke",
    view="vnet-spoke",
    source="10.2.0.9",
    servers=("10.0.0.4",),
    reaches=("10.0.0.4",),
    address_map={"10.0.0.4": "127.0.0.1:5304", "168.63.129.16": "[::1]:54"},
)
HUB = Vantage(name="Nabe/東京", view="vnet-hub")
API, LINK = Fqdn("x.api.azureml.ms"), Fqdn("x.privatelink.api.azureml.ms")
FIRST = (
    Question(vantage="spoke", server="10.0.0.4", name=API),
    Question(vantage=HUB.name, server="168.63.129.16", name=API, type="AAAA", checking_disabled=True),
)
THEN = (Question(vantage="spoke", server="10.0.0.4", name=LINK),)
PLAN = new_plan((SPOKE, HUB), (FIRST, THEN), cloud="AzureCloud", tool_version="0.1.0", now=NOW)
OTHER = replace(new_plan((SPOKE,), (FIRST[:1],), cloud="AzureCloud", tool_version="0.1.0", now=NOW), key=PLAN.key[::-1])
ANSWERS = (
    Answer(
        question=FIRST[0],
        asked_at=LATER,
        rcode="NOERROR",
        flags=("qr", "rd", "ra"),
        answers=(Record(name=API, type="A", ttl=10, value="10.1.0.5"),),
        authority=(Record(name=Fqdn(""), type="SOA", ttl=10, value="a. b. 1 2 3 4 5"),),
        extended_errors=((18, "Prohibited"),),
        elapsed=0.25,
    ),
    Answer(question=THEN[0], asked_at=LATER, tries=6, error="timed out"),
)


def written_plan(path: Path, plan: Plan = PLAN) -> Path:
    write_plan(path, plan)
    return path


def written_answers(
    path: Path,
    answers: tuple[Answer, ...] = ANSWERS,
    *,
    plan: Plan = PLAN,
    vantage: str = "spoke",
    at: datetime = LATER,
) -> Path:
    write_answers(path, plan, vantage, answers, finished=at, tool_version="0.1.0")
    return path


def answered(path: Path, *, now: datetime = LATER, plan: Plan | None = PLAN) -> Answered:
    return read_answers(path, lambda id: plan if plan and plan.id == id else None, now)


def refusal(read: Callable[[], object]) -> str:
    """The one printable sentence or two that a file is refused with; never the key."""
    with pytest.raises(PlanError) as caught:
        read()
    text = str(caught.value)
    assert text.isprintable()
    assert text.endswith(".")
    assert PLAN.key.hex() not in text
    return text


def resealed(path: Path, changed: Mapping[str, Any]) -> Path:
    """The file with other content under a seal that fits it: what only a holder of the key can write."""
    body = json.dumps({**json.loads(path.read_bytes())["content"], **changed}).encode()
    seal = hmac.new(PLAN.key, body, "sha256").hexdigest()
    path.write_bytes(b'{"content": ' + body + b', "hmac": "' + seal.encode() + b'"}')
    return path


@pytest.mark.parametrize("name", ["plan.json", "plan.json.gz"])
def test_a_plan_comes_back_as_it_was(tmp_path: Path, name: str) -> None:
    path = written_plan(tmp_path / name)
    assert read_plan(path, NOW) == PLAN
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.read_bytes().startswith(b"\x1f\x8b") is name.endswith(".gz")


@pytest.mark.parametrize("name", ["answers.json", "answers.gz"])
def test_answers_come_back_as_they_were(tmp_path: Path, name: str) -> None:
    path = written_answers(tmp_path / name)
    assert answered(path) == Answered(file=path, plan=PLAN, vantage=SPOKE, answers=ANSWERS)
    assert path.stat().st_mode & 0o777 == 0o600
    assert PLAN.key.hex() not in json.dumps(str(path.read_bytes()))


def test_a_plan_is_good_for_a_day_and_knows_its_questions() -> None:
    assert PLAN.expires - PLAN.created == LIFETIME == timedelta(hours=24)
    assert PLAN.questions == (*FIRST, *THEN)
    assert (len(PLAN.id), len(PLAN.key)) == (16, 32)
    assert PLAN.key.hex() not in repr(PLAN)
    assert repr(PLAN.key) not in repr(PLAN)
    assert PLAN.vantage("nowhere") is None


# Tampered


def places(value: object, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """Every leaf of a JSON tree."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from places(inner, (*path, key))
    elif isinstance(value, list) and value:
        for number, inner in enumerate(value):
            yield from places(inner, (*path, number))
    else:
        yield path


def altered(value: object) -> object:
    match value:
        case bool():
            return not value
        case int() | float():
            return value + 1
        case str() if value.endswith("Z") and "T" in value:
            return value.replace("2026-05-01T1", "2026-05-01T0")
        case str():
            return ("b" if value[:1] == "a" else "a") + value[1:]
        case _:
            return ["a"]


def tampered(path: Path, place: tuple[str | int, ...]) -> None:
    tree = json.loads(path.read_bytes())
    *above, last = place
    node = tree
    for step in above:
        node = node[step]
    node[last] = altered(node[last])
    path.write_text(json.dumps(tree, indent=1))


def test_a_plan_with_any_field_changed_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "plan.json"
    found = list(places(json.loads(written_plan(path).read_bytes())))
    assert len(found) > 30
    for place in found:
        tampered(written_plan(path), place)
        assert refusal(lambda: read_plan(path, NOW)).startswith(f"{path} is " if _early(place) else f"{path} was "), (
            place
        )


def test_answers_with_any_field_changed_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "answers.json"
    found = list(places(json.loads(written_answers(path).read_bytes())))
    assert len(found) > 30
    for place in found:
        tampered(written_answers(path), place)
        said = refusal(lambda: answered(path))
        if place == ("content", "plan"):
            assert "whose key is not kept on this machine" in said
        elif _early(place):
            assert said.startswith(f"{path} is "), place
        else:
            assert said == (
                f"{path} was changed after it was written, or not written with the key of plan {PLAN.id}. "
                "Run the plan again with `agent ask --plan`."
            ), place


def _early(place: tuple[str | int, ...]) -> bool:
    """What is wrong before any seal is looked at."""
    return place[-1] in ("type", "format") and len(place) == 2


def test_a_changed_plan_is_told_as_such(tmp_path: Path) -> None:
    path = written_plan(tmp_path / "plan.json")
    path.write_bytes(path.read_bytes().replace(b"10.0.0.4", b"10.0.0.5"))
    assert refusal(lambda: read_plan(path, NOW)) == (
        f"{path} was changed after it was written. Make a new plan with `agent ask --make-plan`."
    )


def test_spelling_the_same_content_otherwise_is_a_change(tmp_path: Path) -> None:
    """The seal covers bytes: nothing that a reader might take in two ways can hide behind it."""
    path = written_answers(tmp_path / "answers.json")
    path.write_text(json.dumps(json.loads(path.read_bytes())))
    assert "was changed after it was written" in refusal(lambda: answered(path))


# Foreign


def test_answers_under_another_key_are_refused(tmp_path: Path) -> None:
    path = written_answers(tmp_path / "a", plan=replace(PLAN, key=OTHER.key))
    assert "not written with the key of plan" in refusal(lambda: answered(path))


def test_answers_to_a_plan_that_nobody_knows_are_refused(tmp_path: Path) -> None:
    path = written_answers(tmp_path / "a", plan=OTHER)
    assert refusal(lambda: answered(path)) == (
        f"{path} belongs to plan {OTHER.id}, whose key is not kept on this machine. Give the plan with --plan FILE."
    )


def test_answers_from_a_vantage_that_the_plan_lacks_are_refused(tmp_path: Path) -> None:
    path = written_answers(tmp_path / "a", (), vantage="moon")
    assert refusal(lambda: answered(path)) == (
        f"{path} is from vantage moon, which plan {PLAN.id} does not have (spoke, Nabe/東京). "
        "Run the plan again with `agent ask --plan`."
    )


@pytest.mark.parametrize(
    "changed",
    [{"name": Fqdn("y.api.azureml.ms")}, {"server": "10.0.0.5"}, {"type": "AAAA"}, {"checking_disabled": True}],
)
def test_answers_to_what_the_plan_does_not_ask_are_refused(tmp_path: Path, changed: Mapping[str, Any]) -> None:
    question = replace(FIRST[0], **changed)
    path = written_answers(tmp_path / "a", (replace(ANSWERS[0], question=question),))
    asked = f"{question.name} {question.type} at {question.server} from spoke"
    assert refusal(lambda: answered(path)) == (
        f"{path} answers {asked}, which plan {PLAN.id} does not ask from spoke. "
        "Run the plan again with `agent ask --plan`."
    )


def test_answers_of_another_vantage_in_the_file_are_refused(tmp_path: Path) -> None:
    path = written_answers(tmp_path / "a", (replace(ANSWERS[0], question=FIRST[1]),))
    assert f"from {HUB.name}, which plan {PLAN.id} does not ask from spoke" in refusal(lambda: answered(path))


def test_one_file_is_not_taken_for_the_other(tmp_path: Path) -> None:
    plan, answers, else_ = written_plan(tmp_path / "p"), written_answers(tmp_path / "a"), tmp_path / "e"
    resealed(written_plan(else_), {"type": "shopping list"})
    ours = "is not what was expected:"
    assert refusal(lambda: read_plan(answers, NOW)) == (
        f"{answers} {ours} a question plan, found answers to a question plan. Name another file."
    )
    assert refusal(lambda: answered(plan)) == (
        f"{plan} {ours} answers to a question plan, found a question plan. Name another file."
    )
    assert refusal(lambda: read_plan(else_, NOW)) == (
        f"{else_} {ours} a question plan, found something else. Name another file."
    )


@pytest.mark.parametrize("format", [0, 2, 10**20])
def test_another_format_is_refused_whatever_else_it_holds(tmp_path: Path, format: int) -> None:
    for path, read in (
        (resealed(written_plan(tmp_path / "p"), {"format": format, "new": "field"}), lambda path: read_plan(path, NOW)),
        (resealed(written_answers(tmp_path / "a"), {"format": format, "new": "field"}), answered),
    ):
        said = refusal(lambda path=path, read=read: read(path))  # type: ignore[misc]  # bound now, called at once
        if format < 2**63:
            assert said == (
                f"{path} is in format {format}, this version reads {FORMAT}. "
                "Use one version of the agent for plan, answers and check."
            )


# Stale, and clocks


def test_a_plan_is_not_run_after_its_day() -> None:
    assert expired(Path("p"), PLAN, PLAN.expires) is None
    late = expired(Path("p"), PLAN, PLAN.expires + timedelta(seconds=1))
    assert str(late) == (
        f"p is stale: plan {PLAN.id} expired at 2026-05-02 12:00:00 UTC. Make a new plan with `agent ask --make-plan`."
    )


def test_answers_are_not_used_after_the_plans_day(tmp_path: Path) -> None:
    path = written_answers(tmp_path / "a")
    assert answered(path, now=PLAN.expires).answers == ANSWERS
    assert refusal(lambda: answered(path, now=PLAN.expires + timedelta(seconds=1))) == (
        f"{path} is stale: plan {PLAN.id} expired at 2026-05-02 12:00:00 UTC. "
        "Make a new plan with `agent ask --make-plan` and run it."
    )


def test_answers_given_after_the_plans_day_are_refused(tmp_path: Path) -> None:
    """Whatever the clock of the machine that checks says."""
    late = PLAN.expires + timedelta(seconds=1)
    path = written_answers(tmp_path / "a", (replace(ANSWERS[0], asked_at=late),), at=late)
    assert refusal(lambda: answered(path, now=PLAN.expires)) == (
        f"{path} is stale: it was answered at 2026-05-02 12:00:01 UTC, after plan {PLAN.id} expired at "
        "2026-05-02 12:00:00 UTC. Make a new plan with `agent ask --make-plan` and run it."
    )


@pytest.mark.parametrize("which", ["answer", "end"])
def test_answers_from_the_future_are_refused(tmp_path: Path, which: str) -> None:
    """Five minutes are what two clocks may differ by."""
    ahead, far = LATER + timedelta(minutes=5), LATER + timedelta(minutes=5, seconds=1)
    assert answered(written_answers(tmp_path / "a", (replace(ANSWERS[0], asked_at=ahead),), at=ahead))
    given = (replace(ANSWERS[0], asked_at=far if which == "answer" else LATER),)
    path = written_answers(tmp_path / "b", given, at=far if which == "end" else LATER)
    assert refusal(lambda: answered(path)) == (
        f"{path} was answered in the future, at 2026-05-01 13:05:01 UTC. Set the clock of that machine. "
        "Run the plan again with `agent ask --plan`."
    )


def test_answers_from_before_the_plan_are_refused(tmp_path: Path) -> None:
    early, far = NOW - timedelta(minutes=5), NOW - timedelta(minutes=5, seconds=1)
    assert answered(written_answers(tmp_path / "a", (replace(ANSWERS[0], asked_at=early),)))
    path = written_answers(tmp_path / "b", (replace(ANSWERS[0], asked_at=far),))
    assert refusal(lambda: answered(path)) == (
        f"{path} was answered at 2026-05-01 11:54:59 UTC, before plan {PLAN.id} was made. "
        "Set the clock of that machine. Run the plan again with `agent ask --plan`."
    )


def test_a_plan_from_the_future_is_refused(tmp_path: Path) -> None:
    path = written_plan(tmp_path / "p")
    assert read_plan(path, NOW - timedelta(minutes=5)) == PLAN
    assert refusal(lambda: read_plan(path, NOW - timedelta(minutes=6))) == (
        f"{path} was made in the future, at 2026-05-01 12:00:00 UTC. Set the clock of this machine or its own."
    )


# Hostile


NOT_OURS = "is no question plan and no answers to one: expected JSON under a seal."
HOSTILE = {
    "empty": (b"", NOT_OURS),
    "text": (b"hello", NOT_OURS),
    "a list": (b"[]", NOT_OURS),
    "deep": (b"[" * 100_000, NOT_OURS),
    "deep inside": (b'{"content":' + b"[" * 100_000, NOT_OURS),
    "no seal": (b'{"content": {}}', NOT_OURS),
    "short seal": (b'{"content": {}, "hmac": "00"}', NOT_OURS),
    "more beside": (b'{"content": {}, "hmac": "' + b"0" * 64 + b'", "x": 1}', NOT_OURS),
    "bad UTF-8": (b'{"content": "\xff", "hmac": "\xff"}', NOT_OURS),
    "nothing inside": (b'{"content": {}, "hmac": "' + b"0" * 64 + b'"}', "is not what was expected: it does not begin"),
    "a bad gzip": (b"\x1f\x8bxx", "is damaged: the compressed data cannot be read. Copy it again."),
    "half a gzip": (gzip.compress(b"x" * 10_000)[:20], "is damaged: the compressed data cannot be read."),
}


@pytest.mark.parametrize("how", HOSTILE)
def test_what_is_no_such_file_is_one_sentence(tmp_path: Path, how: str) -> None:
    path = tmp_path / "f"
    data, told = HOSTILE[how]
    path.write_bytes(data)
    for said in (refusal(lambda: read_plan(path, NOW)), refusal(lambda: answered(path))):
        assert said.startswith(f"{path} {told}")


@pytest.mark.parametrize("pack", [lambda data: data, gzip.compress], ids=["plain", "gzip"])
def test_a_file_is_read_up_to_its_bound_only(tmp_path: Path, pack: Callable[[bytes], bytes]) -> None:
    path = tmp_path / "f"
    path.write_bytes(pack(b" " * (sealed.MOST_BYTES + 1)))
    assert refusal(lambda: read_plan(path, NOW)) == (
        f"{path} is too large: more than {64 * 1024**2} bytes. No plan or answers of ours are."
    )


def test_what_nobody_would_read_is_not_written(tmp_path: Path) -> None:
    path, content = tmp_path / "a", plan_lines.Head(type="answers", format=1)
    size = len(written_sealed(path, content).read_bytes())
    written_sealed(path, content, size)
    path.unlink()
    said = refusal(lambda: written_sealed(path, content, size - 1))
    assert said == f"{path} would be larger than {size - 1} bytes, which nobody would read: ask for less."
    assert not path.exists()


def written_sealed(path: Path, content: plan_lines.Head, most: int = sealed.MOST_BYTES) -> Path:
    sealed.write_sealed(path, content, PLAN.key, most)
    return path


def test_a_file_that_is_not_there_is_one_sentence(tmp_path: Path) -> None:
    missing = tmp_path / "missing"
    assert refusal(lambda: read_plan(missing, NOW)) == f"{missing} cannot be read: No such file or directory."
    assert refusal(lambda: answered(tmp_path)) == f"{tmp_path} cannot be read: Is a directory."


def _vantage(**changed: Any) -> list[dict[str, Any]]:
    part = {"name": "spoke", "view": "", "source": "", "servers": [], "reaches": [], "address_map": {}}
    return [{**part, **changed}]


def _question(**changed: Any) -> list[list[dict[str, Any]]]:
    part = {"vantage": "spoke", "server": "10.0.0.4", "name": "a.b", "type": "A", "checking_disabled": False}
    return [[{**part, **changed}]]


BAD_PLANS: Mapping[str, tuple[dict[str, Any], str]] = {
    "a name that clears the screen": ({"vantages": _vantage(name="\x1b[2J")}, "a text with control characters"),
    "an empty name": ({"vantages": _vantage(name=" ")}, "an empty name"),
    "a view on two lines": ({"vantages": _vantage(view="a\nb")}, "a text with control characters"),
    "a view without end": ({"vantages": _vantage(view="a" * 2000)}, "a text of more than 1024 characters"),
    "no address": ({"vantages": _vantage(reaches=["dns.example"])}, "does not appear to be an IPv4 or IPv6 address"),
    "no source": ({"vantages": _vantage(source="eth0")}, "does not appear to be an IPv4 or IPv6 address"),
    "a map to nowhere": ({"vantages": _vantage(address_map={"10.0.0.4": "10.0.0.4:99999"})}, "not a port"),
    "two of one name": ({"vantages": _vantage() * 2}, "two vantages of one name"),
    "a question of nobody": ({"rounds": _question(vantage="moon")}, "a question from 'moon', which is none of its"),
    "no name": ({"rounds": _question(name="\x1b[31m")}, "not a domain name"),
    "another spelling": ({"rounds": _question(name="A.b.")}, "not a normalised name"),
    "a strange type": ({"rounds": _question(type="\u202e")}, "a text with control characters"),
    "a server's name": ({"rounds": _question(server="ns.example")}, "does not appear to be an IPv4 or IPv6 address"),
    "more than a day": ({"expires": "2026-05-03T12:00:00Z"}, "good for more than 24 hours"),
    "less than nothing": ({"expires": "2026-04-03T12:00:00Z"}, "good for more than 24 hours"),
    "the beginning of time": ({"created": "0001-01-01T00:00:00+14:00"}, "a time beyond the calendar"),
    "a cloud with bells": ({"cloud": "\x07"}, "a text with control characters"),
}


@pytest.mark.parametrize("how", BAD_PLANS)
def test_a_plan_that_could_not_have_been_written_is_refused(tmp_path: Path, how: str) -> None:
    """Whoever has the key can seal anything."""
    changed, told = BAD_PLANS[how]
    path = resealed(written_plan(tmp_path / "p"), changed)
    said = refusal(lambda: read_plan(path, NOW))
    assert said.startswith(f"{path} says what a question plan cannot say: ")
    assert told in said
    assert said.endswith(". Make a new plan with `agent ask --make-plan`.")


WRONG_TYPES: tuple[dict[str, Any], ...] = (
    {"vantages": 1},
    {"rounds": [1]},
    {"rounds": [[]] * 11},
    {"plan": "../../etc/passwd"},
    {"plan": "0123456789abcdef\n"},
    {"key": "short"},
    {"created": "yesterday"},
    {"created": "2026-05-01T12:00:00"},
    {"surplus": None},
)


@pytest.mark.parametrize("changed", WRONG_TYPES, ids=str)
def test_wrong_types_are_one_sentence(tmp_path: Path, changed: dict[str, Any]) -> None:
    path = resealed(written_plan(tmp_path / "p"), changed)
    said = refusal(lambda: read_plan(path, NOW))
    assert said.startswith(f"{path} is damaged: ")
    assert said.endswith(". Make a new plan with `agent ask --make-plan`.")


def test_a_content_that_nests_deeply_is_one_sentence(tmp_path: Path) -> None:
    path = written_plan(tmp_path / "p")
    deep = b'{"type": "question plan", "format": 1, "plan": ' + b"[" * 900 + b"]" * 900 + b"}"
    path.write_bytes(b'{"content": ' + deep + b', "hmac": "' + b"0" * 64 + b'"}')
    assert refusal(lambda: read_plan(path, NOW)).startswith(f"{path} is ")


def _answer_line(**changed: Any) -> list[dict[str, Any]]:
    question = {"vantage": "spoke", "server": "10.0.0.4", "name": API, "type": "A", "checking_disabled": False}
    line: dict[str, Any] = {"type": "answer", "question": question, "asked_at": "2026-05-01T13:00:00Z", "rcode": ""}
    line |= {"flags": [], "answers": [], "authority": [], "extended_errors": [], "elapsed": 0.0}
    return [{**line, "transport": "udp", "tries": 1, "error": "", **changed}]


def _record(**changed: Any) -> list[dict[str, Any]]:
    return [{"name": "a", "type": "TXT", "ttl": 1, "value": "x", **changed}]


BAD_ANSWERS: Mapping[str, dict[str, Any]] = {
    "an error that clears the screen": {"answers": _answer_line(error="\x1b[2J")},
    "a record that turns text around": {"answers": _answer_line(answers=_record(value="\u202e"))},
    "a record's name": {"answers": _answer_line(authority=_record(name="\n"))},
    "a record's address": {"answers": _answer_line(answers=_record(type="A"))},
    "a flag": {"answers": _answer_line(flags=["\x00"])},
    "an extended error": {"answers": _answer_line(extended_errors=[[1, "\r"]])},
    "a time before all others": {"answers": _answer_line(asked_at="0001-01-01T00:00:00+14:00")},
    "a vantage without a name": {"vantage": ""},
}


@pytest.mark.parametrize("how", BAD_ANSWERS)
def test_answers_that_could_not_have_been_written_are_refused(tmp_path: Path, how: str) -> None:
    path = resealed(written_answers(tmp_path / "a"), BAD_ANSWERS[how])
    said = refusal(lambda: answered(path))
    assert said.startswith(f"{path} says what answers cannot say: ")
    assert said.endswith(". Run the plan again with `agent ask --plan`.")


# Properties

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
FUZZ = settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
TIMES = st.datetimes(timezones=st.just(UTC))


def survives(path: Path, now: datetime) -> None:
    """Whatever a file holds, it is read or refused in one printable sentence."""
    for read in (lambda: read_plan(path, now), lambda: answered(path, now=now)):
        said = ""
        try:
            read()
        except PlanError as error:
            said = str(error)
        assert not said or said.isprintable()
        assert PLAN.key.hex() not in said


@FUZZ
@given(data=st.binary(max_size=200), now=TIMES)
def test_any_bytes_are_survived(tmp_path: Path, data: bytes, now: datetime) -> None:
    path = tmp_path / "f"
    path.write_bytes(data)
    survives(path, now)


@FUZZ
@given(which=st.booleans(), place=st.integers(0, 10_000), byte=st.integers(0, 255), cut=st.integers(0, 20))
def test_any_damage_is_survived(tmp_path: Path, which: bool, place: int, byte: int, cut: int) -> None:
    path = written_plan(tmp_path / "f") if which else written_answers(tmp_path / "f")
    data = bytearray(path.read_bytes())
    data[place % len(data)] = byte
    path.write_bytes(bytes(data[: len(data) - cut]))
    survives(path, LATER)


@FUZZ
@given(which=st.booleans(), number=st.integers(0, 1000), value=JSON)
def test_any_value_under_a_right_seal_is_survived(tmp_path: Path, which: bool, number: int, value: object) -> None:
    """The plan's holder writes what he likes into any place."""
    path = written_plan(tmp_path / "f") if which else written_answers(tmp_path / "f")
    content = json.loads(path.read_bytes())["content"]
    found = list(places(content))
    *above, last = found[number % len(found)]
    node = content
    for step in above:
        node = node[step]
    node[last] = value
    resealed(path, content)
    survives(path, LATER)


@FUZZ
@given(error=st.text(max_size=50), name=st.text(max_size=20), now=TIMES)
def test_names_and_texts_are_printable_or_refused(tmp_path: Path, error: str, name: str, now: datetime) -> None:
    path = resealed(written_answers(tmp_path / "f"), {"answers": _answer_line(error=error), "vantage": name})
    survives(path, now)


def test_the_two_kinds_of_file_have_the_names_that_are_written() -> None:
    assert (plan_lines.PLAN, plan_lines.ANSWERS, plans.FORMAT) == ("question plan", "answers", 1)
