"""Tokens come from the real credential chain, are asked for once, and are told to nobody."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from azure.core.credentials import AccessToken

from collectors.azure.credential import Identity, SharedCredential, identity_of, no_token, open_credential, token_scope
from collectors.graph.clouds import CLOUDS
from collectors.graph.errors import CredentialError
from tests.collectors.azure.arm_server import OBJECT_ID, TENANT_ID, TOKEN, ArmServer, failed, jwt

AZURE = CLOUDS["AzureCloud"]


class CountingCredential:
    """Issues tokens that live for a given time."""

    def __init__(self, lifetime: float) -> None:
        self.asked: list[tuple[str | None, str | None]] = []
        self._lifetime = lifetime

    def get_token(
        self, *scopes: str, claims: str | None = None, tenant_id: str | None = None, **options: object
    ) -> AccessToken:
        self.asked.append((claims, tenant_id))
        time.sleep(0.01)
        return AccessToken(f"token-{len(self.asked)}", int(time.time() + self._lifetime))


def test_the_first_token_of_a_managed_identity_is_there_when_the_credential_opens(environment: ArmServer) -> None:
    with open_credential("", AZURE) as credential:
        assert credential.get_token(token_scope(AZURE)).token == TOKEN
    assert len(environment.seen) == 1
    assert "resource=https://management.azure.com" in environment.seen[0].path


def test_the_audience_of_the_cloud_is_asked_for_unless_overridden() -> None:
    assert token_scope(CLOUDS["AzureUSGovernment"]) == "https://management.core.usgovcloudapi.net/.default"
    assert token_scope(AZURE, "https://arm.local/") == "https://arm.local/.default"


def test_no_token_is_one_sentence_that_names_what_was_tried(
    environment: ArmServer, capfd: pytest.CaptureFixture[str]
) -> None:
    environment.on("/msi/token", failed(400, "no_identity", "secret text"))
    with pytest.raises(CredentialError) as caught:
        open_credential("", AZURE)
    text = str(caught.value)
    assert text.startswith("no token for AzureCloud could be obtained (tried: ManagedIdentity)")
    assert "\n" not in text
    assert len(text) < 400
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize(
    "reason",
    [
        "VisualStudioCodeCredential requires the 'azure-identity-broker' package to be installed. You must also.",
        "InteractiveBrowserBrokerCredential unavailable. The 'azure-identity-broker' package is required.",
        "Azure CLI not found on path",
        "PowerShell is not installed",
        "Please run 'az login' to set up an account",
    ],
)
def test_a_way_to_sign_in_that_is_not_set_up_is_no_reason(reason: str) -> None:
    """Nobody who only has to sign in should read of packages first."""
    text = no_token(f"failed\nAttempted credentials:\n\tVisualStudioCodeCredential: {reason}\n", AZURE)
    assert text == (
        "no token for AzureCloud could be obtained (tried: VisualStudioCode); "
        "sign in with 'az login' or assign a managed identity"
    )


def test_a_way_that_was_tried_and_failed_is_the_reason() -> None:
    text = no_token(
        "failed\n\tVisualStudioCodeCredential: VisualStudioCodeCredential requires the 'x' package to be installed.\n"
        "\tAzureCliCredential: AADSTS700082: The refresh token has expired. Trace: 1\n",
        AZURE,
    )
    assert "; AADSTS700082: The refresh token has expired; sign in" in text


def test_an_environment_that_makes_no_sense_is_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AZURE_TOKEN_CREDENTIALS", "nonsense")
    with pytest.raises(CredentialError, match="credential settings of this environment are wrong") as caught:
        open_credential("", AZURE)
    assert "\n" not in str(caught.value)


def test_threads_share_one_token() -> None:
    counting = CountingCredential(3600)
    shared = SharedCredential(counting)
    with ThreadPoolExecutor(8) as pool:
        tokens = {token.token for token in pool.map(shared.get_token, ["scope"] * 16)}
    assert tokens == {"token-1"}


def test_a_token_near_its_end_is_renewed() -> None:
    shared = SharedCredential(CountingCredential(60))
    assert [shared.get_token("scope").token for _ in range(2)] == ["token-1", "token-2"]


def test_a_claims_challenge_and_the_tenant_reach_the_credential() -> None:
    counting = CountingCredential(3600)
    shared = SharedCredential(counting, "tenant")
    shared.get_token("scope")
    assert shared.get_token("scope", claims="{}").token == "token-2"
    assert shared.get_token("scope").token == "token-2"
    assert counting.asked == [(None, "tenant"), ("{}", "tenant")]


def test_the_identity_is_read_from_the_token() -> None:
    assert identity_of(TOKEN) == Identity(object_id=OBJECT_ID, tenant=TENANT_ID)


@pytest.mark.parametrize(
    "token",
    [
        "",
        "opaque",
        "a.b",
        "a.%%%.c",
        "a.bnVsbA.c",
        "a." + "A" * 100_000 + ".c",
        jwt({"oid": 5, "tid": "x y\n"}),
        jwt({}),
    ],
)
def test_a_token_that_says_nothing_usable_gives_no_identity(token: str) -> None:
    assert identity_of(token) == Identity()
