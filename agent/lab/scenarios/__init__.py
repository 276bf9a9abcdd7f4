"""The estates of the lab: one healthy architecture each, and the faults that make sense in it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from types import MappingProxyType

from agent.lab.estate import LabEstate, Scenario
from agent.lab.scenarios.azure_dns import AZURE_DNS, CHINA, ML_PROD_LINKS, PLATFORM, US_GOVERNMENT
from agent.lab.scenarios.firewall import FIREWALL
from agent.lab.scenarios.hub_project import HUB_PROJECT
from agent.lab.scenarios.hub_spoke import CONNECTIVITY, HUB_SPOKE, ML_PROD
from agent.lab.scenarios.multi_subscription import MULTI_SUBSCRIPTION
from agent.lab.scenarios.private_dependencies import PRIVATE_DEPENDENCIES
from agent.lab.scenarios.private_resolver import PRIVATE_RESOLVER
from agent.lab.scenarios.ruleset import RULESET
from agent.lab.scenarios.two_endpoints import TWO_ENDPOINTS
from agent.lab.scenarios.virtual_wan import VIRTUAL_WAN
from collectors.graph.errors import UsageError

__all__ = ["CONNECTIVITY", "ML_PROD", "ML_PROD_LINKS", "PLATFORM", "SCENARIOS", "build", "scenario_named"]

_ALL = (
    HUB_SPOKE,
    AZURE_DNS,
    PRIVATE_RESOLVER,
    RULESET,
    FIREWALL,
    VIRTUAL_WAN,
    HUB_PROJECT,
    TWO_ENDPOINTS,
    MULTI_SUBSCRIPTION,
    PRIVATE_DEPENDENCIES,
    US_GOVERNMENT,
    CHINA,
)

SCENARIOS: Mapping[str, Scenario] = MappingProxyType({scenario.name: scenario for scenario in _ALL})
"""Every scenario by name."""


def scenario_named(name: str) -> Scenario:
    """The scenario of a name. Raises UsageError for an unknown one."""
    found = SCENARIOS.get(name)
    if found is None:
        raise UsageError(_unknown("lab scenario", name, SCENARIOS))
    return found


def build(scenario: str, breaks: Iterable[str] = ()) -> LabEstate:
    """The estate of a scenario after the named faults, in their order. Raises UsageError for unknown names."""
    found = scenario_named(scenario)
    estate = found.build()
    for name in breaks:
        fault = found.faults.get(name)
        if fault is None:
            raise UsageError(_unknown(f"change in the scenario {scenario}", name, found.faults))
        estate = estate.with_changes(fault.changes(estate), fault.side)
    return estate


def _unknown(what: str, name: str, known: Mapping[str, object]) -> str:
    near = get_close_matches(name, known, n=1)
    hint = f"did you mean {near[0]}? Known" if near else "known"
    return f"There is no {what} named {name!r}: {hint} are {', '.join(known)}."
