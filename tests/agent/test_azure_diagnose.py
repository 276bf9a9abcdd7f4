"""Azure's own diagnosis in whole runs: what leaves, what is told, and that it decides nothing."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import msgspec
import pytest

from agent.config import Config
from agent.exit_code import exit_code
from agent.history.lives import Life, State
from agent.history.sightings import seen_by
from agent.lab.arm_faults import parse_arm_fault
from agent.lab.estate import LabEstate
from agent.lab.scenarios import build
from agent.lab.world import LabWorld
from agent.render.terminal import render_report
from agent.report import to_json
from agent.run import run
from agent.sources import Choice, open_source
from checks.finding import Level
from checks.requirements import Scope
from collectors.azure.diagnose import Patience, diagnose, posts_of
from collectors.azure.session import Session
from collectors.graph.clouds import CLOUDS
from collectors.graph.documents import Gap, Reason
from collectors.graph.ids import ArmId
from collectors.graph.workspace_diagnosis import WORKSPACE_DIAGNOSIS, Remark, WorkspaceDiagnosis
from tests.agent.commands import agent, refused, serving
from tests.agent.lab_runs import LabRun, run_estate
from tests.collectors.azure.conftest import NOW

ODD = Remark(code="PrivateEndpointDnsMissing", level="Error", message="No record was found")
HINT = Remark(code="CustomDNSInUse", level="Warning", message="It is detected VNet 'x'")
TEXTS = ("code", "slug", "level", "title", "subject_id", "subject_name", "cause")
LISTS = ("workspaces", "names", "clients", "expected", "observed", "repair", "vantages")
HOSTILE = Remark(code="\x1b[31mred", level="<b>", message="\u202eevil\x07 <script>")


def told(*remarks: Remark) -> Any:
    """What stands in for Azure's answers where only their use is looked at."""
    return lambda ids: tuple(WorkspaceDiagnosis(workspace=id, asked_at=NOW, remarks=remarks) for id in ids)


def fails(ids: Any) -> tuple[WorkspaceDiagnosis, ...]:
    """Azure, to whom an identity without the right for it says no."""
    return tuple(
        WorkspaceDiagnosis(
            workspace=id,
            asked_at=NOW,
            gap=Gap(kind=WORKSPACE_DIAGNOSIS, scope=id.text, reason=Reason.FORBIDDEN, detail="403", action="grant it"),
        )
        for id in ids
    )


def shown(made: LabRun) -> str:
    """The report as a person reads it who does not look at a scenario of the lab."""
    made.report.run.source = "live"
    return render_report(made.report, made.finished, color=False)


def azure_rows(made: LabRun) -> list[str]:
    """What stands beside `azure` under LOOKED AT."""
    lines = shown(made).splitlines()
    at = lines.index("LOOKED AT")
    start = next((n for n in range(at, len(lines)) if lines[n].startswith("  azure  ")), None)
    if start is None:
        return []
    end = next(n for n in range(start + 1, len(lines)) if not lines[n].startswith(" " * 12))
    return [line[13:] for line in lines[start:end]]


def codes(made: LabRun) -> tuple[Any, ...]:
    """All that a run concludes, without its evidence."""
    judgement = made.finished.judgement
    findings = [(f.code, f.level, f.status, f.fingerprint, f.violation.cause) for f in judgement.findings]
    verdicts = [(w.id, w.verdict) for w in made.report.workspaces]
    ends = [exit_code(judgement, fail_on=level, strict=True) for level in ("error", "warning", "note", "never")]
    return findings, judgement.not_evaluated, judgement.undetermined, verdicts, ends


@pytest.mark.parametrize(("scenario", "change"), [("hub-spoke", ""), ("hub-spoke", "zone-unlinked")])
@pytest.mark.parametrize("says", [told(), told(ODD), told(HINT), told(ODD, HINT, HOSTILE), fails])
def test_it_changes_no_conclusion(scenario: str, change: str, says: Any) -> None:
    estate = build(scenario, (change,) if change else ())
    without, beside = run_estate(estate, probe=False), run_estate(estate, probe=False, diagnose=says)
    assert codes(beside) == codes(without)


def test_a_finding_about_the_workspace_has_it_as_evidence() -> None:
    """After everything that we saw ourselves; and it is told that a hint is but one."""
    made = run_estate(build("hub-spoke", ("zone-unlinked",)), probe=False, diagnose=told(ODD, HINT))
    proofs = [proof for proof in made.finding("PED202").evidence if proof.kind == "azure"]
    assert [proof.text for proof in proofs] == [
        "mlw-fraud-detection-prod: Error PrivateEndpointDnsMissing: No record was found",
        "mlw-fraud-detection-prod: Warning CustomDNSInUse: It is detected VNet 'x' "
        "(a hint only: Azure does not look at what those servers forward)",
    ]
    assert {proof.time for proof in proofs} == {NOW}
    assert [proof.kind for proof in made.finding("PED202").evidence[-2:]] == ["azure", "azure"]


def test_what_touches_no_finding_is_told_where_it_was_looked_at_and_in_the_json() -> None:
    made = run_estate(build("hub-spoke"), probe=False, diagnose=told(ODD, HINT))
    assert made.report.findings == []
    assert made.report.gaps == run_estate(build("hub-spoke"), probe=False).report.gaps
    assert azure_rows(made) == [
        "mlw-fraud-detection-prod: Error PrivateEndpointDnsMissing: No record was found",
        "mlw-fraud-detection-prod: Warning CustomDNSInUse "
        "(a hint only: Azure does not look at what those servers forward)",
    ]
    (workspace,) = json.loads(to_json(made.report))["workspaces"]
    assert workspace["azure"] == [
        {"code": "PrivateEndpointDnsMissing", "level": "Error", "message": "No record was found"},
        {"code": "CustomDNSInUse", "level": "Warning", "message": "It is detected VNet 'x'"},
    ]


def test_an_answer_without_remarks_is_told_apart_from_none() -> None:
    asked, silent = (run_estate(build("hub-spoke"), probe=False, diagnose=says) for says in (told(), None))
    assert azure_rows(asked) == ["mlw-fraud-detection-prod: its diagnosis sees nothing wrong in DNS"]
    assert azure_rows(silent) == []
    assert [json.loads(to_json(made.report))["workspaces"][0].get("azure") for made in (asked, silent)] == [[], None]


def test_a_failure_is_a_gap_that_is_shown_and_blocks_nothing() -> None:
    made = run_estate(build("hub-spoke"), probe=False, diagnose=fails)
    assert azure_rows(made) == ["mlw-fraud-detection-prod: no diagnosis (forbidden): 403; grant it"]
    assert [gap.kind for gap in made.report.gaps if gap.kind != "dns"] == [WORKSPACE_DIAGNOSIS]
    assert made.report.not_evaluated == []
    assert made.codes == ()


@pytest.mark.parametrize("hides", [False, True])
def test_history_may_end_a_finding_about_a_workspace_that_azure_did_not_diagnose(hides: bool) -> None:
    """A gap of reading there would keep it open: what is not seen may still be there."""
    made = run_estate(build("hub-spoke"), probe=False, diagnose=fails)
    judgement, (workspace,) = made.finished.judgement, made.report.workspaces
    if hides:
        unread = (replace(gap, kind="workspace") for gap in judgement.gaps if gap.kind == WORKSPACE_DIAGNOSIS)
        judgement = replace(judgement, gaps=tuple(unread))
    body = msgspec.json.encode({**dict.fromkeys(TEXTS, ""), **{key: [] for key in LISTS}, "subject_id": workspace.id})
    life = Life(
        fingerprint="0" * 16,
        start=NOW,
        state=State.OPEN,
        level=Level.ERROR,
        last_seen=NOW,
        seen=1,
        missing=0,
        body=body,
    )
    assert seen_by(judgement, {life.fingerprint: life}, NOW).blind == ({life.fingerprint} if hides else set())


def test_hostile_remarks_reach_no_terminal() -> None:
    for change in ((), ("zone-unlinked",)):
        made = run_estate(build("hub-spoke", change), probe=False, diagnose=told(HOSTILE))
        text = shown(made)
        assert "evil" in text
        assert not {"\x1b", "\u202e", "\x07"} & set(text)


def test_a_snapshot_of_several_shows_those_in_scope() -> None:
    """Somebody else's remarks in the file are none of this run's."""
    other = ArmId("/subscriptions/x/resourceGroups/y/providers/Microsoft.MachineLearningServices/workspaces/other")
    made = run_estate(build("hub-spoke"), probe=False, diagnose=lambda ids: (*told(ODD)([other]), *told(HINT)(ids)))
    assert [row.partition(":")[0] for row in azure_rows(made)] == ["mlw-fraud-detection-prod"]
    assert len(made.finished.snapshot.diagnoses) == 2


def over_the_wire(estate: LabEstate, *faults: str) -> tuple[LabRun, list[tuple[str, str]]]:
    """A run whose diagnosis goes through the real clients to the lab, and what the lab was asked for it."""
    parsed = [parse_arm_fault(fault) for fault in faults]
    asked: list[tuple[str, str]] = []

    def really(ids: Any) -> tuple[WorkspaceDiagnosis, ...]:
        with LabWorld(estate, faults=tuple(parsed)) as world:
            cloud = CLOUDS[world.cloud]
            with Session(
                world.credential, cloud, endpoint=world.endpoint, backoff=0.001, posts=posts_of(ids)
            ) as session:
                found = diagnose(session, ids, now=lambda: NOW, patience=Patience(workspace=5.0))
            asked.extend((request.method, request.path) for request in world.requests)
        return found

    return run_estate(estate, probe=False, diagnose=really), asked


@pytest.mark.parametrize(
    ("scenario", "remarks"), [("hub-spoke", ["CustomDnsInUse"]), ("azure-dns", []), ("two-endpoints", None)]
)
def test_the_lab_tells_of_custom_servers_in_the_networks_of_a_workspaces_endpoints(
    scenario: str, remarks: list[str] | None
) -> None:
    made, asked = over_the_wire(build(scenario))
    (diagnosis,) = made.finished.snapshot.diagnoses
    assert diagnosis.gap is None
    assert remarks is None or [remark.code for remark in diagnosis.remarks] == remarks
    assert [method for method, _ in asked] == ["POST", "GET", "GET"]
    assert asked[0][1] == f"{diagnosis.workspace}/diagnose"


@pytest.mark.parametrize(
    ("fault", "reason", "detail"),
    [
        ("forbidden", Reason.FORBIDDEN, "403 AuthorizationFailed"),
        ("not-found", Reason.NOT_FOUND, "404"),
        ("server-error", Reason.FAILED, "500 InternalServerError"),
        ("throttled(86400)", Reason.TIMED_OUT, "asks for another 86400 s"),
        ("redirect", Reason.REFUSED, "redirects are not followed"),
        ("registration", Reason.REFUSED, "not registered"),
        ("foreign-next-link", Reason.REFUSED, "leads away"),
        ("looping-next-link", Reason.REFUSED, "form a loop"),
        ("broken-json", Reason.MALFORMED, "not valid JSON"),
        ("partial(rg-elsewhere)", Reason.FORBIDDEN, "403 AuthorizationFailed"),
    ],
)
def test_each_fault_of_the_lab_leaves_one_gap(fault: str, reason: Reason, detail: str) -> None:
    made, asked = over_the_wire(build("azure-dns"), f"{fault}:{WORKSPACE_DIAGNOSIS}")
    (gap,) = [gap for gap in made.report.gaps if gap.kind == WORKSPACE_DIAGNOSIS]
    assert (gap.reason, detail in gap.detail) == (reason, True), gap.detail
    assert ("Microsoft.MachineLearningServices/workspaces/diagnose/action" in gap.action) == (
        reason is Reason.FORBIDDEN
    )
    assert {method for method, _ in asked} <= {"POST", "GET"}
    assert (made.codes, made.report.not_evaluated) == ((), [])


def test_without_the_option_nothing_but_get_leaves_and_with_it_one_post_for_each_workspace(tmp_path: Path) -> None:
    """A process of its own through the real credential chain; the log of the server is the proof."""
    config, log = tmp_path / "lab.toml", tmp_path / "requests.jsonl"
    with serving("hub-spoke", "--write-config", str(config), "--request-log", str(log)) as exports:
        plain = agent("check", "--config", str(config), "--format", "json", extra=exports)
        before = len(log.read_text().splitlines())
        saved = tmp_path / "saved.gz"
        done = agent(
            *("check", "--config", str(config), "--format", "json", "--azure-diagnose", "--save", str(saved)),
            extra=exports,
        )
    assert (plain.returncode, done.returncode) == (0, 0), done.stderr
    requests = [json.loads(line) for line in log.read_text().splitlines()]
    assert {request["method"] for request in requests[:before]} == {"GET"}
    (workspace,) = json.loads(done.stdout)["workspaces"]
    assert [(r["method"], r["path"]) for r in requests if r["method"] != "GET"] == [
        ("POST", f"{workspace['id']}/diagnose")
    ]
    assert {request["host"] for request in requests} == {urlsplit(exports["IDENTITY_ENDPOINT"]).netloc}
    assert [remark["code"] for remark in workspace["azure"]] == ["CustomDnsInUse"]
    assert "azure" not in json.loads(plain.stdout)["workspaces"][0]

    again = agent("check", "--snapshot", str(saved), "--format", "json")
    assert json.loads(again.stdout)["workspaces"] == [workspace]
    refused(agent("check", "--snapshot", str(saved), "--azure-diagnose"), "--azure-diagnose asks Azure", "--snapshot")


def test_a_lab_source_diagnoses_too() -> None:
    with open_source(Choice(lab="azure-dns", diagnose=True), Config(), Scope(), probe=False) as source:
        finished = run(replace(source, ask=None), Scope(), Config(), lambda _: None)
    (diagnosis,) = finished.snapshot.diagnoses
    assert (diagnosis.gap, diagnosis.remarks) == (None, ())
    assert finished.judgement.findings == ()
