"""A running lab starts and ends quickly, cleanly and silently, and says how a run should be configured."""

from __future__ import annotations

import io
import json
import socket
import threading
import time
import tomllib
from pathlib import Path
from typing import Any, BinaryIO, cast
from urllib.parse import urlsplit

import pytest

from agent.lab.arm_faults import parse_arm_fault
from agent.lab.configuration import configuration_text
from agent.lab.estate import LabEstate
from agent.lab.scenarios import build
from agent.lab.world import LabWorld
from collectors.graph.declared import DeclaredClient, DeclaredServer, Site
from collectors.graph.errors import UsageError
from collectors.graph.ids import Fqdn
from tests.agent.lab.asking import AUDIENCE, ask


def test_a_lab_starts_at_once_and_leaves_nothing_behind(capfd: pytest.CaptureFixture[str]) -> None:
    threads, begin = set(threading.enumerate()), time.monotonic()
    with LabWorld(build("hub-spoke"), faults=(parse_arm_fault("cut:*"),)) as world:
        assert time.monotonic() - begin < 0.5
        with pytest.raises(OSError, match="in use"):
            socket.create_server(("127.0.0.1", _port(world)))
        with pytest.raises(Exception, match="IncompleteRead"):
            ask(world, "/subscriptions?api-version=2022-12-01")
    assert set(threading.enumerate()) == threads
    with socket.create_server(("127.0.0.1", _port(world))):
        pass
    assert capfd.readouterr() == ("", "")


def test_two_labs_run_side_by_side_and_refuse_each_others_tokens() -> None:
    with LabWorld(build("hub-spoke")) as one, LabWorld(build("azure-dns")) as other:
        token = one.credential.get_token(AUDIENCE).token
        target = "/subscriptions?api-version=2022-12-01"
        assert [ask(world, target, token=token).status for world in (one, other)] == [200, 401]


def test_a_taken_port_is_one_sentence() -> None:
    with LabWorld(build("azure-dns")) as world, pytest.raises(UsageError, match="cannot listen"):
        LabWorld(build("azure-dns"), port=_port(world)).__enter__()


def test_the_request_log_is_written_line_by_line() -> None:
    sink = io.BytesIO()
    with LabWorld(build("azure-dns"), log_to=sink) as world:
        ask(world, "/subscriptions?api-version=2022-12-01")
        (line,) = sink.getvalue().splitlines()
    assert json.loads(line) == {
        "method": "GET",
        "host": urlsplit(world.endpoint).netloc,
        "path": "/subscriptions",
        "query": "api-version=2022-12-01",
        "authorized": True,
        "status": 200,
    }


def test_a_full_disk_ends_the_log_and_not_the_lab() -> None:
    with (
        Path("/dev/full").open("wb", buffering=0) as full,
        LabWorld(build("azure-dns"), log_to=cast(BinaryIO, full)) as world,
    ):
        assert ask(world, "/subscriptions?api-version=2022-12-01").status == 200
        assert world.requests.failure == "No space left on device"


def test_the_credential_speaks_both_protocols_of_azure_core() -> None:
    from azure.core.credentials import SupportsTokenInfo, TokenCredential

    with LabWorld(build("azure-dns")) as world, world.credential as credential:
        assert isinstance(credential, TokenCredential)
        assert isinstance(credential, SupportsTokenInfo)
        assert credential.get_token(AUDIENCE).expires_on > time.time()
        assert credential.get_token_info(AUDIENCE).token_type == "Bearer"


def test_what_is_declared_has_a_vantage_for_every_network() -> None:
    with LabWorld(build("hub-spoke", ["forwarder-removed-silently"])) as world:
        declared = world.declared
    (server,) = declared.servers
    assert Fqdn("api.azureml.ms") in (server.forwards or {})
    assert [vantage.name for vantage in declared.vantages] == [
        "lab/vnet-hub",
        "lab/vnet-spoke-1",
        "lab/vnet-spoke-2",
    ]
    assert declared.public_resolvers == ("198.51.100.53",)
    assert declared.clients == (DeclaredClient(workspace="*", networks=("vnet-spoke-1", "vnet-spoke-2")),)


def test_the_configuration_says_what_is_declared() -> None:
    with LabWorld(build("hub-spoke")) as world:
        written: dict[str, Any] = tomllib.loads(configuration_text(world))
        assert written["azure"] == {"cloud": "AzureCloud", "endpoint": world.endpoint}
        vantages = world.declared.vantages
    assert written["scope"]["clients"] == [{"workspace": "*", "networks": ["vnet-spoke-1", "vnet-spoke-2"]}]
    assert written["dns"]["public"] == ["198.51.100.53"]
    (server,) = written["dns"]["server"]
    assert (server["address"], server["network"], server["kind"]) == ("10.0.0.4", "vnet-hub", "bind")
    assert server["forwards"]["."] == ["198.51.100.53"]
    assert len(server["forwards"]) == 6
    for vantage, row in zip(vantages, written["vantage"], strict=True):
        assert (row["name"], row["view"]) == (vantage.name, vantage.view)
        assert (tuple(row["reaches"]), row["address_map"]) == (vantage.reaches, vantage.address_map)


@pytest.mark.parametrize(
    ("scenario", "cloud"),
    [("azure-dns", "AzureCloud"), ("us-government", "AzureUSGovernment"), ("china", "AzureChinaCloud")],
)
def test_the_configuration_names_the_cloud_that_is_played(scenario: str, cloud: str) -> None:
    with LabWorld(build(scenario)) as world:
        assert tomllib.loads(configuration_text(world))["azure"]["cloud"] == cloud


def test_the_configuration_survives_hostile_names_and_keeps_absent_from_empty() -> None:
    hostile = 'a"b\\c\x7f\x00\n\U0001f600é'
    estate = LabEstate(
        documents={},
        servers=(),
        declared=(
            DeclaredServer(address="192.0.2.1", site=hostile),
            DeclaredServer(address="192.0.2.2", forwards={}, records={Fqdn("a.b"): ("192.0.2.9",)}),
        ),
        clients=(DeclaredClient(workspace=hostile, sites=(hostile,)),),
        sites=(Site(name=hostile, address_space=("192.0.2.0/24",), servers=("192.0.2.1",)),),
    )
    with LabWorld(estate) as world:
        written = tomllib.loads(configuration_text(world))
    unknown, iterating = written["dns"]["server"]
    assert "forwards" not in unknown
    assert iterating["forwards"] == {}
    assert iterating["records"] == {"a.b": ["192.0.2.9"]}
    assert written["site"][0]["name"] == unknown["site"] == hostile
    assert written["scope"]["clients"] == [{"workspace": hostile, "sites": [hostile]}]


def _port(world: LabWorld) -> int:
    return urlsplit(world.endpoint).port or 0
