"""What the real `az` needs of the lab: https with a certificate good for nothing else, and the cloud's metadata."""

from __future__ import annotations

import json
import ssl
import urllib.request
from base64 import urlsafe_b64decode
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.error import URLError

import pytest

from agent.lab.metadata import CLOUD_NAME
from agent.lab.scenarios import build
from agent.lab.world import LabWorld
from collectors.graph.clouds import CLOUDS

METADATA = "/metadata/endpoints?api-version=2022-09-01"
AUDIENCE = CLOUDS["AzureCloud"].audience


@pytest.fixture(scope="module")
def world() -> Iterator[LabWorld]:
    with LabWorld(build("hub-spoke"), https=True, page_size=1) as running:
        yield running


def trusting(world: LabWorld) -> ssl.SSLContext:
    """What trusts the lab's CA, as strictly as Python can check."""
    context = ssl.create_default_context(cafile=world.environment["REQUESTS_CA_BUNDLE"])
    context.verify_flags |= ssl.VERIFY_X509_STRICT
    return context


def read(world: LabWorld, url: str, *, token: str = "") -> Any:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    with urllib.request.urlopen(
        urllib.request.Request(url, headers=headers), context=trusting(world), timeout=5
    ) as answer:
        return json.load(answer)


def test_the_metadata_lead_back_to_the_lab_and_nowhere_else(world: LabWorld) -> None:
    """A list of one cloud, read without a token; every host is the lab's or one that nobody can have."""
    assert world.environment["ARM_CLOUD_METADATA_URL"] == world.https_endpoint + METADATA
    (cloud,) = read(world, world.https_endpoint + METADATA)
    assert (cloud["name"], cloud["resourceManager"]) == (CLOUD_NAME, world.https_endpoint)
    assert cloud["authentication"]["audiences"] == [AUDIENCE]
    urls = [value for value in (*cloud.values(), *cloud["authentication"].values()) if str(value).startswith("http")]
    assert {url for url in urls if url != world.https_endpoint} == {"https://nowhere.invalid"}


def test_the_metadata_name_the_host_that_was_asked(world: LabWorld) -> None:
    with urllib.request.urlopen(world.endpoint + METADATA, timeout=5) as answer:
        (cloud,) = json.load(answer)
    assert cloud["resourceManager"] == world.endpoint


def test_resource_manager_answers_over_https_and_its_pages_stay_there(world: LabWorld) -> None:
    token = world.credential.get_token(AUDIENCE).token
    page = read(world, f"{world.https_endpoint}/subscriptions?api-version=2022-12-01", token=token)
    assert page["nextLink"].startswith(world.https_endpoint)
    assert len(read(world, page["nextLink"], token=token)["value"]) == 1


@pytest.mark.parametrize("trusted", ["nobody", "another lab"])
def test_who_does_not_trust_this_labs_authority_gets_no_answer(world: LabWorld, trusted: str) -> None:
    with LabWorld(build("hub-spoke"), https=True) as other:
        context = trusting(other) if trusted == "another lab" else ssl.create_default_context()
        with pytest.raises(URLError, match="CERTIFICATE_VERIFY_FAILED"):
            urllib.request.urlopen(world.https_endpoint + METADATA, context=context, timeout=5)


def test_nothing_of_the_certificate_outlives_the_lab() -> None:
    with LabWorld(build("azure-dns"), https=True) as running:
        folder = Path(running.environment["SSL_CERT_FILE"]).parent
        assert folder.stat().st_mode & 0o777 == 0o700
        assert {file.name for file in folder.iterdir()} == {"ca.pem", "server.pem", "server.key"}
        assert (folder / "server.key").stat().st_mode & 0o777 == 0o600
    assert not folder.exists()


def test_without_https_nothing_is_said_of_it() -> None:
    with LabWorld(build("azure-dns")) as running:
        assert running.https_endpoint == ""
        assert not {"ARM_CLOUD_METADATA_URL", "REQUESTS_CA_BUNDLE", "SSL_CERT_FILE"} & running.environment.keys()


def test_a_token_says_which_resource_it_is_the_identity_of(world: LabWorld) -> None:
    payload = world.credential.get_token(AUDIENCE).token.split(".")[1]
    claims = json.loads(urlsafe_b64decode(payload + "=="))
    assert claims["xms_mirid"].startswith("/subscriptions/")
