"""What a folder holds becomes documents as if Azure had been asked; what it does not hold becomes gaps."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import Any

import pytest

from collectors.arm.kinds import KINDS, children
from collectors.folder.files import Bounds, written_at
from collectors.folder.read import Folder, read_folder
from collectors.graph.documents import Gap, Reason
from collectors.graph.errors import SnapshotError
from tests.collectors.folder.folders import (
    NETWORK,
    RIGHTS,
    SCOPE,
    SUBSCRIPTION,
    answer,
    begun,
    below,
    resource,
    subscription,
    write,
    zone,
)

ZONES = f"{SCOPE[1:]}/providers/Microsoft.Network/privateDnsZones"


def names(folder: Folder, kind: str) -> list[str]:
    return [document.id.name for document in folder.documents if document.kind == kind]


def missing(folder: Folder, kind: str) -> list[Gap]:
    return [gap for gap in folder.gaps if gap.kind == kind]


def refusal(folder: Path, bounds: Bounds | None = None) -> str:
    with pytest.raises(SnapshotError) as caught:
        read_folder(folder, bounds or Bounds())
    return str(caught.value)


@pytest.mark.parametrize("name", ["zones.json", "deep/er/x.JSON", f"{ZONES}.json", "lists.jsonl"])
def test_resources_are_found_by_their_ids_whatever_their_file_is_called(name: str, tmp_path: Path) -> None:
    begun(tmp_path)
    write(tmp_path, name, answer(zone("a.example", numberOfRecordSets=7, internalId="secret")))
    found = read_folder(tmp_path)
    (document,) = (document for document in found.documents if document.kind == "private-dns-zone")
    assert document.body["properties"] == {"numberOfRecordSets": 7}
    assert found.removed["private-dns-zone"] == ("properties.internalId",)
    assert document.read_at == found.written or document.read_at is not None


def test_one_resource_plain_lists_and_lines_are_read(tmp_path: Path) -> None:
    begun(tmp_path)
    write(tmp_path, "one.json", zone("one.example"))
    write(tmp_path, "several.json", [zone("two.example"), zone("three.example")])
    lines = "\n\n".join(json.dumps(zone(f"{number}.example")) for number in (4, 5))
    (tmp_path / "more.jsonl").write_text(lines + "\n", encoding="utf-8")
    found = read_folder(tmp_path)
    assert names(found, "private-dns-zone") == ["4.example", "5.example", "one.example", "three.example", "two.example"]
    assert [gap.reason for gap in missing(found, "private-dns-zone")] == [Reason.NOT_ASKED]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-be"])
def test_what_windows_writes_is_read(encoding: str, tmp_path: Path) -> None:
    """PowerShell sends a command's output to a file as UTF-16, or as UTF-8 with a mark."""
    begun(tmp_path)
    mark = "\ufeff" if encoding == "utf-16-be" else ""
    (tmp_path / "zone.json").write_text(mark + json.dumps(zone("a.example")), encoding=encoding)
    assert names(read_folder(tmp_path), "private-dns-zone") == ["a.example"]


def test_other_files_hidden_ones_and_links_to_folders_are_passed_over(tmp_path: Path) -> None:
    begun(tmp_path)
    for name in ("README.md", ".hidden.json", ".git/x.json"):
        file = tmp_path / name
        file.parent.mkdir(exist_ok=True)
        file.write_text("no JSON", encoding="utf-8")
    os.mkfifo(tmp_path / "pipe.json")
    (tmp_path / "loop").symlink_to(tmp_path)
    assert {document.kind for document in read_folder(tmp_path).documents} == {"permissions", "subscription"}


def test_types_that_are_not_read_are_counted(tmp_path: Path) -> None:
    begun(tmp_path)
    subnet = below(resource("virtualNetworks", "v"), "subnets", "default")
    write(tmp_path, "x.json", [resource("loadBalancers", "b"), resource("loadBalancers", "c"), subnet])
    assert read_folder(tmp_path).unread == {
        "Microsoft.Network/loadBalancers": 2,
        "Microsoft.Network/virtualNetworks/subnets": 1,
    }


@pytest.mark.parametrize("kind", [kind.name for kind in children("subscription") if not kind.single])
def test_an_empty_list_at_its_path_is_a_proof_and_no_file_is_none(kind: str, tmp_path: Path) -> None:
    begun(tmp_path)
    (gap,) = missing(read_folder(tmp_path), kind)
    assert (gap.scope, gap.reason) == (SCOPE, Reason.NOT_ASKED)
    write(tmp_path, f"{SCOPE[1:]}/providers/{KINDS[kind].type}.json", answer())
    assert missing(read_folder(tmp_path), kind) == []


def test_an_empty_list_elsewhere_says_nothing(tmp_path: Path) -> None:
    begun(tmp_path)
    write(tmp_path, "privateDnsZones.json", answer())
    assert len(missing(read_folder(tmp_path), "private-dns-zone")) == 1


def test_a_list_of_several_groups_can_only_be_that_of_the_subscription(tmp_path: Path) -> None:
    begun(tmp_path)
    write(tmp_path, "x.json", answer(zone("a.example", "rg-a"), zone("b.example", "rg-b")))
    assert missing(read_folder(tmp_path), "private-dns-zone") == []


def test_a_list_of_one_group_may_be_only_that(tmp_path: Path) -> None:
    begun(tmp_path)
    write(tmp_path, "x.json", answer(zone("a.example"), zone("b.example")))
    write(tmp_path, f"{NETWORK[1:]}/privateDnsZones.json", answer(zone("a.example"), zone("b.example")))
    (gap,) = missing(read_folder(tmp_path), "private-dns-zone")
    assert gap.detail == f"the folder has no list of all private DNS zones of {SCOPE}"


def test_children_tell_their_parent(tmp_path: Path) -> None:
    """Links of a zone can only be the list of that zone; records too, with the SOA that only a whole list has."""
    begun(tmp_path)
    a = zone("a.example")
    write(tmp_path, "zone.json", a)
    write(tmp_path, "links.json", answer(below(a, "virtualNetworkLinks", "l")))
    write(tmp_path, "records.json", answer(below(a, "A", "www")))
    found = read_folder(tmp_path)
    assert missing(found, "zone-link") == []
    (gap,) = missing(found, "record-set")
    assert gap.scope == a["id"]
    assert gap.action.endswith(f" as {a['id'][1:]}/ALL.json")
    write(tmp_path, "records.json", answer(below(a, "SOA", "@"), below(a, "A", "www")))
    assert missing(read_folder(tmp_path), "record-set") == []


def test_one_gap_tells_of_a_kind_of_children_that_nobody_saved(tmp_path: Path) -> None:
    begun(tmp_path)
    write(tmp_path, f"{ZONES}.json", answer(*(zone(f"{number}.example") for number in range(50))))
    found = read_folder(tmp_path)
    assert [(gap.scope, gap.detail) for gap in missing(found, "zone-link")] == [
        (SCOPE, "the folder has no list of virtual network links for any of the 50 private DNS zones")
    ]
    write(tmp_path, f"{NETWORK[1:]}/privateDnsZones/7.example/virtualNetworkLinks.json", answer())
    assert len(missing(read_folder(tmp_path), "zone-link")) == 49


@pytest.mark.parametrize(
    ("pages", "detail"),
    [
        ({1: True, 2: True, 3: False}, ""),
        ({1: True}, "page 1 links to a next one that is not there"),
        ({1: True, 2: True}, "page 2 links to a next one that is not there"),
        ({1: True, 3: False}, "page 2 is missing"),
        ({2: False}, "page 1 is missing"),
        ({1: False, 2: False}, "page 1 is the last one, yet there is a page 2"),
        ({1: True, 999_999: False}, "page 2 is missing"),
    ],
)
def test_a_list_is_whole_with_all_its_pages(pages: dict[int, bool], detail: str, tmp_path: Path) -> None:
    begun(tmp_path)
    for page, more in pages.items():
        name = f"{ZONES}.json" if page == 1 else f"{ZONES}.{page}.json"
        write(tmp_path, name, answer(zone(f"{page}.example"), more="https://management.azure.com/next" if more else ""))
    found = read_folder(tmp_path)
    assert len(names(found, "private-dns-zone")) == len(pages)
    assert [gap.detail.removeprefix("the folder has the list of private DNS zones only in part: ")
            for gap in missing(found, "private-dns-zone")] == ([detail] if detail else [])  # fmt: skip


def test_a_page_elsewhere_that_has_a_next_one_proves_nothing(tmp_path: Path) -> None:
    begun(tmp_path)
    write(tmp_path, "x.json", answer(zone("a.example", "rg-a"), zone("b.example", "rg-b"), more="https://next"))
    assert len(missing(read_folder(tmp_path), "private-dns-zone")) == 1


def test_a_path_that_says_something_else_than_the_file_is_told(tmp_path: Path) -> None:
    begun(tmp_path)
    write(tmp_path, f"{ZONES}.json", answer(resource("virtualNetworks", "v")))
    found = read_folder(tmp_path)
    assert names(found, "virtual-network") == ["v"]
    assert {gap.reason for gap in missing(found, "private-dns-zone")} == {Reason.MALFORMED, Reason.NOT_ASKED}
    assert len(missing(found, "virtual-network")) == 1


@pytest.mark.parametrize("name", [f"{SUBSCRIPTION}.json", f"{SUBSCRIPTION.upper()}/rights.json"])
def test_permissions_belong_to_the_subscription_in_their_path(name: str, tmp_path: Path) -> None:
    write(tmp_path, "subscriptions.json", answer(subscription()))
    write(tmp_path, name, answer(*RIGHTS))
    found = read_folder(tmp_path)
    assert missing(found, "permissions") == []
    (rights,) = (document for document in found.documents if document.kind == "permissions")
    assert rights.id.text == f"{SCOPE}/providers/Microsoft.Authorization/permissions"
    assert rights.body == {"value": RIGHTS}


def test_rights_in_a_resource_group_prove_nothing_of_its_subscription(tmp_path: Path) -> None:
    write(tmp_path, "subscriptions.json", answer(subscription()))
    group = f"{SCOPE[1:]}/resourceGroups/rg-a/providers/Microsoft.Authorization/permissions.json"
    write(tmp_path, group, answer(*RIGHTS))
    assert "permissions of something else than a whole subscription" in refusal(tmp_path)


@pytest.mark.parametrize("odd", [b"\xff", b"\x1b[2J", b"\xe2\x80\xae"])
def test_paths_that_no_text_can_hold_are_shown_without_what_it_cannot(odd: bytes, tmp_path: Path) -> None:
    begun(tmp_path)
    place = os.fsdecode(odd)
    write(tmp_path, f"{place}/{ZONES}.json", answer(resource("virtualNetworks", "v")))
    (told,) = (gap for gap in read_folder(tmp_path).gaps if gap.reason is Reason.MALFORMED)
    assert told.detail.isprintable()
    assert "?" in told.detail
    write(tmp_path, f"{place}.json", "no resource")
    assert refusal(tmp_path).isprintable()


@pytest.mark.parametrize("odd", [b"\xff", b"\x1b"])
def test_rights_of_a_subscription_that_no_id_can_name_are_nobodys(odd: bytes, tmp_path: Path) -> None:
    begun(tmp_path)
    name = f"subscriptions/{os.fsdecode(odd)}/providers/Microsoft.Authorization/permissions.json"
    write(tmp_path, name, answer(*RIGHTS))
    assert [gap.scope for gap in missing(read_folder(tmp_path), "subscription")] == ["/subscriptions/?"]


def test_without_permissions_no_list_is_proved_to_be_complete(tmp_path: Path) -> None:
    write(tmp_path, "subscriptions.json", answer(subscription()))
    write(tmp_path, f"{ZONES}.json", answer())
    (gap,) = missing(read_folder(tmp_path), "private-dns-zone")
    assert (
        gap.detail == "whether the folder holds all private DNS zones is not known without the identity's permissions"
    )
    assert gap.action.endswith(f"as {SCOPE[1:]}/providers/Microsoft.Authorization/permissions.json")


def test_pages_of_permissions_are_put_together_and_contradictions_told(tmp_path: Path) -> None:
    write(tmp_path, "subscriptions.json", answer(subscription()))
    place = f"{SCOPE[1:]}/providers/Microsoft.Authorization/permissions"
    write(tmp_path, f"{place}.json", answer({"actions": ["a"], "notActions": []}, more="https://next"))
    write(tmp_path, f"{place}.2.json", answer({"actions": ["b"], "notActions": []}))
    found = read_folder(tmp_path)
    (rights,) = (document for document in found.documents if document.kind == "permissions")
    assert [row["actions"] for row in rights.body["value"]] == [["a"], ["b"]]
    assert missing(found, "permissions") == []
    write(tmp_path, f"{SUBSCRIPTION}.json", answer(*RIGHTS))
    found = read_folder(tmp_path)
    assert {gap.reason for gap in missing(found, "permissions")} == {Reason.MALFORMED, Reason.NOT_ASKED}
    assert len(missing(found, "private-dns-zone")) == 1


def test_the_same_resource_twice_is_no_contradiction_unless_it_differs(tmp_path: Path) -> None:
    begun(tmp_path)
    for name in ("a.json", "b.json"):
        write(tmp_path, name, zone("a.example", numberOfRecordSets=1))
    assert [gap for gap in read_folder(tmp_path).gaps if gap.reason is Reason.MALFORMED] == []
    write(tmp_path, "b.json", zone("A.EXAMPLE", numberOfRecordSets=2))
    found = read_folder(tmp_path)
    assert names(found, "private-dns-zone") == ["a.example"]
    (gap,) = (gap for gap in found.gaps if gap.reason is Reason.MALFORMED)
    assert gap.detail == "it is in the folder twice with different content; the first is used"


def test_a_subscription_that_is_only_seen_through_its_resources_is_a_gap(tmp_path: Path) -> None:
    write(tmp_path, "x.json", zone("a.example"))
    assert [(gap.scope, gap.reason) for gap in missing(read_folder(tmp_path), "subscription")] == [
        ("/", Reason.NOT_ASKED),
        (SCOPE, Reason.NOT_ASKED),
    ]


def test_what_has_no_list_is_asked_for_by_its_id(tmp_path: Path) -> None:
    """A storage account is read only because a workspace points to it."""
    begun(tmp_path)
    id = f"{SCOPE}/resourceGroups/rg-a/providers/Microsoft.Storage/storageAccounts/st"
    place = f"{SCOPE}/resourceGroups/rg-a/providers/Microsoft.MachineLearningServices/workspaces/w"
    write(tmp_path, "w.json", {"id": place, "name": "w", "properties": {"storageAccount": id.lower()}})
    (gap,) = missing(read_folder(tmp_path), "storage-account")
    assert (gap.scope.lower(), gap.reason) == (id.lower(), Reason.NOT_ASKED)
    (name,) = re.findall(r"` as (.*)", gap.action)
    write(tmp_path, name, {"id": id, "name": "st", "properties": {}})
    assert missing(read_folder(tmp_path), "storage-account") == []


def test_an_empty_list_of_subscriptions_means_may_not_see(tmp_path: Path) -> None:
    write(tmp_path, "subscriptions.json", answer())
    assert [gap.reason for gap in read_folder(tmp_path).gaps] == [Reason.HIDDEN]


def test_a_page_of_the_subscriptions_that_is_missing_is_a_gap_of_the_tenant(tmp_path: Path) -> None:
    begun(tmp_path)
    write(tmp_path, "subscriptions.json", answer(subscription(), more="https://next"))
    (gap,) = missing(read_folder(tmp_path), "subscription")
    assert gap.scope == "/"


FLAT: dict[str, Any] = {
    "customDnsConfigs": [],
    "id": f"{NETWORK}/privateEndpoints/pe",
    "name": "pe",
    "privateLinkServiceConnections": [],
    "resourceGroup": "rg-a",
    "type": "Microsoft.Network/privateEndpoints",
}
ENDPOINTS = f"{SCOPE}/providers/Microsoft.Network/privateEndpoints?api-version=2025-05-01"


@pytest.mark.parametrize("value", [[FLAT], FLAT, {"value": [FLAT]}], ids=["list", "one", "wrapped"])
def test_what_az_flattened_is_refused_with_the_url_to_ask_instead(value: Any, tmp_path: Path) -> None:
    file = write(tmp_path, "x.json", value)
    says = refusal(tmp_path)
    assert says.startswith(f"{file} holds private endpoints as an `az` command prints them: it flattens them")
    assert f"`az rest --method get --url '{ENDPOINTS}'`" in says


def test_the_accounts_of_az_are_refused_with_the_url_of_subscriptions(tmp_path: Path) -> None:
    write(tmp_path, "x.json", [{"id": SUBSCRIPTION, "isDefault": True, "name": "a", "tenantId": "t", "user": {}}])
    assert "az rest --method get --url '/subscriptions?api-version=2022-12-01'" in refusal(tmp_path)


def test_flattened_children_are_sent_to_the_list_of_their_parent(tmp_path: Path) -> None:
    flat = {"id": f"{NETWORK}/privateDnsZones/a.example/virtualNetworkLinks/l", "resourceGroup": "rg-a"}
    write(tmp_path, "x.json", [flat])
    assert f"{NETWORK}/privateDnsZones/a.example/virtualNetworkLinks?api-version=" in refusal(tmp_path)


def test_resources_without_properties_are_refused(tmp_path: Path) -> None:
    """`GET /subscriptions/ID/resources` gives ids and names only."""
    write(tmp_path, "x.json", answer({"id": f"{NETWORK}/privateEndpoints/pe", "name": "pe"}))
    assert "holds private endpoints without their properties" in refusal(tmp_path)


DEEP = "[" * 60 + "]" * 60
UNUSABLE = {
    "no JSON": ("hello", "is not JSON"),
    "half": ('{"value": [', "is not JSON"),
    "empty": ("", "is empty: the command behind it failed"),
    "binary": ("\x00\x01", "is not JSON"),
    "bottomless": ("[" * 100_000, "nests too deeply"),
    "number": ("1", "holds no resources"),
    "graph": ('{"count": 1, "data": [], "total_records": 1}', "holds no resources"),
    "no id": ('{"value": [{"name": "x", "properties": {}}]}', "holds a resource without a usable id"),
    "id of a number": ('{"value": [{"id": 1}]}', "holds a resource without a usable id"),
    "id that climbs": (f'{{"id": "{NETWORK}/../x", "properties": {{}}}}', "holds a resource without a usable id"),
    "id that moves the cursor": ('{"id": "/subscriptions/\\u001b[2J"}', "holds a resource without a usable id"),
    "list in a list": ('{"value": [[]]}', "holds something that is no resource"),
    "diagnosis": ('{"value": {"dnsResolutionResults": []}}', "holds no resources"),
    "error": ('{"error": {"code": "AuthorizationFailed", "message": "..."}}', "holds an error of Azure (Authoriz"),
    "rights of nobody": ('{"value": [{"actions": ["*"], "notActions": []}]}', "permissions of something else"),
    "deep": (
        f'{{"id": "{NETWORK}/virtualHubs/h", "properties": {{"virtualWan": {{"id": {DEEP}}}}}}}',
        "nests deeper than 40 levels",
    ),
}


@pytest.mark.parametrize("how", UNUSABLE)
def test_a_file_that_cannot_be_used_is_named_in_one_sentence(how: str, tmp_path: Path) -> None:
    text, told = UNUSABLE[how]
    begun(tmp_path)
    (tmp_path / "x.json").write_text(text, encoding="utf-8")
    says = refusal(tmp_path)
    assert says.startswith(f"{tmp_path / 'x.json'} ")
    assert told in says


def test_rights_nest_no_deeper_than_resources(tmp_path: Path) -> None:
    begun(tmp_path)
    (tmp_path / f"{SUBSCRIPTION}.json").write_text(f'{{"value": [{{"actions": {DEEP}}}]}}', encoding="utf-8")
    assert "nests deeper than 40 levels" in refusal(tmp_path)


def test_an_empty_folder_says_how_to_begin(tmp_path: Path) -> None:
    assert refusal(tmp_path) == (
        f"{tmp_path} holds no JSON file. To begin, save the answer of "
        "`az rest --method get --url '/subscriptions?api-version=2022-12-01'` as subscriptions.json there."
    )


def test_a_folder_is_bounded(tmp_path: Path) -> None:
    begun(tmp_path)
    write(tmp_path, "a/b/c/x.json", answer())
    assert "more than 10 bytes" in refusal(tmp_path, Bounds(file=10))
    assert "more than 200 bytes of JSON" in refusal(tmp_path, Bounds(total=200))
    assert "more than 2 files" in refusal(tmp_path, Bounds(files=2))
    assert "deeper than 2 levels" in refusal(tmp_path, Bounds(depth=2))


@pytest.mark.parametrize(("modified", "year"), [(-1e10, 1970), (-0.5, 1970), (1.7e9, 2023), (1e15, 9999)])
def test_absurd_times_of_files_are_no_trouble(modified: float, year: int) -> None:
    """Told without a file: most file systems bend such times themselves."""
    assert written_at(modified).year == year


@pytest.mark.parametrize("target", ["nothing.json", "x.json", "x" * 300], ids=["nowhere", "itself", "a long name"])
def test_a_file_that_cannot_be_reached_is_not_passed_over(target: str, tmp_path: Path) -> None:
    begun(tmp_path)
    (tmp_path / "x.json").symlink_to(target)
    assert refusal(tmp_path).startswith(f"{tmp_path / 'x.json'} cannot be read: ")


def test_the_same_files_give_the_same_whatever_they_are_called(tmp_path: Path) -> None:
    a, b = zone("a.example"), zone("b.example", "rg-b")
    found = []
    for folder, order in (("one", ("1.json", "2.json")), ("two", ("z/2.json", "1.json"))):
        begun(tmp_path / folder)
        write(tmp_path / folder, order[0], answer(a, b))
        write(tmp_path / folder, order[1], answer(below(a, "virtualNetworkLinks", "l")))
        for file in (tmp_path / folder).rglob("*.json"):
            os.utime(file, (1_700_000_000, 1_700_000_000))
        found.append(read_folder(tmp_path / folder))
    assert found[0] == found[1]
