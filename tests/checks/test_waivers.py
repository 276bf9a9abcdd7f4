"""Findings and gaps that one lives with: what they quiet, for how long, and what is told when they have no effect."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from agent.lab.scenarios import PLATFORM, build
from checks.finding import Finding
from checks.runner import Judgement, judge
from checks.waivers import Acknowledgement, Waiver, Waivers
from tests.checks.judging import NOW, context_of, judged, only
from tests.estates import estate_of, gap, lab

TODAY = NOW.date()
YESTERDAY = TODAY - timedelta(days=1)


def unlinked() -> Finding:
    """The one finding of a zone that is not linked."""
    return only(judged(lab("hub-spoke", "zone-unlinked")), "PED202")


def judged_with(*waivers: Waiver, whole: bool = True, change: str = "zone-unlinked") -> Judgement:
    """The same estate, judged for somebody who lives with something."""
    changes = (change,) if change else ()
    return judge(context_of(lab("hub-spoke", *changes)), waivers=Waivers(day=TODAY, waivers=waivers), whole=whole)


def by(
    *, fingerprint: str = "", code: str = "", subject: str = "", expires: date | None = None, number: int = 1
) -> Waiver:
    return Waiver(
        number=number,
        fingerprint=fingerprint,
        code=code,
        subject=subject,
        reason="known",
        owner="dns team",
        expires=expires,
    )


def status(made: Judgement, code: str = "PED202") -> str:
    (finding,) = [finding for finding in made.findings if finding.code == code]
    return finding.status


@pytest.mark.parametrize(
    "waiver",
    [
        by(fingerprint=unlinked().fingerprint),
        by(fingerprint=unlinked().fingerprint.upper()),
        by(code="PED202", subject="privatelink.*"),
        by(code="PED202", subject="PRIVATELINK.API.AZUREML.MS"),
        by(code="PED202", subject="/subscriptions/*/privatednszones/privatelink.api.azureml.ms"),
        by(code="PED202", subject="*", expires=TODAY),
    ],
    ids=str,
)
def test_what_one_lives_with_is_waived_and_says_why(waiver: Waiver) -> None:
    """The finding stays, marked, with who said so; it counts for nothing, and nothing else changes."""
    made = judged_with(waiver)
    assert status(made) == "waived"
    assert [finding.code for finding in made.findings] == [finding.code for finding in judged_with().findings]
    (finding,) = [finding for finding in made.findings if finding.code == "PED202"]
    assert not finding.counts
    assert finding.proofs[-1].kind == "waiver"
    assert finding.proofs[-1].text.startswith("by dns team")
    assert finding.proofs[-1].text.endswith(": known")


@pytest.mark.parametrize(
    "waiver",
    [
        by(fingerprint="0123456789abcdef"),
        by(code="PED203", subject="*"),
        by(code="PED202", subject="privatelink.notebooks*"),
    ],
    ids=str,
)
def test_another_finding_is_not_waived_with_it(waiver: Waiver) -> None:
    """And a whole run says that the waiver is about nothing."""
    made = judged_with(waiver)
    assert status(made) == "new"
    (lapsed,) = [finding for finding in made.findings if finding.code == "PED906"]
    assert lapsed.violation.text == f"The waiver {waiver.name} matches nothing"
    assert lapsed.violation.subject.id == f"waiver:{waiver.name}"


def test_a_waiver_is_over_on_the_day_after_its_last() -> None:
    """What it was about counts again, and whoever wrote it is told."""
    made = judged_with(by(code="PED202", subject="*", expires=YESTERDAY), whole=False)
    assert status(made) == "new"
    (lapsed,) = [finding for finding in made.findings if finding.code == "PED906"]
    assert lapsed.violation.text == f"The waiver PED202 * is over since {YESTERDAY}"
    assert lapsed.violation.cause == "1 finding of this run would have been meant."
    assert lapsed.proofs[0].text == "[[waiver]] number 1: owner dns team; known"


def test_a_partial_run_cannot_tell_that_a_waiver_matches_nothing() -> None:
    assert [f.code for f in judged_with(by(code="PED203", subject="*"), whole=False).findings] == ["PED202"]


def test_what_comes_and_goes_is_not_missed() -> None:
    """A server that changes its answers is right in this run, and its waiver is needed in the next."""
    made = judged_with(by(code="PED612", subject="*"), change="")
    assert "PED906" not in [finding.code for finding in made.findings]


def test_nothing_is_said_to_match_nothing_while_something_could_not_be_judged() -> None:
    estate = estate_of(build("hub-spoke"), gap("zone-link", f"/subscriptions/{PLATFORM}"), without=("zone-link",))
    waivers = Waivers(day=TODAY, waivers=(by(code="PED202", subject="*"),))
    made = judge(context_of(estate), waivers=waivers, whole=True)
    assert made.not_evaluated
    assert "PED906" not in [finding.code for finding in made.findings]


@pytest.mark.parametrize(("expires", "told"), [(TODAY, []), (YESTERDAY, ["is over since 2026-01-11"])])
def test_an_acknowledged_gap_has_a_last_day_too(expires: date, told: list[str]) -> None:
    links = Acknowledgement(number=1, kind="zone-*", scope=f"/subscriptions/{PLATFORM}", reason="r", expires=expires)
    estate = estate_of(build("azure-dns"), gap("zone-link", f"/subscriptions/{PLATFORM}"), without=("zone-link",))
    made = judge(context_of(estate), waivers=Waivers(day=TODAY, acknowledgements=(links,)))
    texts = [finding.violation.text for finding in made.findings if finding.code == "PED906"]
    assert [text.partition(f"{PLATFORM} ")[2] for text in texts] == told
    assert bool(made.not_evaluated) is bool(told)


def test_an_acknowledgement_of_a_gap_that_is_closed_is_told() -> None:
    links = Acknowledgement(number=2, kind="zone-link", scope="*")
    made = judge(context_of(lab("azure-dns")), waivers=Waivers(day=TODAY, acknowledgements=(links,)), whole=True)
    assert [f.violation.text for f in made.findings] == ["The acknowledged gap zone-link * matches nothing"]
