"""Kusto's own parser reads the queries of alerts and workbook with the table's schema; rows show what they find."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb_kql
import pytest

from agent.events import FindingEvent, decoded, encoded, heartbeat
from agent.lab.arm_faults import ArmFault, Behaviour
from agent.lab.scenarios import CONNECTIVITY, build
from agent.render.wording import verdict_line
from deploy.generate import TABLE, columns
from deploy.queries import alerts, seconds, workbook, workbook_queries
from tests.agent.lab_runs import run_estate

BIN = Path(sys.executable).parent
PARSER = Path(__file__).parent / "node" / "kql.cjs"
ALERTS = {alert["name"]: alert for alert in alerts()}
QUERIES = {**{name: alert["query"] for name, alert in ALERTS.items()}, **workbook_queries()}
HEALTHY = "HEALTHY: every required name resolves as it must; 4 names, 2 clients, mlw-prod"
BLIND = "NOT EVALUATED: 3 not evaluated, 1 name undetermined; 4 names, 2 clients, mlw-prod"
NOW = datetime.now(UTC)

Row = Mapping[str, Any]


def mistakes(queries: Mapping[str, str]) -> dict[str, list[str]]:
    words = json.dumps({"table": TABLE, "columns": columns(), "queries": queries})
    done = subprocess.run(
        ["node", PARSER, sys.prefix], input=words, capture_output=True, text=True, check=True, timeout=120
    )
    found: dict[str, list[str]] = json.loads(done.stdout)
    return found


def test_the_language_service_finds_nothing_wrong() -> None:
    assert mistakes(QUERIES) == {name: [] for name in QUERIES}


def test_it_finds_a_wrong_column_a_wrong_operator_and_a_wrong_type() -> None:
    wrong = {
        "column": f"{TABLE} | where Fingerprnt == 'x'",
        "operator": f"{TABLE} | sumarize count()",
        "type": f"{TABLE} | where TimeGenerated + Cause > 1",
    }
    assert all(mistakes(wrong).values())


def event(kind: str, minutes_ago: float, **fields: Any) -> Row:
    """A row of a finding as sinks send it."""
    told = FindingEvent(
        **{
            "time_generated": NOW - timedelta(minutes=minutes_ago),
            "event_id": f"{kind}-{fields.get('fingerprint', 'f1')}",
            "run_id": "r",
            "event": kind,
            "code": "PED202",
            "level": "error",
            "fingerprint": "f1",
            "workspace_name": "mlw-prod",
            "names": '["name.api.azureml.ms"]',
            **fields,
        }
    )
    return decoded(encoded(told))


def beat(minutes_ago: float, verdict: str = HEALTHY) -> Row:
    return decoded(encoded(heartbeat(NOW - timedelta(minutes=minutes_ago), "r", verdict)))


def beats(verdict: str, first: int, last: int) -> Iterator[Row]:
    return (beat(minutes, verdict) for minutes in range(first, last, 30))


def asked(query: str, rows: Iterable[Row]) -> list[Row]:
    """What a query finds in rows, by another engine than Azure's."""
    connection = duckdb_kql.connect()
    types = {"datetime": "TIMESTAMPTZ", "string": "VARCHAR"}
    names = [column["name"] for column in columns()]
    listed = ", ".join(f'"{column["name"]}" {types[column["type"]]}' for column in columns())
    connection.execute(f"CREATE TABLE {TABLE} ({listed})")
    for row in rows:
        connection.execute(f"INSERT INTO {TABLE} VALUES ({', '.join('?' * len(names))})", [row[n] for n in names])
    found = duckdb_kql.kql(connection, query)
    return [dict(zip(found.columns, row, strict=True)) for row in found.fetchall()]


FIRES: list[tuple[str, str, list[Row]]] = [
    ("new-error", "a new error", [event("new", 10)]),
    ("new-error", "a warning that became an error", [event("new", 90, level="warning"), event("escalated", 10)]),
    ("new-error", "an error that arrived ten hours late", [event("new", 600)]),
    ("new-error", "over, and here again", [event("resolved", 60), event("new", 10, event_id="again")]),
    ("new-error", "another one is over", [event("new", 10), event("resolved", 5, fingerprint="f2")]),
    ("resolved", "a finding is over", [event("new", 90), event("resolved", 10)]),
    ("heartbeat-missing", "no row at all", []),
    ("heartbeat-missing", "the last one is too old", list(beats(HEALTHY, 125, 600))),
    ("heartbeat-missing", "findings are no heartbeat", [beat(200), event("new", 5)]),
    ("gaps-grow", "all was seen before", [*beats(BLIND, 1, 119), *beats(HEALTHY, 125, 600)]),
    (
        "gaps-grow",
        "a failing estate that is seen less of",
        [*beats("FAILING: 1 error (PED202), 5 not evaluated; x", 1, 119), *beats(BLIND, 125, 600)],
    ),
]
SILENT: list[tuple[str, str, list[Row]]] = [
    ("new-error", "no rows", []),
    ("new-error", "a new warning", [event("new", 10, level="warning")]),
    ("new-error", "an error that is over", [event("new", 90), event("resolved", 10)]),
    ("new-error", "heartbeats", list(beats(HEALTHY, 1, 600))),
    ("new-error", "an error of last week", [event("new", 7 * 1440)]),
    ("resolved", "only a new one", [event("new", 10)]),
    ("resolved", "heartbeats", list(beats(HEALTHY, 1, 600))),
    ("heartbeat-missing", "a heartbeat of this hour", [beat(20), beat(600)]),
    ("heartbeat-missing", "a failing estate is looked at, too", [beat(20, "FAILING: 1 error (PED202); 4 names")]),
    ("gaps-grow", "all is seen", list(beats(HEALTHY, 1, 600))),
    ("gaps-grow", "as blind as ever", list(beats(BLIND, 1, 600))),
    ("gaps-grow", "one run saw less", [beat(5, BLIND), *beats(HEALTHY, 35, 600)]),
    ("gaps-grow", "less blind than before", [*beats(HEALTHY, 1, 119), *beats(BLIND, 125, 600)]),
    ("gaps-grow", "the first day", list(beats(BLIND, 1, 119))),
    (
        "gaps-grow",
        "a workspace that is called so",
        [*beats("HEALTHY: all; 4 names, 9 not evaluated", 1, 119), *beats(HEALTHY, 125, 600)],
    ),
]


@pytest.mark.parametrize(("name", "why", "rows"), FIRES, ids=[f"{name}, {why}" for name, why, _ in FIRES])
def test_an_alert_fires(name: str, why: str, rows: list[Row]) -> None:
    assert len(asked(ALERTS[name]["query"], rows)) == 1, why


@pytest.mark.parametrize(("name", "why", "rows"), SILENT, ids=[f"{name}, {why}" for name, why, _ in SILENT])
def test_an_alert_stays_silent(name: str, why: str, rows: list[Row]) -> None:
    assert asked(ALERTS[name]["query"], rows) == [], why


@pytest.mark.parametrize("name", ALERTS)
def test_an_alert_fires_and_stays_silent_somewhere_above(name: str) -> None:
    assert name in {one for one, _, _ in FIRES} & {one for one, _, _ in SILENT}


@pytest.mark.parametrize("name", ALERTS)
def test_the_row_of_the_doctor_is_neither_a_finding_nor_a_heartbeat(name: str) -> None:
    tested = event("test", 5, fingerprint="", level="", code="", names="")
    assert len(asked(ALERTS[name]["query"], [tested])) == (name == "heartbeat-missing")
    assert asked(ALERTS[name]["query"], [tested, *beats(HEALTHY, 1, 600)]) == []


@pytest.mark.parametrize("name", ["new-error", "resolved"])
def test_what_is_delivered_twice_is_told_once(name: str) -> None:
    kind = "new" if name == "new-error" else "resolved"
    assert len(asked(ALERTS[name]["query"], [event(kind, 10), event(kind, 10)])) == 1


def seen(*faults: ArmFault) -> str:
    """The verdict of a run over the lab, as a heartbeat has it."""
    made = run_estate(build("hub-spoke"), faults)
    return verdict_line(made.report, made.finished)


def test_a_right_that_is_taken_away_makes_the_gaps_grow() -> None:
    """The words that the query counts are those of the program's own verdicts."""
    scope = f"/subscriptions/{CONNECTIVITY}"
    blind, whole = seen(ArmFault(behaviour=Behaviour.FORBIDDEN, scope=scope)), seen()
    assert len(asked(ALERTS["gaps-grow"]["query"], [*beats(blind, 1, 119), *beats(whole, 125, 600)])) == 1
    rows = asked(workbook_queries()["coverage"], [beat(20, blind)])
    assert rows[0]["NotEvaluated"] > 0


def test_a_server_of_which_nothing_is_known_makes_the_gaps_grow() -> None:
    estate = build("hub-spoke")
    opaque = replace(estate, declared=tuple(replace(server, forwards=None) for server in estate.declared))
    made = run_estate(opaque, probe=False)
    verdict = verdict_line(made.report, made.finished)
    assert len(asked(ALERTS["gaps-grow"]["query"], [*beats(verdict, 1, 119), *beats(seen(), 125, 600)])) == 1
    assert asked(workbook_queries()["coverage"], [beat(20, verdict)])[0]["Undetermined"] == 4


@pytest.mark.parametrize("name", ALERTS)
def test_an_alert_looks_as_far_back_as_azure_lets_it(name: str) -> None:
    """Two days is the longest window there is; the query must not ask for more than it is given."""
    alert = ALERTS[name]
    assert f"ago({seconds(alert['window']) // 86_400}d)" in alert["query"]
    assert seconds(alert["frequency"]) <= seconds(alert["window"]) <= 2 * 86_400


@pytest.mark.parametrize("name", ["heartbeat-missing", "gaps-grow"])
def test_the_time_of_silence_is_where_a_deployment_replaces_it(name: str) -> None:
    longer = ALERTS[name]["query"].replace("ago(2h)", "ago(12h)")
    assert longer != ALERTS[name]["query"]
    assert asked(longer, [beat(600)]) == []


@pytest.mark.parametrize("name", ALERTS)
def test_dimensions_are_columns_of_the_result(name: str) -> None:
    rows = next(rows for one, _, rows in FIRES if one == name)
    (found,) = asked(ALERTS[name]["query"], rows)
    assert {dimension["name"] for dimension in ALERTS[name]["dimensions"]} <= set(found)


HISTORY = [
    event("new", 300, fingerprint="f1", event_id="1"),
    event("resolved", 200, fingerprint="f1", event_id="2"),
    event("new", 100, fingerprint="f2", event_id="3", names='["other.notebooks.azure.net"]'),
    event("new", 50, fingerprint="f3", event_id="4", level="warning", workspace_name="mlw-test"),
    beat(60, BLIND),
    beat(20),
]


def test_the_workbook_tells_the_state_of_each_workspace() -> None:
    rows = {row["WorkspaceName"]: row for row in asked(workbook_queries()["workspaces"], HISTORY)}
    assert {name: row["State"] for name, row in rows.items()} == {"mlw-prod": "FAILING", "mlw-test": "DEGRADED"}
    assert rows["mlw-prod"]["Over"] == 1
    over = asked(workbook_queries()["workspaces"], HISTORY[:2])
    assert [row["State"] for row in over] == ["nothing is open"]


def test_the_workbook_lists_what_is_open() -> None:
    assert {row["Fingerprint"] for row in asked(workbook_queries()["open-findings"], HISTORY)} == {"f2", "f3"}


def test_the_workbook_tells_the_history_of_a_name() -> None:
    query = workbook_queries()["name-history"].replace("{Name}", "NOTEBOOKS.azure.net")
    assert [row["Event"] for row in asked(query, HISTORY)] == ["new"]


def test_the_workbook_tells_what_could_be_seen() -> None:
    rows = asked(workbook_queries()["coverage"], HISTORY)
    assert max(row["NotEvaluated"] for row in rows) == 3
    assert max(row["Undetermined"] for row in rows) == 1
    assert sum(row["Heartbeats"] for row in rows) == 2
    assert [row["Verdict"] for row in asked(workbook_queries()["last-run"], HISTORY)] == [HEALTHY]


def test_every_query_of_the_workbook_is_one_that_was_tried() -> None:
    shown = [item["content"]["query"] for item in workbook()["items"] if item["type"] == 3]
    assert shown == list(workbook_queries().values())


def test_the_way_to_prove_an_alert_makes_it_fire_and_close(tmp_path: Path) -> None:
    """The lines of the operations page as they stand; a file takes the rows in the place of Azure."""
    page = (Path(__file__).parents[2] / "deploy" / "README.md").read_text(encoding="utf-8")
    first, second = re.findall(r"^```sh\n([^`]*?^agent watch --once --lab [^`]*?)^```$", page, re.M | re.S)
    placed = first.replace("/tmp/try.db", str(tmp_path / "try.db")).splitlines()
    lines = [line for line in placed if "AGENT_SINKS__" not in line and line != "cd /tmp"]
    exports, (again, _) = [line for line in lines if line.startswith("export ")], second.splitlines()
    rows: list[list[Row]] = []
    environment = {
        **os.environ,
        "AGENT_SINKS__FILE__PATH": str(tmp_path / "rows"),
        "PATH": f"{BIN}:{os.environ['PATH']}",
    }
    for told in (lines, [*exports, "sleep 1.1", again]):
        script = "\n".join(told)
        subprocess.run(["bash", "-eu"], input=script, text=True, check=True, cwd=tmp_path, env=environment)
        rows.append([json.loads(line) for line in (tmp_path / "rows").read_text(encoding="utf-8").splitlines()])
    found = [{name: len(asked(alert["query"], some)) for name, alert in ALERTS.items()} for some in rows]
    assert found[0] == {"new-error": 1, "resolved": 0, "heartbeat-missing": 0, "gaps-grow": 0}
    assert found[1] == {"new-error": 0, "resolved": 1, "heartbeat-missing": 0, "gaps-grow": 0}
