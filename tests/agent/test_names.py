"""`agent names` as files for other programs: what they read is what was meant, and nothing more."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from pathlib import Path

import dns.zone
import pytest
from click.testing import CliRunner

from agent.cli.group import group
from agent.render.names_files import names_csv, names_hosts, names_zones
from checks.names.expected import ExpectedRecord, Need, Role
from collectors.graph.ids import ArmId, Fqdn

ID = "/subscriptions/11111111-0000-4000-8000-00000000c001/resourceGroups/rg/providers/Microsoft.Network"
RECORD = ExpectedRecord(
    name=Fqdn("a.api.azureml.ms"),
    type="A",
    addresses=("10.0.0.5",),
    role=next(iter(Role)),
    zone=Fqdn("privatelink.api.azureml.ms"),
    record="a",
    endpoint=ArmId(f"{ID}/privateEndpoints/pe-1"),
    workspace=ArmId(f"{ID}/privateEndpoints/ws"),
    approved=True,
    source="interface",
)
OTHER = replace(RECORD, addresses=("10.9.0.5",), endpoint=ArmId(f"{ID}/privateEndpoints/pe-2"))


def lines(text: str) -> list[str]:
    return [line for line in text.splitlines() if line and not line.startswith(("#", ";"))]


@pytest.mark.parametrize(
    ("name", "cell"), [("*.x.net", "*.x.net"), ("-22.x.net", "'-22.x.net"), ("=cmd|x.net", "'=cmd|x.net")]
)
def test_a_spreadsheet_gets_no_formula_and_keeps_wildcards(name: str, cell: str) -> None:
    rows = list(csv.DictReader(io.StringIO(names_csv([replace(RECORD, name=Fqdn(name))]), newline="")))
    assert [row["name"] for row in rows] == [cell]


def test_a_hosts_file_holds_addresses_and_names() -> None:
    assert lines(names_hosts([RECORD, RECORD])) == ["10.0.0.5 a.api.azureml.ms"]


@pytest.mark.parametrize(
    "records",
    [
        [RECORD, OTHER],
        [replace(RECORD, approved=False)],
        [replace(RECORD, name=Fqdn("*.api.azureml.ms"))],
        [replace(RECORD, name=Fqdn("a#b.azureml.ms"))],
        [replace(RECORD, addresses=("10.0.0.5\n6.6.6.6 bank.example",))],
    ],
    ids=["conflict", "not approved", "wildcard", "no host name", "no address"],
)
def test_what_a_hosts_file_must_not_hold_is_a_comment(records: list[ExpectedRecord]) -> None:
    text = names_hosts(records)
    assert lines(text) == []
    assert len(text.splitlines()) > 2


def test_an_unapproved_endpoint_contradicts_nobody() -> None:
    assert lines(names_hosts([RECORD, replace(OTHER, approved=False)])) == ["10.0.0.5 a.api.azureml.ms"]


@pytest.mark.parametrize("label", ["a", "*", "a;b", "$include", 'q"(', "a@b", "back\\slash"])
def test_a_zone_loads_with_every_owner_name(label: str) -> None:
    text = names_zones([replace(RECORD, record=label)])
    zone = dns.zone.from_text(text, origin=RECORD.zone)
    (found,) = [name for name, *_ in zone.iterate_rdatas("A")]
    assert found.labels == (label.encode(),)
    (soa,) = [rdata.to_text() for *_, rdata in zone.iterate_rdatas("SOA")]
    assert soa.endswith(" 10")


def test_a_conflict_in_a_zone_is_a_comment() -> None:
    text = names_zones([RECORD, OTHER])
    assert not list(dns.zone.from_text(text, origin=RECORD.zone).iterate_rdatas("A"))
    assert "; a IN A 10.9.0.5  (pe-2: another endpoint gives this name other addresses)" in text


def test_a_required_name_without_a_private_zone_gets_a_zone_of_exactly_its_name() -> None:
    """One over its suffix would hide everybody else's names; what is optional stays out."""
    bare = replace(RECORD, zone=Fqdn(""), record="")
    text = names_zones([bare])
    assert text.startswith(f"$ORIGIN {RECORD.name}.\n")
    assert "@ IN A 10.0.0.5" in text
    assert names_zones([replace(bare, need=Need.OPTIONAL)]) == ""


def test_output_is_a_file_for_its_owner_only(tmp_path: Path) -> None:
    target = tmp_path / "names.csv"
    done = CliRunner().invoke(group, ["names", "--lab", "hub-spoke", "--output", str(target)])
    assert (done.exit_code, len(done.output.splitlines())) == (0, 1)
    assert target.read_text().startswith("name,type,")
    assert target.stat().st_mode & 0o777 == 0o600


def test_assumptions_are_listed_with_their_switch() -> None:
    done = CliRunner().invoke(group, ["catalogue", "--assumptions", "-v"])
    assert "base-policy-hands-down-dns = true" in done.output
    assert "rules that are inferred" in done.output
    assert "to settle it: experiment X1 of tests/experiments: link a zone" in done.output
    one = CliRunner().invoke(group, ["catalogue", "rules-apply-to-aliases"])
    assert one.output.startswith("rules-apply-to-aliases (on by default, inferred)")
