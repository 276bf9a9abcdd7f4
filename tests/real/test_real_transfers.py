"""A real BIND that holds a private-link zone itself: read by transfer, judged, kept, and the same offline."""

from __future__ import annotations

import gzip
import json
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from agent.cli import main
from agent.lab.scenarios import build
from collectors.graph.declared import HeldZone
from collectors.graph.ids import Fqdn
from tests.estates import API_ZONE, lab, required
from tests.real.bind import TRANSFER_KEY
from tests.real.live import SERVER, SNAPSHOT, VANTAGES
from tests.real.test_findings import LIVE
from tests.real.world import run_in_real_world, vantages_toml

pytestmark = pytest.mark.real_servers

SECRET = TRANSFER_KEY[1]
KEY = f'key "{TRANSFER_KEY[0]}" {{ algorithm hmac-sha256; secret "{SECRET}"; }};\n'
GOOD = {r.private_name: r.addresses for r in required(lab("hub-spoke")).records if r.zone == API_ZONE}
API = next(name for name in GOOD if ".workspace.westeurope.privatelink." in name)


class Checked:
    """A run over the hub whose BIND holds the api zone with some records; the key lies in a file."""

    def __init__(self, directory: Path, records: dict[Fqdn, tuple[str, ...]], key: str = KEY) -> None:
        estate = build("hub-spoke")
        zone = HeldZone(name=Fqdn(API_ZONE), serial=7, records=records)
        estate = replace(estate, servers=tuple(replace(server, zones=(zone,)) for server in estate.servers))
        file = directory / "transfer.key"
        file.write_text(key, encoding="utf-8")
        file.chmod(0o600)
        (directory / VANTAGES).write_text(vantages_toml(estate), encoding="utf-8")
        given = f'transfer = ["{API_ZONE}"]\ntsig_file = "{file}"\n' if key else f'transfer = ["{API_ZONE}"]\n'
        (directory / SERVER).write_text(given, encoding="utf-8")
        done = run_in_real_world(estate, [sys.executable, str(LIVE), str(directory), "hub-spoke"])
        assert done.stdout, done.stderr
        self.exit_code, self.text, self.stderr = done.returncode, done.stdout, done.stderr
        self.report: dict[str, Any] = json.loads(done.stdout)
        self.snapshot = directory / SNAPSHOT

    @property
    def told(self) -> list[tuple[str, str]]:
        return [(finding["code"], finding["title"]) for finding in self.report["findings"]]


def offline(snapshot: Path, capture: pytest.CaptureFixture[bytes]) -> dict[str, Any]:
    with pytest.raises(SystemExit):
        main(["check", "--snapshot", str(snapshot), "--format", "json", "--level", "note"])
    found: dict[str, Any] = json.loads(capture.readouterr().out)
    return found


def test_a_zone_that_holds_what_it_must_is_healthy(tmp_path: Path) -> None:
    """The model says what the real server answers from its own zone: nothing contradicts."""
    made = Checked(tmp_path, GOOD)
    assert (made.exit_code, made.told) == (0, [])
    assert [gap for gap in made.report["gaps"] if "transferred" in gap["detail"]] == []


def test_a_record_that_it_lacks_is_told_live_and_offline(
    tmp_path: Path, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    """The real answer agrees with what the zone holds; the snapshot gives the same without any question."""
    made = Checked(tmp_path, {name: values for name, values in GOOD.items() if name != API})
    assert (made.exit_code, made.told) == (1, [("PED203", f"Zone {API_ZONE} of server 10.0.0.4 lacks {API}")])
    (finding,) = made.report["findings"]
    assert "observed" in {proof["kind"] for proof in finding["evidence"]}
    (repair,) = finding["repair"]
    assert repair["change"]["after"]["zones"] == {API_ZONE: {API: ["10.1.0.5"]}}
    again = offline(made.snapshot, capsysbinary)
    assert again["findings"][0]["fingerprint"] == finding["fingerprint"]
    assert again["findings"][0]["repair"] == finding["repair"]
    assert again["gaps"] == made.report["gaps"]


def test_a_wrong_address_and_one_that_is_left_over_are_told(tmp_path: Path) -> None:
    gone = Fqdn(f"gone.workspace.westeurope.{API_ZONE}")
    made = Checked(tmp_path, {**GOOD, API: ("10.1.0.77",), gone: ("10.1.0.78",)})
    assert made.told == [
        ("PED204", f"Record {API} of server 10.0.0.4 holds 10.1.0.77 instead of 10.1.0.5"),
        ("PED215", f"Record {gone} of server 10.0.0.4 is left over"),
    ]


@pytest.mark.parametrize(
    ("key", "told"),
    [
        (KEY.replace(SECRET, "d3Jvbmc="), "the server has another secret for the key (BADSIG)"),
        (KEY.replace('"xfr"', '"stranger"'), "the server does not know the key"),
        ("", "the server refuses it (REFUSED)"),
    ],
)
def test_a_transfer_that_is_refused_is_a_gap_and_the_run_goes_on(tmp_path: Path, key: str, told: str) -> None:
    """Only the model knows less: the answers of the server are still asked for, and they are right."""
    made = Checked(tmp_path, GOOD, key)
    assert made.report["summary"]["error"] == 0
    (gap,) = [gap for gap in made.report["gaps"] if "transferred" in gap["detail"]]
    assert (gap["kind"], gap["reason"]) == ("dns", "forbidden")
    assert told in gap["detail"]


def test_the_secret_is_nowhere(tmp_path: Path) -> None:

    made = Checked(tmp_path, GOOD)
    facts = gzip.decompress(made.snapshot.read_bytes()).decode()
    assert '"serial":7' in facts
    assert SECRET not in made.text + made.stderr + facts
