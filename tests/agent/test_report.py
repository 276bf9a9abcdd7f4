"""The report's published schema, its stable bytes, and text that comes from outside."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import jsonschema
import pytest

from agent.render.text import visible, visible_lines
from agent.report import finding_shape, json_schema, to_json
from agent.schema import SCHEMA_FILE, schema_text
from checks.catalogue import BY_CODE
from checks.finding import Finding, Level, Occurrence, Violation, fingerprint
from checks.resolution.path import Thing
from collectors.graph.ids import Fqdn


def _finding(occurrences: int) -> Finding:
    lines = tuple(
        Occurrence(client=f"/c/{number:03}", name=Fqdn("a.example"), type="A", view="internet")
        for number in range(occurrences)
    )
    return Finding(
        code="PED203",
        slug="record-missing",
        level=Level.ERROR,
        status="new",
        violation=Violation(subject=Thing("/z", "zone", "z"), discriminator="A/a", text="t"),
        occurrences=lines,
        proofs=(),
        fingerprint=fingerprint("PED203", "/z", "A/a"),
    )


def test_the_published_schema_is_current() -> None:
    assert SCHEMA_FILE.read_text(encoding="utf-8") == schema_text()


def test_the_published_schema_is_a_valid_schema() -> None:
    jsonschema.Draft202012Validator.check_schema(json_schema())


def test_a_finding_lists_fifty_occurrences_and_counts_the_rest() -> None:
    shape = finding_shape(_finding(60), BY_CODE["PED203"], datetime(2026, 1, 1, tzinfo=UTC))
    assert len(shape.occurrences) == 50
    assert shape.occurrences_total == 60
    assert json.loads(to_json(shape))["first_seen"] == "2026-01-01T00:00:00Z"


def test_a_fingerprint_ignores_case_and_is_what_the_contract_says() -> None:
    """First 16 hex digits of the SHA-256 of the compact JSON list, lower-cased."""
    assert fingerprint("PED203", "/Zone/A", "A/Name") == fingerprint("ped203", "/zone/a", "a/name")
    assert fingerprint("PED202", "/z", "/v") == "52794417d5d41c5c"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain name", "plain name"),
        ("\x1b[31mred", "\\x1b[31mred"),
        ("a\nb", "a\\x0ab"),
        ("evil\u202egpj.exe", "evil\\u202egpj.exe"),
        ("\u2028", "\\u2028"),
        ("\ud800", "\\ud800"),
        ("grüße", "grüße"),
    ],
)
def test_control_and_bidirectional_characters_become_visible(text: str, shown: str) -> None:
    assert visible(text) == shown


def test_line_ends_stay_where_lines_are_meant() -> None:
    assert visible_lines("a\x07\nb") == "a\\x07\nb"
