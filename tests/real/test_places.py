"""One question, several places: right in a spoke, wrong on premises, and nothing to say on a laptop."""

from __future__ import annotations

import gzip
import json
import shlex
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from agent.lab.clouds import PUBLIC as PUBLIC_CLOUD
from agent.lab.configuration import configuration_text
from agent.lab.estate import LabEstate
from agent.lab.scenarios import build
from agent.lab.world import LabWorld
from collectors.graph.declared import DeclaredClient, DeclaredServer, Site
from collectors.graph.ids import Fqdn
from tests.real.live import AGENT, with_vantages
from tests.real.network import FABRIC, LAPTOP, inside
from tests.real.player import Case, environment, run
from tests.real.playing import Checked, play
from tests.real.world import run_in_real_world

pytestmark = pytest.mark.real_servers

SPOKE, OFFICE = "vnet-spoke-1", "head-office"
INBOUND, OFFICE_SERVER = "10.0.1.4", "192.168.10.53"
NOTEBOOKS = Fqdn("notebooks.azure.net")
ALL = dict.fromkeys(PUBLIC_CLOUD.forwarded, (INBOUND,))

IN_SPOKE = f'[[vantage]]\nname = "spoke"\nview = "{SPOKE}"\nservers = ["{INBOUND}"]\nreaches = ["{INBOUND}"]\n'
IN_OFFICE = f'[[vantage]]\nname = "office"\nservers = ["{OFFICE_SERVER}"]\nreaches = ["{OFFICE_SERVER}"]\n'
NOWHERE = '[[vantage]]\nname = "laptop"\n'
ELSEWHERE = "elsewhere = true\n"
FROM_AFAR = IN_SPOKE + ELSEWHERE + IN_OFFICE + ELSEWHERE


NAME = "ml-mlw-pricing-westeurope-5eed0003-0000-4000-8000-0000000091c3.westeurope.notebooks.azure.net"
RIGHT, PUBLIC = "10.1.0.6", "203.0.113.173"


def office(declared: Mapping[Fqdn, tuple[str, ...]] | None) -> LabEstate:
    """The spokes of private-resolver, and an office whose BIND forwards all suffixes to them but that of notebooks.

    `declared` is what the configuration says of its forwarders.
    """
    forwards = {suffix: targets for suffix, targets in ALL.items() if suffix != NOTEBOOKS}
    server = DeclaredServer(address=OFFICE_SERVER, site=OFFICE, kind="bind", forwards=forwards)
    return replace(
        build("private-resolver"),
        servers=(server,),
        declared=(replace(server, forwards=declared),),
        sites=(Site(name=OFFICE, address_space=("192.168.10.0/24",), servers=(OFFICE_SERVER,), reaches=("vnet-hub",)),),
        clients=(DeclaredClient(workspace="*", networks=(SPOKE, "vnet-spoke-2"), sites=(OFFICE,)),),
    )


def vantages_told(checked: Checked) -> set[str]:
    """Where the findings were seen."""
    return {occurrence["vantage"] for finding in checked.report["findings"] for occurrence in finding["occurrences"]}


class Planned:
    """A plan made where Azure can be read, asked in some places (vantage -> place), judged where it was made."""

    def __init__(self, estate: LabEstate, vantages: str, places: Mapping[str, str], directory: Path) -> None:
        self.directory = directory
        self.config, self.plan = str(directory / "agent.toml"), str(directory / "plan.json")
        with LabWorld(estate) as world, environment({**world.environment, "XDG_STATE_HOME": str(directory)}):
            text = with_vantages(configuration_text(world), vantages)
            Path(self.config).write_text(text, encoding="utf-8")
            code, said = run(["ask", "--make-plan", self.plan, "--config", self.config])
            assert code == 0, said
            self._ask(estate, places)
            given = [word for vantage in places for word in ("--answers", self.answers(vantage))]
            self.checked, self.strict = self._check(*given), self._check(*given, "--strict")

    def answers(self, vantage: str) -> str:
        """The file with the answers from a vantage."""
        return str(self.directory / f"{vantage}.json")

    def _ask(self, estate: LabEstate, places: Mapping[str, str]) -> None:
        """`agent ask --plan` in each place; Azure is out of reach there."""
        ask = [AGENT, "ask", "--plan", self.plan]
        asked = [
            inside(place, [*ask, "--vantage", vantage, "--output", self.answers(vantage)])
            for vantage, place in places.items()
        ]
        done = run_in_real_world(estate, ["sh", "-ec", "\n".join(map(shlex.join, asked))], place=FABRIC)
        assert done.returncode == 0, done.stderr

    def _check(self, *more: str) -> Checked:
        report = self.directory / "report.json"
        words = ["check", "--config", self.config, "--format", "json", "--level", "note", "--output", str(report)]
        code, said = run([*words, *more])
        assert report.exists(), said
        return Checked(code, json.loads(report.read_bytes()))


def observed(file: str) -> str:
    """Everything that was answered there."""
    data = Path(file).read_bytes()
    return (gzip.decompress(data) if data[:2] == b"\x1f\x8b" else data).decode()


@pytest.mark.parametrize("declared", [ALL, None], ids=["declared as it was", "nobody knows"])
def test_one_name_is_right_in_the_spoke_and_wrong_on_premises(
    declared: Mapping[Fqdn, tuple[str, ...]] | None, tmp_path: Path
) -> None:
    """Asked in both places, judged at once: only the office's clients are told, with the vantage that showed it."""
    planned = Planned(office(declared), FROM_AFAR, {"spoke": SPOKE, "office": OFFICE}, tmp_path)
    assert RIGHT in observed(planned.answers("spoke"))
    assert PUBLIC in observed(planned.answers("office"))
    findings = planned.checked.report["findings"]
    assert (planned.checked.exit_code, planned.checked.report["summary"]["undetermined"]) == (1, 0)
    assert [(finding["names"], finding["clients"]) for finding in findings] == [([NAME], [f"site:{OFFICE}"])] * len(
        findings
    )
    assert vantages_told(planned.checked) == {"office"}
    told = [(finding["code"], finding["subject"]["name"]) for finding in findings]
    assert told == [("PED305", OFFICE_SERVER) if declared else ("PED601", NAME)]
    if not declared:
        assert "Asked from spoke, the answer is right." in findings[0]["cause"]


def test_each_place_alone_says_what_it_sees(tmp_path: Path) -> None:
    """Live checks: exit 0 in the spoke, where the office's names stay undetermined; the fault in the office."""
    spoke, there = (tmp_path / name for name in (SPOKE, OFFICE))
    spoke.mkdir()
    there.mkdir()
    (right,) = play([Case(estate=office(ALL), vantages=IN_SPOKE)], spoke, place=SPOKE)
    (wrong,) = play([Case(estate=office(ALL), vantages=IN_OFFICE)], there, place=OFFICE)
    assert (right.exit_code, right.report["findings"]) == (0, [])
    assert (wrong.exit_code, [finding["code"] for finding in wrong.report["findings"]]) == (1, ["PED305"])
    assert vantages_told(wrong) == {"office"}


def test_a_laptop_that_reaches_nothing_leaves_every_name_open(tmp_path: Path) -> None:
    """Live: no finding, exit 0, and 3 where nothing may stay open."""
    loose = Case(estate=office(ALL), vantages=NOWHERE)
    for checked, code in zip(
        play([loose, replace(loose, options=("--strict",))], tmp_path, place=LAPTOP), (0, 3), strict=True
    ):
        summary = checked.report["summary"]
        assert (checked.exit_code, checked.report["findings"]) == (code, [])
        assert summary["undetermined"] == summary["names"] > 0


def test_answers_from_a_laptop_that_reaches_nothing_are_no_findings(tmp_path: Path) -> None:
    """The same with a question plan."""
    planned = Planned(office(ALL), NOWHERE + ELSEWHERE, {"laptop": LAPTOP}, tmp_path)
    summary = planned.checked.report["summary"]
    assert (planned.checked.exit_code, planned.strict.exit_code) == (0, 3)
    assert (planned.checked.report["findings"], planned.strict.report["findings"]) == ([], [])
    assert summary["undetermined"] == summary["names"] > 0
