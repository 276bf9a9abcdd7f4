"""The symptom table with real servers, asked through our prober: CI's share, the cells that take under four seconds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from collectors.graph.answers import Answer, Question, Record
from collectors.graph.ids import Fqdn
from tests.real.symptoms.__main__ import report
from tests.real.symptoms.cell import Ask, Cell
from tests.real.symptoms.kinds import BIND, KINDS
from tests.real.symptoms.outcome import class_of, told
from tests.real.symptoms.table import CELLS
from tests.real.symptoms.world import API, PAPI

Tell = Callable[[str, object], None]
QUICK = [cell for cell in CELLS if not cell.slow]


@pytest.mark.real_servers
def test_every_quick_cell_of_the_table_is_reproduced(
    servers: None, capsys: pytest.CaptureFixture[str], record_property: Tell
) -> None:
    """Response code, sections, extended errors and class of time of every break behind every kind of server."""
    result = report(QUICK)
    said = capsys.readouterr().out
    record_property("summary", said.splitlines()[-1])
    assert result == 0, said


@pytest.mark.real_servers
def test_a_cell_that_is_wrong_is_told(servers: None, capsys: pytest.CaptureFixture[str]) -> None:
    """Each part of an outcome counts: another code, a section, an extended error, a time."""
    right = next(cell for cell in QUICK if cell.name == "client outside the access list / bind")
    wrong = [
        replace(right, row=f"wrong {text}", expected=(text,))
        for text in ("SERVFAIL no-ra ede18", "REFUSED ede18", "REFUSED no-ra", "REFUSED no-ra ede18 1-3s")
    ]
    assert report([right, *wrong]) == 1
    said = capsys.readouterr().out
    assert said.splitlines()[-1].startswith("symptom cells 1/5 ")
    assert [cell.name for cell in wrong if cell.name not in said] == []


@pytest.mark.real_servers
def test_a_server_that_does_not_start_is_no_outcome_of_the_table(
    servers: None, capsys: pytest.CaptureFixture[str]
) -> None:
    good = next(cell for cell in QUICK if cell.name == "good / bind")
    broken = replace(good, row="broken", custom=replace(good.custom, settings=("no-such-option yes;",)))
    assert report([broken]) == 1
    assert "no-such-option" in capsys.readouterr().out


def test_every_cell_has_a_name_of_its_own_and_an_outcome_for_each_question() -> None:
    names = [cell.name for cell in CELLS]
    assert len(set(names)) == len(names)
    assert [c.name for c in CELLS if len(c.expected) != sum(isinstance(step, Ask) for step in c.steps)] == []
    assert {cell.custom.kind for cell in QUICK} == set(KINDS)


def test_an_outcome_tells_everything_but_what_every_resolver_sets() -> None:
    records = (
        Record(name=Fqdn(API), type="CNAME", ttl=60, value=PAPI),
        *(address(PAPI, f"10.1.0.{n}") for n in (5, 99)),
    )
    assert told(answer(answers=records)) == "NOERROR cname private wrong"
    assert told(answer(answers=records), ttl=True) == "NOERROR cname private@10 wrong@10"
    assert told(answer(answers=(address("other.example", "10.1.0.5"),))) == "NOERROR stray-private"
    assert told(answer(flags=("qr", "aa", "rd"), extended_errors=((18, "Prohibited"),))) == "NOERROR aa no-ra ede18"
    assert told(answer(elapsed=4.0, transport="tcp")) == "NOERROR tcp 3-6s"
    assert told(answer(elapsed=4.0), time=False) == "NOERROR"
    assert told(answer(rcode="", error="timed out", elapsed=12.0)) == "none"
    assert told(answer(rcode="", error="connection refused")) == "error: connection refused"


def test_classes_of_time() -> None:
    classes = {seconds: class_of(seconds) for seconds in (0.4, 0.7, 2.0, 4.0, 8.2, 10.0, 16.0)}
    assert list(classes.values()) == ["", "0.5-1s", "1-3s", "3-6s", "6-9s", "9-12s", "late"]


def test_one_of_several_outcomes_is_enough_but_each_question_needs_one() -> None:
    cell = Cell(row="x", custom=CELLS[0].custom, steps=(Ask(), Ask()), expected=("A | B", "C"))
    assert cell.agrees(["B", "C"])
    assert not cell.agrees(["B", "B"])
    assert not cell.agrees(["B"])
    assert cell.name == f"x / {BIND}"


def answer(rcode: str = "NOERROR", flags: tuple[str, ...] = ("qr", "rd", "ra"), **more: Any) -> Answer:
    question = Question(vantage="cell", server="10.0.0.4", name=Fqdn(API))
    return Answer(question=question, asked_at=datetime(2026, 1, 1, tzinfo=UTC), rcode=rcode, flags=flags, **more)


def address(name: str, value: str) -> Record:
    return Record(name=Fqdn(name), type="A", ttl=10, value=value)
