"""The lab refuses and hides what the roles of its identity do not grant."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from agent.lab.rights import READER, Assignment, Rights
from agent.lab.role_files import read_rights
from agent.lab.scenarios import build
from agent.lab.world import LabWorld
from collectors.graph.errors import UsageError
from tests.agent.lab.asking import HUB, SPOKES, ask, pages

_ONE = "/subscriptions/00000000-0000-0000-0000-000000000001"
_ZONES = "Microsoft.Network/privateDnsZones/read"


def test_a_reader_may_read_everything_and_nothing_else() -> None:
    assert READER.may(_ZONES, _ONE)
    assert Rights().may(_ZONES, _ONE)
    assert not Rights().may("Microsoft.Network/privateDnsZones/write", _ONE)


def test_what_one_role_takes_back_another_may_grant() -> None:
    less = Assignment(not_actions=(_ZONES,))
    assert not Rights(assignments=(less,)).may(_ZONES.upper(), _ONE)
    assert Rights(assignments=(less, Assignment(scope=_ONE, actions=(_ZONES,)))).may(_ZONES, f"{_ONE}/resourceGroups/g")


def test_a_role_on_a_group_shows_the_subscription_but_grants_nothing_on_it() -> None:
    rights = Rights(assignments=(Assignment(scope=f"{_ONE}/resourceGroups/RG-dns"),))
    assert rights.sees(_ONE.rpartition("/")[2])
    assert not rights.sees("00000000-0000-0000-0000-00000000000")
    assert not rights.may(_ZONES, _ONE)
    assert rights.groups(_ZONES, _ONE.rpartition("/")[2]) == {"rg-dns"}
    assert not rights.rows(_ONE)


def test_a_list_without_the_action_is_refused_as_azure_words_it() -> None:
    rights = Rights(assignments=(Assignment(not_actions=(_ZONES,)),))
    with LabWorld(build("hub-spoke", ()), rights=rights) as world:
        answer = ask(world, f"{HUB}/providers/Microsoft.Network/privateDnsZones?api-version=2024-06-01")
    assert answer.status == 403
    assert answer.body["error"]["code"] == "AuthorizationFailed"
    assert f"'{_ZONES}' over scope '{HUB}'" in answer.body["error"]["message"]


def test_a_subscription_without_a_role_is_not_listed() -> None:
    with LabWorld(build("hub-spoke", ()), rights=Rights(assignments=(Assignment(scope=SPOKES),))) as world:
        listed = [body["id"] for page in pages(world, "/subscriptions") for body in page]
    assert listed == [SPOKES]


def test_a_role_on_a_group_cuts_lists_to_the_group() -> None:
    group = f"{SPOKES}/resourceGroups/RG-Spoke-Networks"
    with LabWorld(build("hub-spoke", ()), rights=Rights(assignments=(Assignment(scope=group),))) as world:
        path = f"{SPOKES}/providers/Microsoft.Network"
        networks = [body["id"] for page in pages(world, f"{path}/virtualNetworks") for body in page]
        endpoints = [body["id"] for page in pages(world, f"{path}/privateEndpoints") for body in page]
    assert networks
    assert all(id.lower().startswith(group.lower()) for id in (*networks, *endpoints))


def test_a_role_document_is_read_as_azure_writes_it(tmp_path: Path) -> None:
    file = tmp_path / "role.json"
    file.write_bytes(
        msgspec.json.encode({"Name": "Agent", "IsCustom": True, "Actions": [_ZONES], "AssignableScopes": [_ONE]})
    )
    assert read_rights([file]) == Rights(assignments=(Assignment(scope=_ONE, actions=(_ZONES,)),))
    assert read_rights([]) is READER


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"Actions": [], "AssignableScopes": []}', '{"Actions": [], "AssignableScopes": ["x"]}']
)
def test_what_is_no_role_document_is_refused_in_a_sentence(tmp_path: Path, text: str) -> None:
    file = tmp_path / "role.json"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(UsageError, match=r"role\.json"):
        read_rights([file])
    with pytest.raises(UsageError, match="cannot be read"):
        read_rights([tmp_path / "none"])
