"""Which zones a run transfers, from where and with which key; what a run says that transfers nothing."""

from __future__ import annotations

import signal
import socket
import subprocess
import time
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from agent.config import Config, declared
from agent.config.model import DnsTable, ServerTable, VantageTable
from agent.transfers import holding, planned, with_transfers, without_transfers
from collectors.dns.exchange import Peer
from collectors.graph.declared import Declared, DeclaredServer, HeldZone
from collectors.graph.documents import Gap, Reason
from collectors.graph.errors import ConfigError
from collectors.graph.ids import Fqdn
from collectors.snapshot import Footer, Header, Snapshot, read_snapshot
from tests.agent.commands import AGENT, LONGEST, agent, environment, refused, serving
from tests.real.loopback import HOST, named

NOW = datetime(2026, 5, 1, tzinfo=UTC)
ZONE = Fqdn("corp.test")
KEY = "xfr:hmac-sha256:c2VjcmV0IG9mIHRoaXJ0eS10d28gYnl0ZXM="
HELD = HeldZone(name=ZONE, serial=1, records={ZONE: ()})


def config(*vantages: VantageTable, tsig_file: str = "", tsig_env: str = "") -> Config:
    """A server that gives one zone, and where we stand."""
    row = ServerTable(address="10.0.0.4", network="vnet-hub", transfer=(ZONE,), tsig_file=tsig_file, tsig_env=tsig_env)
    return Config(dns=DnsTable(server=(row,)), vantage=vantages)


def snapshot(said: Config, *gaps: Gap) -> Snapshot:
    header = Header(tool_version="0.1.0", cloud="AzureCloud", started=NOW)
    return Snapshot(header=header, gaps=gaps, declared=declared(said), footer=Footer(finished=NOW))


def test_a_server_is_asked_from_the_vantage_that_must_reach_it_under_its_address_there() -> None:
    anywhere = VantageTable(name="anywhere")
    near = VantageTable(
        name="near", source="10.0.0.9", reaches=("10.0.0.4",), address_map={"10.0.0.4": "127.0.0.1:5304"}
    )
    said = config(anywhere, near)
    (transfer,) = planned(said, declared(said), {}).transfers.values()
    assert (transfer.server, transfer.vantage, transfer.zones) == ("10.0.0.4", "near", (ZONE,))
    assert transfer.peer == Peer(host="127.0.0.1", port=5304, source="10.0.0.9")
    assert transfer.key is None


def test_without_any_vantage_it_is_asked_from_here() -> None:
    (transfer,) = planned(config(), declared(config()), {}).transfers.values()
    assert (transfer.vantage, transfer.peer) == ("here", Peer(host="10.0.0.4", port=53))


def test_a_server_that_no_vantage_asks_leaves_a_gap_that_says_what_to_do() -> None:
    said = config(VantageTable(name="elsewhere", reaches=("10.0.0.5",)))
    plan = planned(said, declared(said), {})
    (gap,) = plan.gaps
    assert (plan.transfers, gap.reason) == ({}, Reason.NOT_ASKED)
    assert (gap.detail, gap.action) == (
        "zone corp.test was not transferred: no vantage asks this server",
        "add it to `reaches` of a [[vantage]]",
    )


def test_two_servers_of_one_address_are_not_mistaken_for_each_other() -> None:
    said = config()
    twin = ServerTable(address="10.0.0.4", network="vnet-other")
    said = replace(said, dns=replace(said.dns, server=(*said.dns.server, twin)))
    plan = planned(said, declared(said), {})
    assert plan.transfers == {}
    assert "several declared servers have this address" in plan.gaps[0].detail


def test_the_key_comes_from_the_variable_or_the_file(tmp_path: Path) -> None:
    file = tmp_path / "key"
    file.write_text(KEY, encoding="utf-8")
    file.chmod(0o600)
    for said, environ in ((config(tsig_env="KEY"), {"KEY": KEY}), (config(tsig_file=str(file)), {})):
        (transfer,) = planned(said, declared(said), environ).transfers.values()
        assert transfer.key is not None
        assert transfer.key.name == "xfr"


def test_a_key_that_cannot_be_used_ends_the_run_before_anything_is_read() -> None:
    said = config(tsig_env="KEY")
    with pytest.raises(ConfigError, match="KEY: expected a TSIG key"):
        planned(said, declared(said), {})


def test_a_key_file_that_others_can_read_is_refused_with_exit_code_2(tmp_path: Path) -> None:
    """As a person sees it: one sentence, no request to Azure, not a letter of the key."""
    file, toml = tmp_path / "transfer.key", tmp_path / "agent.toml"
    file.write_text(KEY, encoding="utf-8")
    file.chmod(0o644)
    toml.write_text(
        f'[[dns.server]]\naddress = "10.0.0.4"\ntransfer = ["corp.test"]\ntsig_file = "{file}"\n', encoding="utf-8"
    )
    done = agent("check", "--config", str(toml))
    refused(done, f"{file}: expected a TSIG key file with mode 0600 or 0400, found 0644.")
    assert KEY.rpartition(":")[2] not in done.stderr


@pytest.mark.real_servers
def test_what_a_server_gives_is_kept_as_what_that_server_holds(tmp_path: Path) -> None:
    with named(tmp_path, {ZONE: ("any", "a A 10.0.0.5\n")}) as port:
        said = config(VantageTable(reaches=("10.0.0.4",), address_map={"10.0.0.4": f"{HOST}:{port}"}))
        progress: list[str] = []
        read = with_transfers(snapshot(said), planned(said, declared(said), {}), said, progress.append)
    assert read.gaps == ()
    assert read.declared.servers[0].zones[0].records == {ZONE: (), Fqdn("a.corp.test"): ("10.0.0.5",)}
    assert progress == ["transferring 1 zone"]


# A run that transfers nothing


def test_a_run_that_transfers_nothing_says_so() -> None:
    (gap,) = without_transfers(snapshot(config()), config()).gaps
    assert (gap.kind, gap.scope, gap.reason) == ("dns", "10.0.0.4", Reason.NOT_ASKED)
    assert gap.on_purpose


def test_it_does_not_where_an_earlier_run_read_the_zone_or_told_why_not() -> None:
    said = config()
    read = snapshot(said)
    servers = (replace(read.declared.servers[0], zones=(HELD,)),)
    known = replace(read, declared=replace(read.declared, servers=servers))
    assert without_transfers(known, said) is known
    told = snapshot(said, Gap(kind="dns", scope="10.0.0.4 from here", reason=Reason.FORBIDDEN, detail=_detail()))
    assert without_transfers(told, said) is told


def _detail() -> str:
    return f"zone {ZONE} was not transferred: the server refuses it (REFUSED)"


def test_zones_stay_with_their_server_when_the_configuration_says_more_of_it() -> None:
    read = Declared(servers=(DeclaredServer(address="10.0.0.4", network="VNet-Hub", zones=(HELD,)),))
    said = Declared(
        servers=(
            DeclaredServer(address="10.0.0.4", network="vnet-hub", kind="bind"),
            DeclaredServer(address="10.0.0.4", network="vnet-other"),
        )
    )
    merged = holding(said, read)
    assert [(server.kind, server.zones) for server in merged.servers] == [("bind", (HELD,)), ("unknown", ())]


def test_no_probe_and_the_lab_transfer_nothing_and_say_so(tmp_path: Path) -> None:
    toml, facts = tmp_path / "agent.toml", tmp_path / "facts.gz"
    toml.write_text('[[dns.server]]\naddress = "192.0.2.77"\ntransfer = ["corp.test"]\n', encoding="utf-8")
    done = agent("check", "--lab", "azure-dns", "--config", str(toml), "--save", str(facts))
    assert done.returncode == 0, done.stderr
    gaps = [gap.detail for gap in read_snapshot(facts).gaps if gap.kind == "dns"]
    assert gaps == ["zone corp.test was not transferred: this run transfers nothing"]


def test_ctrl_c_during_a_transfer_ends_the_run_soon(tmp_path: Path) -> None:
    """The server takes the connection and says nothing."""
    toml = tmp_path / "agent.toml"
    with socket.create_server((HOST, 0)) as silent, serving("azure-dns", "--write-config", str(toml)) as exports:
        port = silent.getsockname()[1]
        more = f'''
[[dns.server]]
address = "10.99.0.4"
transfer = ["corp.test"]
[[vantage]]
name = "me"
reaches = ["10.99.0.4"]
address_map = {{ "10.99.0.4" = "{HOST}:{port}" }}
'''
        toml.write_text(toml.read_text(encoding="utf-8") + more, encoding="utf-8")
        process = subprocess.Popen(
            [AGENT, "check", "--config", str(toml)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=environment(exports),
        )
        silent.settimeout(LONGEST)
        connection, _ = silent.accept()
        with connection:
            started = time.monotonic()
            process.send_signal(signal.SIGINT)
            out, errors = process.communicate(timeout=LONGEST)
    assert (process.returncode, out, errors) == (130, "", "")
    assert time.monotonic() - started < 5
