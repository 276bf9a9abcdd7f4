"""The assumptions and rules of the model as `agent catalogue` lists them."""

from __future__ import annotations

import re
from collections.abc import Iterator

from checks.resolution import rules
from checks.resolution.rules import ASSUMPTIONS, Assumption, Evidence, Rule


def assumptions_text(*, with_rules: bool) -> str:
    """Every assumption, and on request every rule by its evidence."""
    parts = [assumption_text(assumption) for assumption in ASSUMPTIONS]
    return "\n".join(parts + (["\n".join(_rules()) + "\n"] if with_rules else []))


def assumption_text(assumption: Assumption) -> str:
    """One assumption: what is believed, why, what would settle it and how to switch it."""
    other = str(not assumption.default).lower()
    experiment = re.sub(r"^(X\d+): ", r"experiment \1 of tests/experiments: ", assumption.experiment)
    return (
        f"{assumption.name} ({'on' if assumption.default else 'off'} by default, {assumption.evidence})\n"
        f"  {assumption.text}\n"
        f"  source: {assumption.source}\n"
        f"  to settle it: {experiment}\n"
        f"  to switch it {'off' if assumption.default else 'on'}, in agent.toml under [assumptions]: "
        f"{assumption.name} = {other}\n"
    )


def _rules() -> Iterator[str]:
    found = sorted({value.name: value for value in vars(rules).values() if isinstance(value, Rule)}.items())
    for evidence in Evidence:
        yield f"rules that are {evidence}"
        yield from (f"  {name}: {rule.source}" for name, rule in found if rule.evidence is evidence)
