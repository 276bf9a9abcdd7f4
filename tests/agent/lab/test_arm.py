"""The ARM emulator over real HTTP: what a healthy Resource Manager answers, and to whom."""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest

from agent.lab.scenarios import ML_PROD, build
from agent.lab.world import LabWorld
from collectors.arm.kinds import KINDS, children
from collectors.graph.ids import ArmId
from tests.agent.lab.asking import API_ZONE, AUDIENCE, HUB, SPOKES, ZONES, ask, pages, read


@pytest.fixture(scope="module")
def world() -> Iterator[LabWorld]:
    with LabWorld(build("hub-spoke"), page_size=3) as running:
        yield running


def test_walking_the_kinds_finds_every_document_as_built(world: LabWorld) -> None:
    """A walk from the tenant down, by the table alone, sees exactly the estate."""
    found: dict[ArmId, Any] = {}
    scopes: list[tuple[str | None, str]] = [(None, "")]
    while scopes:
        parent, scope = scopes.pop()
        for kind in children(parent):
            path = kind.path.replace("{scope}", scope)
            if kind.single:
                found[ArmId(path)] = read(world, path).body
                continue
            for body in (item for page in pages(world, path) for item in page):
                found[ArmId(body["id"])] = body
                scopes.append((kind.name, body["id"]))
    built = build("hub-spoke").documents
    by_reference = {id for id, document in built.items() if KINDS[document.kind].by_reference}
    assert found == {id: document.body for id, document in built.items() if id not in by_reference}
    assert by_reference
    assert all(read(world, str(id)).body == built[id].body for id in by_reference)


def test_every_document_answers_to_its_own_id_in_any_case(world: LabWorld) -> None:
    for id, document in build("hub-spoke").documents.items():
        for spelling in (str(id), str(id).upper().replace("/SUBSCRIPTIONS", "/subscriptions")):
            reply = read(world, spelling.replace("*", "%2A").replace("@", "%40"))
            assert (reply.status, reply.body) == (200, document.body)


def test_paths_may_say_resourcegroups_and_double_slashes(world: LabWorld) -> None:
    assert read(world, API_ZONE.replace("resourceGroups", "resourcegroups")).status == 200
    assert read(world, API_ZONE.replace("/providers", "//providers")).status == 200


def test_a_listing_below_a_resource_group_holds_only_that_group(world: LabWorld) -> None:
    networks = "providers/Microsoft.Network/networkInterfaces"
    (everything,) = pages(world, f"{SPOKES}/{networks}")
    (some,) = pages(world, f"{SPOKES}/resourceGroups/rg-ml-prod/{networks}")
    assert (len(everything), len(some)) == (2, 1)


def test_next_link_is_absolute_with_a_port_and_an_encoded_token(world: LabWorld) -> None:
    link = read(world, f"{API_ZONE}/ALL").body["nextLink"]
    assert link.startswith(f"{world.endpoint}/subscriptions/")
    assert "&$skipToken=ZG9jdW1lbnRzLzM%3D" in link


def test_the_last_page_has_no_next_link(world: LabWorld) -> None:
    assert "nextLink" not in read(world, ZONES).body


@pytest.mark.parametrize(("path", "sizes"), [(f"{API_ZONE}/ALL", [1, 1, 1, 1]), ("/subscriptions", [2])])
def test_top_cuts_pages_where_the_api_has_it(world: LabWorld, path: str, sizes: list[int]) -> None:
    assert [len(page) for page in pages(world, path, "&$top=1")] == sizes


def test_top_never_enlarges_a_page(world: LabWorld) -> None:
    assert [len(page) for page in pages(world, f"{API_ZONE}/ALL", "&$top=1000")] == [3, 1]


@pytest.mark.parametrize("more", ["&$top=0", "&$top=many", "&$skipToken=zzz", "&$skipToken=%00", "&$skiptoken=YWJj"])
def test_nonsense_in_paging_is_a_bad_request(world: LabWorld, more: str) -> None:
    assert (read(world, ZONES, more).status, read(world, ZONES, more).code) == (400, "BadRequest")


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("", "MissingApiVersionParameter"),
        ("?api-version=", "MissingApiVersionParameter"),
        ("?api-version=latest", "InvalidApiVersionParameter"),
    ],
)
def test_a_request_needs_an_api_version(world: LabWorld, query: str, code: str) -> None:
    reply = ask(world, ZONES + query)
    assert (reply.status, reply.code) == (400, code)


def test_the_name_of_api_version_is_read_without_case(world: LabWorld) -> None:
    assert ask(world, f"{ZONES}?API-Version=2024-06-01").status == 200


def test_a_request_needs_a_token_of_the_lab_for_resource_manager(world: LabWorld) -> None:
    target = f"{ZONES}?api-version=2024-06-01"
    good = world.credential.get_token(AUDIENCE).token
    head, claims, signature = good.split(".")
    foreign = world.credential.get_token("https://graph.microsoft.com/.default").token
    missing = ask(world, target, token="")
    assert (missing.status, missing.code) == (401, "AuthenticationFailed")
    assert missing.headers["www-authenticate"].startswith("Bearer ")
    for token in ("nonsense", f"{head}.{claims}x.{signature}", f"{head}.{claims}.", foreign, "."):
        reply = ask(world, target, token=token)
        assert (reply.status, reply.code) == (401, "InvalidAuthenticationToken")


def test_a_token_has_the_claims_of_an_identity(world: LabWorld) -> None:
    payload = world.credential.get_token(AUDIENCE).token.split(".")[1]
    claims = json.loads(urlsafe_b64decode(payload + "=="))
    assert claims["aud"] == "https://management.azure.com"
    assert claims.keys() >= {"oid", "tid", "appid", "exp", "iss"}


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"])
def test_nothing_but_get_is_allowed_and_the_try_is_logged(world: LabWorld, method: str) -> None:
    reply = ask(world, f"{API_ZONE}?api-version=2024-06-01", method=method)
    assert (reply.status, reply.headers["allow"]) == (405, "GET")
    last = list(world.requests)[-1]
    assert (last.method, last.path, last.status, last.authorized) == (method, API_ZONE, 405, True)


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("/subscriptions/99999999-0000-4000-8000-000000000000", "SubscriptionNotFound"),
        ("/subscriptions/99999999-0000-4000-8000-000000000000/resourceGroups/a", "SubscriptionNotFound"),
        (API_ZONE.replace("rg-dns", "rg-none"), "ResourceGroupNotFound"),
        (API_ZONE + "x", "ResourceNotFound"),
        (API_ZONE + "x/ALL", "ParentResourceNotFound"),
        (API_ZONE + "x/A/www", "ParentResourceNotFound"),
        (API_ZONE + "/A/www", "NotFound"),
        (API_ZONE + "/virtualNetworkLinks/www", "NotFound"),
        (f"{SPOKES}/providers/Microsoft.Unknown/things", "InvalidResourceType"),
        ("/providers", "InvalidResourceType"),
        ("/", "InvalidResourceType"),
        ("/subscriptions/%00", "InvalidResourceType"),
        ("/%ff%fe/%0a", "InvalidResourceType"),
        ("/providers/Microsoft.Network/privateDnsZones/z/A/n", "NotFound"),
    ],
)
def test_what_is_not_there_is_not_found_in_arms_words(world: LabWorld, path: str, code: str) -> None:
    reply = read(world, path)
    assert (reply.status, reply.code) == (404, code)


def test_permissions_answer_at_any_scope(world: LabWorld) -> None:
    permissions = "/providers/Microsoft.Authorization/permissions"
    for scope in (HUB, f"{HUB}/resourceGroups/rg-dns", API_ZONE):
        assert read(world, scope + permissions).body == {"value": [{"actions": ["*/read"], "notActions": []}]}


def test_answers_carry_the_rate_limit_headers_of_their_provider(world: LabWorld) -> None:
    dns, network = read(world, ZONES), read(world, f"{HUB}/providers/Microsoft.Network/virtualNetworks")
    assert int(dns.headers["x-ms-ratelimit-remaining-subscription-resource-requests"]) > 0
    assert int(network.headers["x-ms-ratelimit-remaining-subscription-reads"]) > 0


def test_single_resources_come_in_lines_and_lists_compact(world: LabWorld) -> None:
    assert "\n" in read(world, API_ZONE).text
    assert "\n" not in read(world, ZONES).text


def test_the_real_sdk_client_with_the_real_credential_chain_lists_endpoints(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """DefaultAzureCredential on the managed-identity path, as in Container Apps."""
    from azure.core.pipeline import PipelineRequest
    from azure.core.pipeline.policies import SansIOHTTPPolicy
    from azure.identity import DefaultAzureCredential
    from azure.mgmt.network import NetworkManagementClient

    class PlainHttp(SansIOHTTPPolicy[Any, Any]):
        def on_request(self, request: PipelineRequest[Any]) -> None:
            request.context.options.setdefault("enforce_https", False)

    with LabWorld(build("hub-spoke"), page_size=1) as world:
        for name, value in world.environment.items():
            monkeypatch.setenv(name, value)
        with (
            DefaultAzureCredential() as credential,
            NetworkManagementClient(
                credential, ML_PROD, base_url=world.endpoint, per_call_policies=[PlainHttp()]
            ) as client,
        ):
            (endpoint,) = client.private_endpoints.list_by_subscription()
            interfaces = list(client.network_interfaces.list_all())
            networks = list(client.virtual_networks.list_all())
            group = client.private_dns_zone_groups.get("RG-ML-Prod", "pe-mlw-prod", "default")
        assert endpoint.name == "pe-mlw-prod"
        assert [(interface.name or "").partition(".")[0] for interface in interfaces] == ["nic-app-1", "pe-mlw-prod"]
        assert [network.name for network in networks] == ["vnet-spoke-1", "vnet-spoke-2"]
        assert len(group.private_dns_zone_configs) == 2
        asked = list(world.requests)
    assert {request.method for request in asked} == {"GET"}
    assert {request.host for request in asked} == {urlsplit(world.endpoint).netloc}
    assert {request.status for request in asked} == {200}


def test_the_real_credential_asks_the_metadata_service_of_a_virtual_machine(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from azure.identity import ManagedIdentityCredential

    with LabWorld(build("azure-dns")) as world:
        monkeypatch.setenv("AZURE_POD_IDENTITY_AUTHORITY_HOST", world.endpoint)
        with ManagedIdentityCredential() as credential:
            token = credential.get_token(AUDIENCE).token
        assert ask(world, "/subscriptions?api-version=2022-12-01", token=token).status == 200


def test_token_endpoints_want_their_header_and_a_resource(world: LabWorld) -> None:
    app_service, imds = "/msi/token?api-version=2019-08-01", "/metadata/identity/oauth2/token?api-version=2018-02-01"
    secret = world.environment["IDENTITY_HEADER"]
    resource = "&resource=https://management.azure.com"
    assert ask(world, app_service + resource, token="", X_IDENTITY_HEADER="wrong").status == 401
    assert ask(world, app_service + resource, token="").status == 401
    assert ask(world, app_service, token="", X_IDENTITY_HEADER=secret).status == 400
    assert ask(world, imds + resource, token="").status == 400
    answer = ask(world, imds + resource, token="", Metadata="true").body
    assert answer.keys() >= {"access_token", "expires_in", "expires_on", "token_type"}


def test_the_log_is_a_bounded_copy(world: LabWorld) -> None:
    before = len(world.requests)
    read(world, ZONES)
    log = list(world.requests)
    assert len(log) == before + 1
    assert (log[-1].query, log[-1].status) == ("api-version=2024-06-01", 200)
    assert KINDS["private-dns-zone"].type in log[-1].path
