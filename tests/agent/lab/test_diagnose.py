"""The lab's own diagnosis of workspaces by plain HTTP: as it was recorded of Azure, and of what was asked for only."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

import pytest

from agent.lab.scenarios import ML_PROD, build
from agent.lab.world import LabWorld
from tests.agent.lab.asking import Reply, ask

GROUP = f"/subscriptions/{ML_PROD}/resourceGroups/rg-ml-prod"
WORKSPACES = f"{GROUP}/providers/Microsoft.MachineLearningServices/workspaces"
WORKSPACE = f"{WORKSPACES}/mlw-fraud-detection-prod"
ONLY_DNS: Mapping[str, Any] = {"value": {"dnsResolution": {}}}


@pytest.fixture(scope="module")
def world() -> Iterator[LabWorld]:
    with LabWorld(build("hub-spoke")) as running:
        yield running


def begun(world: LabWorld, workspace: str, content: object) -> Reply:
    target = f"{workspace}/diagnose?api-version=2024-10-01"
    return ask(world, target, method="POST", content=json.dumps(content).encode())


def look(world: LabWorld, reply: Reply) -> Reply:
    place = urlsplit(reply.headers["location"])
    assert f"{place.scheme}://{place.netloc}" == world.endpoint
    return ask(world, f"{place.path}?{place.query}")


def diagnosed(world: LabWorld, workspace: str, content: Mapping[str, Any]) -> Any:
    """The finished answer."""
    reply = begun(world, workspace, content)
    while reply.status == 202:
        reply = look(world, reply)
    assert reply.status == 200
    return reply.body


def test_it_is_accepted_without_a_body_then_looked_at(world: LabWorld) -> None:
    first = begun(world, WORKSPACE, ONLY_DNS)
    assert (first.status, first.text, first.headers["retry-after"]) == (202, "", "1")
    assert "azure-asyncoperation" not in first.headers
    assert "/workspaceOperationsStatus/" in first.headers["location"]
    second = look(world, first)
    assert (second.status, second.headers["location"]) == (202, first.headers["location"])
    assert look(world, second).status == 200


def test_a_network_with_servers_of_its_own_is_told_with_its_endpoint(world: LabWorld) -> None:
    (result,) = diagnosed(world, WORKSPACE, ONLY_DNS)["value"]["dnsResolutionResults"]
    assert (result["code"], result["level"]) == ("CustomDnsInUse", "Warning")
    assert "/virtualNetworks/vnet-spoke-1'" in result["message"]
    assert "/privateEndpoints/pe-mlw-prod'" in result["message"]


def test_only_the_sections_that_were_asked_for_are_there(world: LabWorld) -> None:
    assert diagnosed(world, WORKSPACE, {"value": {"applicationInsights": {}}}) == {
        "value": {"applicationInsightsResults": []}
    }
    both = diagnosed(world, WORKSPACE, {"value": {"dnsResolution": {}, "others": {}}})
    assert set(both["value"]) == {"dnsResolutionResults", "otherResults"}


def test_ids_are_compared_without_case(world: LabWorld) -> None:
    assert begun(world, WORKSPACE.lower(), ONLY_DNS).status == 202


@pytest.mark.parametrize("content", [[], {}, {"value": []}, {"value": {"magic": {}}}, {"value": {"udr": 1}}])
def test_a_body_that_is_not_understood_is_refused(world: LabWorld, content: object) -> None:
    reply = begun(world, WORKSPACE, content)
    assert (reply.status, reply.code) == (400, "BadRequest")


def test_no_json_is_refused_too(world: LabWorld) -> None:
    reply = ask(world, f"{WORKSPACE}/diagnose?api-version=2024-10-01", method="POST", content=b"{")
    assert reply.status == 400


def test_a_workspace_that_is_not_there_is_not_found(world: LabWorld) -> None:
    reply = begun(world, f"{WORKSPACES}/gone", ONLY_DNS)
    assert (reply.status, reply.code) == (404, "ResourceNotFound")


@pytest.mark.parametrize(
    "path", [f"{WORKSPACE}/listKeys", WORKSPACE, f"{GROUP}/diagnose", "/diagnose", f"{WORKSPACES}/%07/diagnose"]
)
def test_no_other_post_is_taken(world: LabWorld, path: str) -> None:
    reply = ask(world, f"{path}?api-version=2024-10-01", method="POST", content=b"{}")
    assert (reply.status, reply.code) == (405, "HttpMethodNotSupported")


def test_it_wants_a_token_and_a_version_as_everything_does(world: LabWorld) -> None:
    assert ask(world, f"{WORKSPACE}/diagnose?api-version=2024-10-01", method="POST", token="").status == 401
    assert ask(world, f"{WORKSPACE}/diagnose", method="POST", content=b"{}").code == "MissingApiVersionParameter"


def test_nobody_looks_at_what_was_never_begun(world: LabWorld) -> None:
    place = f"/subscriptions/{ML_PROD}/providers/Microsoft.MachineLearningServices/locations/westeurope"
    reply = ask(world, f"{place}/workspaceOperationsStatus/{ML_PROD}?api-version=2024-10-01")
    assert reply.status == 404
