"""4xx: DNS private resolvers, forwarding rulesets, security policies."""

from __future__ import annotations

from collections.abc import Iterator

from checks.check import check
from checks.context import Context
from checks.diagnosis.luck import violations_by_luck
from checks.finding import Level, Violation


@check("PED417", "rule-targets-unlike", Level.WARNING)
def rule_targets_unlike(context: Context) -> Iterator[Violation]:
    """The targets of one forwarding rule answer differently.

    Why it matters
        Azure asks the first target and skips it for 30 minutes when it was silent. For that long the name resolves
        to something else.

    How it is decided
        1. The first target that can answer leads to an acceptable address for a required name.
        2. Another target of the same rule leads to something unacceptable.

    Remedy
        Let all targets answer alike, or take the odd one out of the rule.

    Sources
        learn.microsoft.com: Azure DNS Private Resolver endpoints and rulesets, rule processing.
    """
    yield from violations_by_luck(context, by_rule=True)
