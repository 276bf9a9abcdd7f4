"""`agent explain`, `agent names` and `agent catalogue` as people and programs read them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from agent.cli.group import group
from agent.lab.arm_faults import parse_arm_fault
from agent.lab.scenarios import build
from checks.catalogue import CATALOGUE
from collectors.graph.errors import UsageError
from collectors.snapshot import write_snapshot
from tests.agent.commands import agent
from tests.agent.lab_runs import run_estate

GUID = "5eed0001-0000-4000-8000-00000000f0a1"
API = f"{GUID}.workspace.westeurope.api.azureml.ms"
ZONE = (
    "/subscriptions/11111111-0000-4000-8000-00000000c001/resourceGroups/rg-dns/providers"
    "/Microsoft.Network/privateDnsZones/privatelink.api.azureml.ms"
)


def run(*words: str) -> Result:
    return CliRunner().invoke(group, list(words))


@pytest.fixture(scope="module")
def told() -> dict[str, list[str]]:
    """What explain says of one name in a broken estate, by the clients of each view."""
    done = run("explain", API, "--lab", "hub-spoke", "--break", "zone-unlinked")
    views: dict[str, list[str]] = {}
    for line in done.output.splitlines():
        if line.startswith("from "):
            views[line] = []
        elif views:
            views[list(views)[-1]].append(line.strip())
    return views


def test_clients_that_get_the_same_by_the_same_steps_are_one_view(told: dict[str, list[str]]) -> None:
    assert list(told) == ["from vnet-spoke-1, vnet-spoke-2", "from vnet-hub  (a possible client, not a required one)"]


def test_the_last_hop_names_the_object_that_decided(told: dict[str, list[str]]) -> None:
    lines = told["from vnet-spoke-1, vnet-spoke-2"]
    last = next(number for number, line in enumerate(lines) if line.startswith("└─"))
    assert "is not linked to vnet-hub" in lines[last]
    assert lines[last + 1].startswith(f"decided by {ZONE}")


def test_simulated_stands_beside_observed(told: dict[str, list[str]]) -> None:
    lines = told["from vnet-spoke-1, vnet-spoke-2"]
    assert "simulated public" in lines
    assert any(line.startswith("observed  public 203.0.113.") for line in lines)


def test_an_answer_that_contradicts_the_declaration_is_told_what_it_proves() -> None:
    done = run("explain", API, "--lab", "hub-spoke", "--break", "forwarder-removed-silently", "--vnet", "vnet-spoke-2")
    assert "simulated 10.1.0.5" in done.output
    assert "asked 10.0.0.4 from lab/vnet-spoke-2" in done.output
    assert "server 10.0.0.4 does not forward api.azureml.ms to Azure DNS, whatever is declared (PED305)" in done.output


@pytest.mark.parametrize(
    ("name", "observed"),
    [
        ("storage.example", "observed  NXDOMAIN (asked 10.0.1.4 from lab/vnet-spoke-1)"),
        ("malware.example", "observed  blocked (asked 10.0.1.4 from lab/vnet-spoke-1)"),
    ],
)
def test_a_name_that_nobody_requires_is_asked_all_the_same(name: str, observed: str) -> None:
    done = run("explain", name, "--lab", "private-resolver", "--vnet", "vnet-spoke-1")
    assert "expected nothing" in done.output
    assert observed in done.output


def test_without_a_zone_the_name_is_public() -> None:
    words = ("explain", API, "--lab", "hub-spoke", "--vnet", "vnet-hub", "--no-probe", "--format", "json")
    with_zone = json.loads(run(*words).output)["views"][0]["simulated"][-1]
    without = json.loads(run(*words, "--without", ZONE).output)["views"][0]["simulated"][-1]
    assert with_zone["result"]["addresses"] == ["10.1.0.5"]
    assert without["result"]["outcome"] == "public"
    assert without["decided_by"] is None


def test_live_answers_do_not_speak_of_an_estate_without_something() -> None:
    """They were given with the zone in place: they contradict the model there, or not at all."""
    told = run("explain", API, "--lab", "hub-spoke", "--without", ZONE).output
    assert "WRONG: these clients get a public answer instead of 10.1.0.5" in told
    assert "with it these clients get 10.1.0.5, without it a public answer" in told
    assert "(asked 10.0.0.4 from lab/vnet-spoke-1, with nothing left out)" in told
    assert "IN DOUBT" not in told


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["a..b"], "is not a domain name"),
        ([""], "The name is empty"),
        (["https://ml.azure.com/x?wsid=1"], "is a URL or has parts of one: ask for its host, ml.azure.com."),
        (["HTTPS://ML.azure.com"], "ask for its host, ml.azure.com."),
        (["ml.azure.com:443"], "ask for its host, ml.azure.com."),
        (["ml.azure.com/x"], "ask for its host, ml.azure.com."),
        (["https://"], "expected a domain name"),
        (["http://["], "expected a domain name"),
        (["10.0.0.4"], "'10.0.0.4' is an address: expected a domain name"),
        ([" 10.0.0.4. "], "is an address"),
        (["10.0.0.4:53"], "'10.0.0.4' is an address"),
        (["10.0.0.0/16"], "'10.0.0.0' is an address"),
        (["https://10.0.0.4/x"], "'10.0.0.4' is an address"),
        (["https://[2001:db8::1]:8443/x"], "'2001:db8::1' is an address"),
        (["fe80::1%eth0"], "'fe80::1' is an address"),
        ([API, "--type", "MX"], "Records of type MX are not simulated"),
        ([API, "--vnet", "vnet-nowhere"], "There is no network 'vnet-nowhere'"),
        (["10.1.0.5"], "for its pointer ask for 5.0.1.10.in-addr.arpa with --type PTR."),
        ([API, "--without", "/subscriptions/none"], "There is no resource '/subscriptions/none'"),
        ([API, "--without", "server:10.0.0.4@x"], 'expected an ARM id, such as one behind "decided by".'),
        ([API, "--without", "vnet-ml"], "Microsoft.Network/virtualNetworks/vnet-ml?"),
    ],
)
def test_what_cannot_be_explained_is_refused_in_one_sentence(words: list[str], says: str) -> None:
    done = run("explain", *words, "--lab", "azure-dns", "--no-probe")
    assert done.exception is not None
    assert says in str(done.exception)


def test_a_wildcard_and_a_name_under_it_mean_the_same_record() -> None:
    for name in (f"*.{GUID}.inference.westeurope.api.azureml.ms", f"x.{GUID}.inference.westeurope.api.azureml.ms"):
        done = run("explain", name, "--lab", "hub-spoke", "--no-probe")
        assert "expected 10.1.0.7 (inference)" in done.output


def test_names_lists_every_expected_record_with_its_reason() -> None:
    names = json.loads(run("names", "--lab", "hub-spoke", "--format", "json").output)["names"]
    assert [(name["role"], name["addresses"], name["source"]) for name in names] == [
        ("inference", ["10.1.0.7"], "interface"),
        ("api", ["10.1.0.5"], "interface"),
        ("cert", ["10.1.0.5"], "interface"),
        ("notebooks", ["10.1.0.6"], "interface"),
    ]
    assert {name["why"].rpartition("/")[2] for name in names} == {"pe-mlw-prod"}


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["--workspace", "nope"], "read. Workspaces: mlw-fraud-detection-prod."),
        (["--subscription", "nope"], "read. Subscriptions: connectivity, ml-prod."),
        (["--subscription", "connectivity"], "No Machine Learning workspace and no other service"),
    ],
)
def test_a_scope_without_names_is_no_empty_list(words: list[str], says: str) -> None:
    """As `agent check` has it: an empty table would look like a success."""
    done = run("names", "--lab", "hub-spoke", *words)
    assert isinstance(done.exception, UsageError)
    assert says in str(done.exception)
    assert done.stdout == ""


def test_a_workspace_that_a_gap_may_hide_is_not_called_missing(tmp_path: Path) -> None:
    """Exit 3, and the table says no more than what was read."""
    file = str(tmp_path / "blind")
    made = run_estate(build("hub-spoke"), faults=(parse_arm_fault("forbidden:workspace"),))
    write_snapshot(Path(file), made.finished.snapshot)
    done = agent("names", "--snapshot", file, "--workspace", "nope")
    assert (done.returncode, done.stderr) == (3, "")
    assert done.stdout == "No private endpoint in what could be read lists any name.\n"


def test_the_table_of_names_keeps_names_whole() -> None:
    lines = run("names", "--lab", "hub-spoke").output.splitlines()
    assert len(lines) == 5
    assert lines[0].split() == ["NAME", "ADDRESS", "ROLE", "ZONE", "FROM"]
    assert any(line.startswith(f"{API} ") for line in lines)


@pytest.mark.parametrize(
    ("word", "says"),
    [
        ("PED20", "There is no finding or assumption 'PED20'. Did you mean PED2"),
        ("zone-missin", "Did you mean zone-missing?"),
        ("public-chain-from-tabl", "Did you mean public-chain-from-table?"),
        ("", "`agent catalogue` and `agent catalogue --assumptions` list all."),
    ],
)
def test_a_word_that_the_catalogue_does_not_hold_gets_the_nearest(word: str, says: str) -> None:
    assert says in str(run("catalogue", word).exception)


def test_the_catalogue_lists_every_check_and_describes_each() -> None:
    listed = [line.split()[0] for line in run("catalogue").output.splitlines()]
    assert listed == sorted(check.code for check in CATALOGUE)
    described = run("catalogue", "zone-not-linked").output
    assert described.startswith("PED202 zone-not-linked (error, claims absence)")
    assert "Why it matters" in described
