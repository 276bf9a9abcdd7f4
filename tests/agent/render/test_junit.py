"""JUnit XML that any parser reads, in which a test fails where the run does."""

from __future__ import annotations

import re
from xml.etree.ElementTree import Element, fromstring

import pytest
from hypothesis import HealthCheck, example, given, settings

from agent.render.junit import render_junit
from agent.render.wording import Conclusion
from checks.catalogue import CATALOGUE
from checks.finding import Level, Status
from tests.agent.render.hostile import (
    FRAGMENTS,
    concluded,
    finding_of,
    healthy,
    hostile,
    hostile_conclusion,
    with_findings,
)

_XML = re.compile("[\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]*")


def parsed(conclusion: Conclusion) -> Element:
    """The suites, whose numbers are those of their tests."""
    root = fromstring(render_junit(conclusion))
    for suite in root:
        cases = suite.findall("testcase")
        assert int(suite.get("tests", "")) == len(cases)
        for kind, attribute in (("failure", "failures"), ("error", "errors"), ("skipped", "skipped")):
            assert int(suite.get(attribute, "")) == sum(case.find(kind) is not None for case in cases)
    return root


def case(root: Element, name: str) -> Element:
    (found,) = [case for case in root.iter("testcase") if case.get("name") == name]
    return found


@given(text=hostile)
@example(text="".join(FRAGMENTS))
@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_a_hostile_estate_makes_xml_with_the_same_tests_as_any_other(text: str) -> None:
    conclusion = hostile_conclusion(text)
    assert _XML.fullmatch(render_junit(conclusion).decode())
    root = parsed(conclusion)
    names = [found.get("name") for found in root.iter("testcase")]
    tame = [found.get("name") for found in parsed(concluded(healthy())).iter("testcase")]
    assert [name for name in names if name in tame] == tame
    assert len(names) == len(tame) + 3  # the workspace, the name that was not evaluated, the one undetermined
    assert {element.tag for element in root.iter()} <= {
        *("testsuites", "testsuite", "testcase", "properties", "property", "failure", "skipped", "system-out")
    }


def test_a_healthy_run_passes_a_test_per_finding_that_could_have_been() -> None:
    root = parsed(concluded(healthy()))
    assert (root.get("failures"), root.get("errors")) == ("0", "0")
    assert root.find(".//skipped") is None
    assert len(root[0].findall("testcase")) == len(CATALOGUE)


@pytest.mark.parametrize("fail_on", ["error", "warning", "note", "never"])
@pytest.mark.parametrize("level", list(Level))
@pytest.mark.parametrize("shown", list(Level))
def test_a_test_fails_where_the_run_exits_with_1_whatever_is_shown(fail_on: str, level: Level, shown: Level) -> None:
    conclusion = concluded(with_findings([finding_of("zone-a", level=level)]), level=shown, fail_on=fail_on)
    root = parsed(conclusion)
    failed = case(root, "PED202 zone-not-linked").find("failure")
    assert (failed is not None) is (conclusion.exit_code == 1)
    assert (root.get("failures") != "0") is (conclusion.exit_code == 1)
    if failed is not None:
        assert ("hidden by --level" in failed.get("message", "")) is (level < shown)


@pytest.mark.parametrize("status", ["waived", "settling"])
def test_what_counts_for_nothing_is_skipped_and_says_why(status: Status) -> None:
    root = parsed(concluded(with_findings([finding_of("zone-a", status=status)])))
    skipped = case(root, "PED202 zone-not-linked").find("skipped")
    assert skipped is not None
    assert skipped.get("message") == f"{status}: Zone zone-a is not linked"
