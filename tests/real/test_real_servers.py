"""The real servers say what the estate means: the world that findings are later compared in."""

from __future__ import annotations

import errno
import json
import subprocess
import sys
import time
import tomllib
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from agent.lab.dns import DnsWorld
from agent.lab.internet import public_address
from agent.lab.scenarios import build
from collectors.graph.clouds import PLATFORM_RESOLVER
from collectors.graph.ids import Fqdn
from tests.real.ask import ask_one
from tests.real.inside import FAILED_TO_START
from tests.real.world import PUBLIC_RESOLVERS, Beside, run_in_real_world, vantages_of, vantages_toml

pytestmark = pytest.mark.real_servers

ASK = Path(__file__).with_name("ask.py")
STEM = "5eed0001-0000-4000-8000-00000000f0a1"
API, PRIVATE_API = (f"{STEM}.workspace.westeurope{zone}.api.azureml.ms" for zone in ("", ".privatelink"))
CERT = f"{STEM}.workspace.westeurope.cert.api.azureml.ms"
SPOKE = "lab/vnet-spoke-1"


def ask(breaks: list[str], name: str, server: str = "10.0.0.4") -> Any:
    """One question from spoke 1, in the hub and spokes after some faults."""
    estate = build("hub-spoke", breaks)
    source = next(vantage.source for vantage in vantages_of(estate) if vantage.name == SPOKE)
    questions = json.dumps([[server, source, name, "A"]])
    done = run_in_real_world(estate, [sys.executable, str(ASK), questions])
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)[0]


def test_the_healthy_world_leads_to_the_private_addresses() -> None:
    """The public name of the document, asked in a spoke at the server in the hub."""
    answer = ask([], API)
    assert (answer["rcode"], answer["chain"], answer["records"]) == ("NOERROR", [PRIVATE_API], ["10.1.0.5"])


@pytest.mark.parametrize("fault", ["zone-unlinked", "forwarder-removed", "forwarder-removed-silently"])
def test_without_the_link_or_the_forwarder_the_answer_is_public(fault: str) -> None:
    """The same chain, another end, the one that the embedded DNS gives too."""
    answer = ask([fault], API)
    assert (answer["rcode"], answer["chain"]) == ("NOERROR", [PRIVATE_API])
    assert answer["records"] == [public_address(Fqdn(PRIVATE_API))]


def test_a_missing_record_is_denied_after_the_cname() -> None:
    """NXDOMAIN, with the CNAME in the answer."""
    answer = ask(["record-missing"], CERT)
    assert (answer["rcode"], answer["records"]) == ("NXDOMAIN", [])
    assert answer["chain"] == [CERT.replace(".api.", ".privatelink.api.")]
    assert answer["denied_by"][0].startswith("privatelink.api.azureml.ms. azureprivatedns.net. ")


def test_azure_dns_has_a_view_for_each_network() -> None:
    """The zones are linked to the hub: the spoke itself sees the public address."""
    assert ask([], API, server=PLATFORM_RESOLVER)["records"] == [public_address(Fqdn(PRIVATE_API))]


NAMES = (
    (API, "A"),
    (API, "AAAA"),
    (CERT, "A"),
    (PRIVATE_API, "A"),
    (f"fraud.{STEM}.inference.westeurope.api.azureml.ms", "A"),
    (f"{STEM}.inference.westeurope.api.azureml.ms", "A"),
    (f"fraud.{STEM}.inference.westeurope.privatelink.api.azureml.ms", "A"),
    (f"nothing.westeurope.{PRIVATE_API.partition('.westeurope.')[2]}", "A"),
    ("westeurope.api.azureml.ms", "A"),
    ("no-such-host.example.org", "A"),
)


@pytest.mark.parametrize(
    "fault", ["", "zone-unlinked", "record-missing", "record-wrong-address", "zone-deleted", "connection-pending"]
)
def test_the_embedded_dns_agrees_with_the_real_servers(fault: str) -> None:
    """Every name, from every network, at every server: response code, chain and addresses are the same."""
    estate = build("hub-spoke", [fault] if fault else [])
    real = vantages_of(estate)
    questions = [
        (vantage.name, server, vantage.source, name, rdtype)
        for vantage in real
        for server in (*vantage.reaches, *PUBLIC_RESOLVERS)
        for name, rdtype in NAMES
    ]
    asked = [list(question[1:]) for question in questions]
    done = run_in_real_world(estate, [sys.executable, str(ASK), json.dumps(asked)])
    assert done.returncode == 0, done.stderr
    with DnsWorld(estate) as world:
        assert [(v.name, v.view, v.reaches) for v in world.vantages] == [(v.name, v.view, v.reaches) for v in real]
        maps = {vantage.name: vantage.address_map for vantage in world.vantages}
        embedded = [
            ask_one(maps[vantage][server], "127.0.0.1", name, rdtype) for vantage, server, _, name, rdtype in questions
        ]
    assert dict(zip(questions, json.loads(done.stdout), strict=True)) == dict(zip(questions, embedded, strict=True))


def test_what_the_command_prints_and_returns_comes_back() -> None:
    """Both streams and the exit code."""
    script = "import sys; print('out'); print('err', file=sys.stderr); sys.exit(3)"
    done = run_in_real_world(build("azure-dns"), [sys.executable, "-c", script])
    assert (done.returncode, done.stdout, done.stderr) == (3, "out\n", "err\n")


def test_a_server_beside_the_command_is_there_when_it_starts() -> None:
    """An ARM emulator on the namespace's own loopback, for instance."""
    service = Beside(
        command=[sys.executable, "-m", "http.server", "8099", "--bind", "127.0.0.1"], ready="127.0.0.1:8099"
    )
    script = "import urllib.request as u; print(u.urlopen('http://127.0.0.1:8099', timeout=3).status)"
    done = run_in_real_world(build("azure-dns"), [sys.executable, "-c", script], beside=[service])
    assert (done.returncode, done.stdout) == (0, "200\n")


def test_nothing_inside_reaches_the_world_outside() -> None:
    """No route leads anywhere."""
    script = (
        "import socket\ntry: socket.create_connection(('192.0.2.1', 53), timeout=2)\n"
        "except OSError as error: print(error.errno)"
    )
    done = run_in_real_world(build("azure-dns"), [sys.executable, "-c", script])
    assert done.stdout.split() == [str(errno.ENETUNREACH)]


def test_a_server_that_does_not_start_says_why() -> None:
    """The log of BIND comes back instead of a hanging test."""
    healthy = build("hub-spoke")
    broken = replace(healthy.servers[0], forwards={Fqdn("x.example"): ("not-an-address",)})
    done = run_in_real_world(replace(healthy, servers=(broken,)), [sys.executable, "-c", ""])
    assert done.returncode == FAILED_TO_START
    assert "not-an-address" in done.stderr


def test_a_command_that_takes_too_long_is_ended_with_everything_in_the_namespace(tmp_path: Path) -> None:
    """No server outlives the test that started it."""
    alive = tmp_path / "alive"
    script = (
        "import pathlib, sys, time\nfor n in range(600): pathlib.Path(sys.argv[1]).write_text(str(n)); time.sleep(0.05)"
    )
    with pytest.raises(subprocess.TimeoutExpired):
        run_in_real_world(build("azure-dns"), [sys.executable, "-c", script, str(alive)], timeout=2.0)
    last = alive.read_text()
    time.sleep(0.3)
    assert alive.read_text() == last


def test_the_vantages_are_written_as_tables_of_the_configuration() -> None:
    """Real addresses and ports: no address map."""
    tables = tomllib.loads(vantages_toml(build("hub-spoke")))["vantage"]
    assert [table["name"] for table in tables] == ["lab/vnet-hub", "lab/vnet-spoke-1", "lab/vnet-spoke-2"]
    assert [table["source"] for table in tables] == ["10.0.0.10", "10.1.0.10", "10.2.0.10"]
    assert tables[1]["reaches"] == ["10.0.0.4", PLATFORM_RESOLVER]
