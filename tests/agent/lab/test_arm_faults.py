"""Each way in which Resource Manager can fail, and the words that ask for it."""

from __future__ import annotations

import json
import time
from http.client import IncompleteRead
from urllib.parse import urlsplit

import pytest

from agent.lab.arm_faults import ArmFault, Behaviour, parse_arm_fault
from agent.lab.scenarios import CONNECTIVITY, ML_PROD, build
from agent.lab.world import LabWorld
from collectors.graph.errors import UsageError
from tests.agent.lab.asking import API_ZONE, HUB, SPOKES, ZONES, ask, pages, read

PERMISSIONS = "/providers/Microsoft.Authorization/permissions"


def lab(*faults: str, page_size: int = 100) -> LabWorld:
    return LabWorld(build("hub-spoke"), faults=tuple(map(parse_arm_fault, faults)), page_size=page_size)


def test_forbidden_names_the_action_and_the_rest_still_answers() -> None:
    with lab("forbidden:private-dns-zone") as world:
        reply = read(world, ZONES)
        assert (reply.status, reply.code) == (403, "AuthorizationFailed")
        assert f"'Microsoft.Network/privateDnsZones/read' over scope '{HUB}'" in reply.body["error"]["message"]
        assert read(world, f"{API_ZONE}/ALL").status == 200


def test_forbidden_kinds_are_missing_from_the_permissions_too() -> None:
    with lab(f"forbidden:zone-link@{HUB}") as world:
        (hub,), (spokes,) = (read(world, scope + PERMISSIONS).body["value"] for scope in (HUB, SPOKES))
        assert hub["notActions"] == ["Microsoft.Network/privateDnsZones/virtualNetworkLinks/read"]
        assert spokes["notActions"] == []


def test_forbidden_below_a_subscription_leaves_the_other_readable() -> None:
    networks = "/providers/Microsoft.Network/virtualNetworks"
    with lab(f"forbidden:{HUB}") as world:
        assert [read(world, scope + networks).status for scope in (HUB, SPOKES)] == [403, 200]
        assert read(world, HUB + PERMISSIONS).status == 403
        assert len(read(world, "/subscriptions").body["value"]) == 2


def test_a_hidden_subscription_is_silently_missing() -> None:
    with lab(f"hidden:{HUB.upper().replace('SUBSCRIPTIONS', 'subscriptions')}") as world:
        (seen,) = read(world, "/subscriptions").body["value"]
        assert seen["subscriptionId"] == ML_PROD
        for path in (HUB, ZONES, API_ZONE, HUB + PERMISSIONS):
            assert (read(world, path).status, read(world, path).code) == (404, "SubscriptionNotFound")


def test_not_found_server_error_and_registration_answer_as_arm_does() -> None:
    with lab("not-found:private-dns-zone", "server-error:workspace", "registration:private-endpoint") as world:
        found = [
            read(world, path)
            for path in (
                API_ZONE,
                f"{SPOKES}/providers/Microsoft.MachineLearningServices/workspaces",
                f"{SPOKES}/providers/Microsoft.Network/privateEndpoints",
            )
        ]
    assert [(reply.status, reply.code) for reply in found] == [
        (404, "ResourceNotFound"),
        (500, "InternalServerError"),
        (409, "MissingSubscriptionRegistration"),
    ]
    assert found[2].body["error"]["details"][0]["target"] == "Microsoft.Network"


def test_throttling_asks_to_wait_and_ends_after_its_times() -> None:
    with lab("throttled(7)x2:zone-link", "throttled(86400):private-dns-zone") as world:
        replies = [read(world, f"{API_ZONE}/virtualNetworkLinks") for _ in range(3)]
        assert [reply.status for reply in replies] == [429, 429, 200]
        assert replies[0].headers["retry-after"] == "7"
        assert {read(world, ZONES).headers["retry-after"] for _ in range(3)} == {"86400"}


def test_times_count_for_each_path_on_its_own() -> None:
    other = API_ZONE.replace("api.azureml.ms", "notebooks.azure.net")
    with lab("server-errorx1:record-set") as world:
        for zone in (API_ZONE, other):
            assert [read(world, f"{zone}/ALL").status for _ in range(2)] == [500, 200]


def test_slow_answers_late_but_answers() -> None:
    with lab("slow(0.2):private-dns-zone") as world:
        begin = time.monotonic()
        assert read(world, ZONES).status == 200
        assert time.monotonic() - begin >= 0.2


def test_a_slow_answer_does_not_hold_up_the_end_of_the_lab() -> None:
    begin = time.monotonic()
    with lab("slow(600):private-dns-zone") as world, pytest.raises(TimeoutError):
        ask(world, f"{ZONES}?api-version=2024-06-01", timeout=0.1)
    assert time.monotonic() - begin < 5


def test_broken_json_is_a_success_that_nobody_can_parse() -> None:
    with lab("broken-json:private-dns-zone") as world:
        reply = read(world, ZONES)
        assert reply.status == 200
        with pytest.raises(json.JSONDecodeError):
            json.loads(reply.text)


def test_a_cut_connection_delivers_half_of_what_it_promised() -> None:
    with lab("cut:private-dns-zone") as world:
        with pytest.raises(IncompleteRead) as cut:
            read(world, ZONES)
        assert 0 < len(cut.value.partial) < (cut.value.expected or 0) + len(cut.value.partial)


def test_a_foreign_next_link_keeps_the_path_and_changes_the_host() -> None:
    with lab("foreign-next-link:private-dns-zone", "foreign-next-link(http://127.0.0.1:9):zone-link") as world:
        assert urlsplit(read(world, ZONES).body["nextLink"]).netloc == "elsewhere.invalid"
        link = urlsplit(read(world, f"{API_ZONE}/virtualNetworkLinks").body["nextLink"])
        assert (link.netloc, link.path) == ("127.0.0.1:9", f"{API_ZONE}/virtualNetworkLinks")


def test_a_looping_next_link_leads_to_the_page_it_stands_on() -> None:
    with lab("looping-next-link:private-dns-zone") as world:
        assert read(world, ZONES, "&$top=1").body["nextLink"] == (
            f"{world.endpoint}{ZONES}?api-version=2024-06-01&$top=1"
        )


def test_a_redirect_leads_to_another_host() -> None:
    with lab("redirect:private-dns-zone") as world:
        reply = read(world, ZONES)
        assert reply.status == 307
        assert reply.headers["location"].startswith("https://elsewhere.invalid/subscriptions/")


def test_partial_rights_cut_lists_to_one_resource_group_without_saying_so() -> None:
    interfaces = f"{SPOKES}/providers/Microsoft.Network/networkInterfaces"
    with lab(f"partial(RG-ML-Prod):{SPOKES}", page_size=1) as world:
        ((only,),) = pages(world, interfaces)
        assert only["name"].startswith("pe-mlw-prod.nic.")
        assert read(world, f"{SPOKES}/providers/Microsoft.Network/virtualNetworks").body == {"value": []}
        assert read(world, SPOKES + PERMISSIONS).body == {"value": []}
        assert read(world, f"{SPOKES}/resourceGroups/rg-ml-prod{PERMISSIONS}").body["value"]
        outside = f"{SPOKES}/resourceGroups/RG-Spoke-Networks/providers/Microsoft.Network/virtualNetworks"
        assert read(world, outside).code == "AuthorizationFailed"
        assert read(world, f"{outside}/vnet-spoke-1").status == 403
        assert read(world, f"{API_ZONE}/ALL").status == 200
        assert len(pages(world, "/subscriptions")) == 2


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("forbidden:*", ArmFault(behaviour=Behaviour.FORBIDDEN)),
        (f"forbidden:{HUB}/", ArmFault(behaviour=Behaviour.FORBIDDEN, scope=HUB)),
        (
            "throttled(86400):private-dns-zone",
            ArmFault(behaviour=Behaviour.THROTTLED, kind="private-dns-zone", argument="86400"),
        ),
        ("throttled:*", ArmFault(behaviour=Behaviour.THROTTLED, argument="1")),
        (
            f"server-errorx2:zone-link@{HUB}",
            ArmFault(behaviour=Behaviour.SERVER_ERROR, kind="zone-link", scope=HUB, times=2),
        ),
        (f"slow(1.5)x3:*@{HUB}", ArmFault(behaviour=Behaviour.SLOW, scope=HUB, argument="1.5", times=3)),
        ("redirect(http://127.0.0.1:9):*", ArmFault(behaviour=Behaviour.REDIRECT, argument="http://127.0.0.1:9")),
    ],
)
def test_faults_are_read_from_text(text: str, fault: ArmFault) -> None:
    assert parse_arm_fault(text) == fault


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "BEHAVIOUR"),
        ("forbidden", "BEHAVIOUR"),
        ("forbidden:", "BEHAVIOUR"),
        ("forbiden:*", "did you mean forbidden"),
        ("forbidden:private-dns-zon", "did you mean private-dns-zone"),
        ("forbidden(1):*", "takes nothing in parentheses"),
        ("forbiddenx0:*", "0 times"),
        ("forbidden:zone-link@hub", "begins with /subscriptions/"),
        ("slow:*", "needs its seconds"),
        ("slow(-1):*", "needs its seconds"),
        ("throttled(soon):*", "needs its seconds"),
        ("redirect(elsewhere):*", "needs its base URL"),
        ("partial:/subscriptions/a", "needs its resource group"),
        ("hidden:*", "needs a subscription"),
        (f"hidden:zone-link@/subscriptions/{CONNECTIVITY}", "needs a subscription"),
        (f"hiddenx2:/subscriptions/{CONNECTIVITY}", "cannot be limited"),
    ],
)
def test_a_fault_that_makes_no_sense_is_refused_with_what_was_expected(text: str, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        parse_arm_fault(text)
