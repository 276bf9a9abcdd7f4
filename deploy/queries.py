"""Alert rules and the workbook, each made of its queries: the files that Bicep and Terraform load."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

_ALERTS = Path(__file__).parent / "alerts"
_WORKBOOK = Path(__file__).parent / "workbook"
_SECONDS = {"D": 86_400, "H": 3_600}
_WORKSPACE = "microsoft.operationalinsights/workspaces"
_TITLES = {
    "last-run": ("The last run", "table"),
    "workspaces": ("State of each workspace", "table"),
    "open-findings": ("What is open", "table"),
    "name-history": ("History of the name in the field above", "table"),
    "coverage": ("Coverage: heartbeats an hour, and what could not be judged", "timechart"),
}
_LONGEST = 30 * 86_400
_INTRO = (
    "Findings of the private endpoint DNS agent. *Nothing is open* says nothing about what could not be read: "
    "see the coverage below."
)


def query(path: Path) -> str:
    """A query without the comments that stand above it."""
    lines = path.read_text(encoding="utf-8").splitlines()
    return "\n".join(line for line in lines if not line.startswith("//"))


def alerts() -> list[Mapping[str, Any]]:
    """Every alert rule with its query; what splits it is spelt out for ARM."""
    rules: list[dict[str, Any]] = json.loads((_ALERTS / "alerts.json").read_text(encoding="utf-8"))
    return [{**rule, **_split(rule["dimensions"]), "query": query(_ALERTS / f"{rule['name']}.kql")} for rule in rules]


def workbook_queries() -> Mapping[str, str]:
    """The queries of the workbook by name, in the order in which it shows them."""
    return {name: query(_WORKBOOK / f"{name}.kql") for name in _TITLES}


def workbook() -> Mapping[str, Any]:
    """The workbook as Azure keeps it. Parameters and items carry no ids: Azure gives them."""
    return {
        "version": "Notebook/1.0",
        "items": [
            {"type": 1, "content": {"json": _INTRO}, "name": "about"},
            _parameters(),
            *(_item(name, text) for name, text in workbook_queries().items()),
        ],
        "fallbackResourceIds": ["azure monitor"],
    }


def seconds(duration: str) -> int:
    """The seconds of a duration such as `P2D` or `PT5M`."""
    found = re.fullmatch(r"P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?)?", duration)
    if not found or not any(found.groups()):
        raise ValueError(f"not a duration: {duration!r}")
    days, hours, minutes = (int(number or 0) for number in found.groups())
    return days * _SECONDS["D"] + hours * _SECONDS["H"] + minutes * 60


def _split(names: list[str]) -> Mapping[str, Any]:
    """Dimensions as ARM takes them: an alert fires for each combination of their values."""
    return {"dimensions": [{"name": name, "operator": "Include", "values": ["*"]} for name in names]}


def _parameters() -> Mapping[str, Any]:
    common = {"version": "KqlParameterItem/1.0"}
    fields = [
        {**common, "name": "Range", "type": 4, "isRequired": True, "value": {"durationMs": _LONGEST * 1000}},
        {**common, "name": "Name", "label": "DNS name, or a part of one", "type": 1, "value": "azureml.ms"},
    ]
    return {
        "type": 9,
        "content": {**common, "parameters": fields, "queryType": 0, "resourceType": _WORKSPACE},
        "name": "fields",
    }


def _item(name: str, text: str) -> Mapping[str, Any]:
    title, visualization = _TITLES[name]
    return {
        "type": 3,
        "content": {
            "version": "KqlItem/1.0",
            "title": title,
            "query": text,
            "size": 0,
            "timeContextFromParameter": "Range",
            "noDataMessage": "no rows in this time",
            "queryType": 0,
            "resourceType": _WORKSPACE,
            "visualization": visualization,
        },
        "name": name,
    }
