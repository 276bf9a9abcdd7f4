"""The exit code of `check`: 4 before 1 before 3 before 0. (2 is for runs that never came to judge.)"""

from __future__ import annotations

from checks.finding import Finding, Level
from checks.runner import Judgement


def exit_code(judgement: Judgement, *, fail_on: str, strict: bool) -> int:
    """The code; `fail_on` is a level or `never`, which switches 1 and 3 off. `--level` filters play no part."""
    if judgement.crashed:
        return 4
    if fail_on == "never":
        return 0
    threshold = Level.of(fail_on)
    if any(counts_for(finding, fail_on) for finding in judgement.findings):
        return 1
    if any(item.level >= threshold for item in judgement.not_evaluated):
        return 3
    return 3 if strict and judgement.undetermined else 0


def counts_for(finding: Finding, fail_on: str) -> bool:
    """Whether a finding is bad enough, and neither settling nor waived."""
    return fail_on != "never" and finding.level >= Level.of(fail_on) and finding.counts
