"""Every incident has a name: exactly the findings of the table, and silence for what only looks like one."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from agent.report import FindingShape
from checks.catalogue import BY_CODE
from checks.finding import Level
from tests.agent.lab_runs import LabRun
from tests.incidents import (  # noqa: F401  they register what they play
    answers,
    dependencies,
    endpoint_states,
    endpoints,
    lookalikes,
    names,
    records,
    rulesets,
    servers,
    sharing,
    sight,
    zone_reach,
    zones,
)
from tests.incidents.expected import EXPECTED, Expected
from tests.incidents.scenes import HEALTHY, SCENES, healthy_scene, scene

Tell = Callable[[str, object], None]


@pytest.mark.parametrize("key", SCENES)
def test_an_incident_is_called_by_its_name(key: str, record_property: Tell) -> None:
    """The codes of the table, once each, and no other error or warning."""
    expected, run = EXPECTED[key], scene(key).run()
    told, false = _told(expected, run), _false(expected, run)
    record_property("found", set(expected.codes) <= {finding.code for finding in told})
    record_property("exact", _is_exact(expected, told))
    record_property("false", len(false))
    assert [finding.code for finding in told] == list(expected.codes), [f.title for f in (*told, *false)]
    assert expected.about.lower() in told[0].subject.id.lower()
    assert [(finding.code, finding.title) for finding in false] == []


@pytest.mark.parametrize("name", HEALTHY)
def test_a_healthy_estate_is_silent(name: str, record_property: Tell) -> None:
    """No error and no warning, and something was judged."""
    run = healthy_scene(name).run()
    record_property("silent", not run.loud)
    assert [(finding.code, finding.title) for finding in run.loud] == []
    assert run.finished.context.required.requirements


def _told(expected: Expected, run: LabRun) -> list[FindingShape]:
    return [finding for finding in run.report.findings if finding.code in expected.codes]


def _false(expected: Expected, run: LabRun) -> list[FindingShape]:
    return [finding for finding in run.loud if finding.code not in expected.codes]


def _is_exact(expected: Expected, told: list[FindingShape]) -> bool:
    codes = [finding.code for finding in told]
    return codes == list(expected.codes) and expected.about.lower() in told[0].subject.id.lower()


def test_the_table_names_codes_of_the_catalogue() -> None:
    for expected in EXPECTED.values():
        assert all(BY_CODE[code].level >= Level.NOTE for code in expected.codes if expected.key in SCENES)
