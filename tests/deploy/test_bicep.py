"""The Bicep files say what Azure takes, as far as Microsoft's own models tell; what is wrong is noticed."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from agent.config import load_config
from deploy.generate import columns, table_columns
from deploy.queries import alerts
from tests.deploy import bicep, wire

FOLDER = Path(__file__).parents[2] / "deploy" / "bicep"
FILES = sorted(FOLDER.glob("*.bicep"))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_nothing_is_wrong(path: Path) -> None:
    assert bicep.problems(path) == []


def test_every_resource_is_described_and_every_module_is_used() -> None:
    types = {type for path in FILES for _, type, _, _, _ in bicep.resources(bicep.read(path))}
    assert types == set(wire.MODELS) | wire.EXISTING
    text = "".join(path.read_text(encoding="utf-8") for path in FILES)
    alone = {path.name for path in FILES if f"'{path.name}'" not in text}
    assert alone == {"main.bicep", "role.bicep", "spoke.bicep"}


def test_none_of_the_types_is_one_that_the_openapi_files_describe() -> None:
    """So the SDK's models are the only source for all of them. Without the files beside this nothing is said."""
    assert not wire.openapi_types() & {type.lower() for type in wire.MODELS}


@pytest.mark.parametrize(
    ("name", "right", "wrong", "told"),
    [
        ("runner.bicep", "cronExpression:", "cronExpresion:", "has no property cronExpresion"),
        ("runner.bicep", "storageType: 'Secret'", "storageTyp: 'Secret'", "has no property storageTyp"),
        ("runner.bicep", "triggerType: 'Schedule'", "triggerType: 'Cron'", "'Cron' is none of"),
        ("runner.bicep", "jobs@2026-07-01", "jobs@2020-01-01", "the SDK asks with"),
        ("runner.bicep", "Microsoft.App/jobs@", "Microsoft.App/job@", "no description of this type"),
        ("monitoring.bicep", "transformKql:", "transformKQL:", "has no property transformKQL"),
        ("monitoring.bicep", "dataCollectionEndpointId:", "immutableId:", "has no property immutableId"),
        ("monitoring.bicep", "columns: columns", "cols: columns", "has no property cols"),
        ("alerts.bicep", "autoMitigate:", "autoMitigated:", "has no property autoMitigated"),
        ("alerts.bicep", "threshold: 0", "treshold: 0", "has no property treshold"),
        ("share.bicep", "accountKey:", "accountkey:", "has no property accountkey"),
        ("role.bicep", "assignableScopes:", "scopes:", "has no property scopes"),
        ("main.bicep", "subnetId: subnetId", "subnet: subnetId", "environment.bicep needs subnetId"),
        ("main.bicep", "identity.outputs.clientId", "identity.outputs.client", "there is no output client of identity"),
        ("main.bicep", "'../agent.toml'", "'../agnt.toml'", "there is no ../agnt.toml"),
        ("main.bicep", "retentionDays: retentionDays", "retentionDays: retention", "retention is not declared"),
        ("workbook.bicep", "  properties: {", "  properties: [", "cannot be parsed"),
    ],
)
def test_a_mistake_is_told(tmp_path: Path, name: str, right: str, wrong: str, told: str) -> None:
    folder = tmp_path / "bicep"
    folder.mkdir()
    (tmp_path / "generated").symlink_to(FOLDER.parent / "generated")
    (tmp_path / "agent.toml").symlink_to(FOLDER.parent / "agent.toml")
    for path in FILES:
        text = path.read_text(encoding="utf-8")
        if path.name == name:
            assert right in text
            text = text.replace(right, wrong, 1)
        (folder / path.name).write_text(text, encoding="utf-8")
    assert any(told in problem for problem in bicep.problems(folder / name))


def misspelt(path: Path) -> Iterator[tuple[str, bytes]]:
    """Every property of every resource of a file with a letter too many, and where it stands."""
    file = bicep.read(path)
    for _, _, _, body, existing in bicep.resources(file):
        for key in bicep.keys(body) if not existing else ():
            yield file.at(key), file.source[: key.end_byte] + b"x" + file.source[key.end_byte :]


def test_no_property_can_be_misspelt_unnoticed(tmp_path: Path) -> None:
    unnoticed, tried = [], 0
    (tmp_path / "generated").symlink_to(FOLDER.parent / "generated")
    folder = tmp_path / "bicep"
    folder.mkdir()
    for path in FILES:
        shutil.copyfile(path, folder / path.name)
    for path in FILES:
        for where, text in misspelt(path):
            (folder / path.name).write_bytes(text)
            tried += 1
            if not any(" has no property " in problem for problem in bicep.problems(folder / path.name)):
                unnoticed.append(where)
        shutil.copyfile(path, folder / path.name)
    assert unnoticed == []
    assert tried > 150


def test_dimensions_of_alerts_are_what_a_rule_takes() -> None:
    shape = wire.shape_of("Microsoft.Insights/scheduledQueryRules")
    for step in ("properties", "criteria", "allOf", "dimensions"):
        assert shape is not None
        shape = shape.child(step)
    assert shape is not None
    assert all(set(shape.names()) == set(one) for alert in alerts() for one in alert["dimensions"])


def test_the_program_takes_the_variables_of_its_container() -> None:
    """Names as they stand; what Azure gives is put in the place of what names it."""
    text = (FOLDER / "runner.bicep").read_text(encoding="utf-8").partition("var variables = [")[2].partition("\n]\n")[0]
    variables = dict(re.findall(r"name: '(\w+)'\n +value: (\S+)\n", text))
    given = {
        "clientId": "client",
        "schedule": "*/30 * * * *",
        "historyUrl": "https://account.blob.core.windows.net/history",
        "ingestionEndpoint": "https://in.westeurope-1.ingest.monitor.azure.com",
        "ruleImmutableId": "dcr-1",
        "'/var/lib/agent/history.db'": "/var/lib/agent/history.db",
    }
    environment = {name: given.pop(value) for name, value in variables.items()}
    assert given == {}
    config = load_config(FOLDER.parent / "agent.toml", environment).config
    assert config.history.url == environment["AGENT_HISTORY__URL"]
    assert config.history.copy == environment["AGENT_HISTORY__COPY"]
    assert config.watch.check == "*/30 * * * *"
    assert (config.sinks.log_analytics.endpoint, config.sinks.log_analytics.rule_id) == (
        environment["AGENT_SINKS__LOG_ANALYTICS__ENDPOINT"],
        environment["AGENT_SINKS__LOG_ANALYTICS__RULE_ID"],
    )


def test_rows_go_where_the_program_sends_them() -> None:
    from deploy.generate import STREAM, TABLE

    text = (FOLDER / "monitoring.bicep").read_text(encoding="utf-8")
    assert f"var stream = '{STREAM}'" in text
    assert text.count(f"name: '{TABLE}'") == 2
    assert text.count("columns: columns") == text.count("columns: loadJsonContent('../generated/table.json')") == 1


@pytest.mark.parametrize(
    ("type", "steps", "given"),
    [
        ("Microsoft.OperationalInsights/workspaces/tables", ("properties", "schema", "columns"), table_columns()),
        ("Microsoft.Insights/dataCollectionRules", ("properties", "streamDeclarations", "any", "columns"), columns()),
    ],
)
def test_columns_have_names_and_types_that_are_taken(
    type: str, steps: tuple[str, ...], given: list[dict[str, str]]
) -> None:
    shape = wire.shape_of(type)
    for step in steps:
        assert shape is not None
        shape = shape.child(step)
    assert shape is not None
    kind = shape.child("type")
    assert kind is not None
    assert set().union(*given) <= set(shape.names())
    # rules of data collection leave their types open: no enumeration stands in the model
    assert not kind.words() or {column["type"] for column in given} <= kind.words()
    assert bool(kind.words()) == (type.endswith("/tables"))
