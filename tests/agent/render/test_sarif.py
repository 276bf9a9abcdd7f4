"""SARIF that collectors of results accept, in which text from outside is only text."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import HealthCheck, example, given, settings

from agent.render.sarif import FINGERPRINT, render_sarif
from agent.render.wording import Conclusion
from checks.finding import Status
from collectors.graph.documents import Gap, Reason
from tests.agent.render.hostile import FRAGMENTS, concluded, finding_of, hostile, hostile_conclusion, with_findings

SCHEMA_FILE = Path(__file__).parents[2] / "schemas" / "sarif-2.1.0.json"


@cache
def _validator() -> jsonschema.Draft4Validator:
    return jsonschema.Draft4Validator(json.loads(SCHEMA_FILE.read_text(encoding="utf-8")))


def valid_run(conclusion: Conclusion) -> dict[str, Any]:
    """The one run of a log that is valid against the schema of OASIS."""
    log = json.loads(render_sarif(conclusion))
    _validator().validate(log)
    (run,) = log["runs"]
    assert isinstance(run, dict)
    return run


@given(text=hostile)
@example(text="".join(FRAGMENTS))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_a_hostile_estate_makes_valid_results_without_links_or_placeholders(text: str) -> None:
    run = valid_run(hostile_conclusion(text))
    (result,) = run["results"]
    notifications = run["invocations"][0]["toolExecutionNotifications"]
    assert len(notifications) == 3
    for message in (told["message"]["text"] for told in (result, *notifications)):
        assert not re.search(r"(?<!\\)(?:\\\\)*[\[\]]", message)
        assert not re.search(r"[{}]", message.replace("{{", "").replace("}}", ""))
    uri = result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
    assert re.fullmatch(r"[\w.~%/-]+", uri, re.ASCII), uri
    assert ".." not in uri.split("/")


def test_a_result_names_its_rule_its_resource_and_its_fingerprint() -> None:
    finding = finding_of("zone-a")
    run = valid_run(concluded(with_findings([finding])))
    (result,) = run["results"]
    rule = run["tool"]["driver"]["rules"][result["ruleIndex"]]
    assert (rule["id"], rule["name"], result["level"]) == ("PED202", "ZoneNotLinked", "error")
    assert "Why it matters" in rule["help"]["text"]
    assert rule["properties"]["doc"] == "checks/README.md#ped202"
    assert result["partialFingerprints"][FINGERPRINT] == finding.fingerprint
    assert result["locations"][0]["logicalLocations"][0]["fullyQualifiedName"] == "/subscriptions/0/zone-a"
    assert result["suppressions"] == []
    assert run["invocations"][0]["exitCode"] == 1


@pytest.mark.parametrize(("status", "suppressed"), [("new", 0), ("ongoing", 0), ("settling", 0), ("waived", 1)])
def test_only_what_is_waived_is_suppressed(status: Status, suppressed: int) -> None:
    (result,) = valid_run(concluded(with_findings([finding_of("zone-a", status=status)])))["results"]
    assert len(result["suppressions"]) == suppressed
    assert result["properties"]["status"] == status


@pytest.mark.parametrize(
    ("file", "uri"),
    [
        ("", "agent.toml"),
        ("facts/a b#1.gz", "facts/a%20b%231.gz"),
        ("./x:y.gz", "x%3Ay.gz"),
        ("/somewhere/else/facts.gz", "facts.gz"),
        ("../facts.gz", "facts.gz"),
    ],
)
def test_the_file_of_a_result_is_a_relative_uri_that_tells_no_place_outside(file: str, uri: str) -> None:
    (result,) = valid_run(concluded(with_findings([finding_of("zone-a")]), file=file))["results"]
    assert result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == uri


def test_results_of_one_line_stay_apart_where_only_the_hash_of_the_line_is_compared() -> None:
    findings = [finding_of("zone-a", number=number) for number in range(3)]
    results = valid_run(concluded(with_findings(findings)))["results"]
    assert len({result["partialFingerprints"]["primaryLocationLineHash"] for result in results}) == 3


def test_messages_and_notifications_are_bounded_and_say_what_is_left_out() -> None:
    finished = with_findings([finding_of("x" * 20_000)])
    gaps = tuple(
        Gap(kind="zone", scope=f"/s/{number}", reason=Reason.FORBIDDEN, detail="d", action="a") for number in range(600)
    )
    run = valid_run(concluded(replace(finished, judgement=replace(finished.judgement, gaps=gaps))))
    assert len(run["results"][0]["message"]["text"]) <= 8_000
    notifications = run["invocations"][0]["toolExecutionNotifications"]
    assert len(notifications) == 501
    assert notifications[-1]["message"]["text"].startswith("100 more notifications left out")
