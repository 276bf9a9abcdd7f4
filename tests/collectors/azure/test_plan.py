"""The closure of named workspaces: what is asked for, what is not, and what is said of that."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from agent.lab.builders import Group, guid, network_id, zone_id
from agent.lab.estate import LabEstate
from agent.lab.scenarios import SCENARIOS, build
from collectors.arm.kinds import KINDS, trim
from collectors.arm.nodes import parse_document
from collectors.azure.listing import Ask
from collectors.azure.plan import Aim, Known, left_out, next_asks
from collectors.graph.documents import Document, Gap, Reason
from collectors.graph.ids import ArmId
from tests.bench import large

ROOT = Ask(KINDS["subscription"], "")


def known_of(documents: Iterable[Document], asked: Iterable[Ask], names: Iterable[str]) -> Known:
    by_id = {document.id: document for document in documents}
    nodes = {id: node for id, d in by_id.items() if (node := parse_document(d)) and not isinstance(node, Gap)}
    return Known(by_id, nodes, frozenset(asked), names)


def answer(estate: LabEstate, ask: Ask) -> list[Document]:
    """What ARM would answer."""
    found = []
    for document in estate.documents.values():
        kind = KINDS[document.kind]
        top = kind.parent == "subscription"
        parent = f"/subscriptions/{document.id.subscription}" if top else document.id.parent.key if kind.parent else ""
        is_it = document.id == ArmId(ask.scope) if ask.one else parent == ask.scope.lower()
        if kind is ask.kind and is_it:
            found.append(Document(kind=kind.name, id=document.id, body=trim(kind, document.body)[0]))
    return found


def read(estate: LabEstate, aim: Aim, names: Iterable[str] = ()) -> Known:
    """Everything that the plan asks for, from the first round to the last."""
    documents: dict[ArmId, Document] = {}
    asked: set[Ask] = set()
    wanted = [ROOT]
    while wanted:
        asked.update(wanted)
        for ask in wanted:
            documents.update((document.id, document) for document in answer(estate, ask))
        known = known_of(documents.values(), asked, names)
        wanted = [ask for ask in dict.fromkeys(next_asks(known, aim)) if ask not in asked]
    return known_of(documents.values(), asked, names)


def kinds(known: Known) -> set[str]:
    return {document.kind for document in known.documents.values()}


def asked(known: Known, kind: str) -> set[str]:
    return {ask.scope for ask in known.asked if ask.kind.name == kind}


@pytest.fixture(scope="module")
def tenant() -> LabEstate:
    """Five spokes around a hub that holds the zones."""
    return large.tenant(6, 3)


def test_one_spoke_of_many_is_read_and_no_other(tenant: LabEstate) -> None:
    known = read(tenant, Aim(services=("mlw-2",)), ["x.workspace.westeurope.privatelink.api.azureml.ms"])
    spoke = network_id(Group(subscription=guid("subscription 2"), name="RG-Spoke-2"), "vnet-spoke")
    assert {node.id for node in known.networks} == {ArmId(spoke)}
    endpoints = [id for id, document in known.documents.items() if document.kind == "private-endpoint"]
    assert [id.name for id in endpoints] == ["pe-0"]
    assert {"private-dns-zone-group", "network-interface", "storage-account", "key-vault"} <= kinds(known)
    assert asked(known, "private-endpoint") == {endpoints[0].text}


def test_only_zones_that_may_answer_are_read_and_each_other_one_is_told(tenant: LabEstate) -> None:
    known = read(tenant, Aim(services=("mlw-2",)), ["x.y.service7.example.net"])
    wanted = {zone_id(large.HUB, name) for name in (large.API, large.NOTEBOOKS)}  # those of the zone group
    assert asked(known, "record-set") == asked(known, "zone-link") == wanted
    named = read(tenant, Aim(services=("mlw-2",)), ["x.privatelink.service7.example.net"])
    assert asked(named, "record-set") == wanted | {zone_id(large.HUB, "privatelink.service7.example.net")}
    gaps = [gap for gap in left_out(named) if gap.kind == "record-set"]
    assert len(gaps) == len(large.ZONES) - 3
    assert not {gap.scope for gap in gaps} & asked(named, "record-set")


def test_what_is_left_out_is_told_once_for_each_kind(tenant: LabEstate) -> None:
    known = read(tenant, Aim(services=("mlw-2",)))
    gaps = [gap for gap in left_out(known) if gap.scope == "/"]
    assert {gap.reason for gap in gaps} == {Reason.NOT_ASKED}
    assert all(gap.outside for gap in gaps)
    assert len(gaps) == len({gap.kind for gap in gaps})
    told = {gap.kind for gap in gaps}
    assert {"private-endpoint", "virtual-network", "dns-resolver", "compute"} <= told
    interfaces = [gap.scope for gap in left_out(known) if gap.kind == "network-interface"]
    assert len(interfaces) == 5  # those of the workspace's own subscription were listed
    assert not told & {"subscription", "permissions", "workspace", "private-dns-zone", "forwarding-ruleset"}


def test_a_workspace_that_nobody_knows_leads_to_the_registries_and_no_further(tenant: LabEstate) -> None:
    known = read(tenant, Aim(services=("nowhere",)))
    assert len(asked(known, "ml-registry")) == 6
    assert not asked(known, "private-endpoint")
    assert asked(read(tenant, Aim(services=("mlw-1",))), "ml-registry") == set()


def test_a_workspace_is_named_by_a_glob_or_an_id_too(tenant: LabEstate) -> None:
    own = next(id for id, d in tenant.documents.items() if d.kind == "workspace" and id.name == "mlw-3")
    assert (
        len(asked(read(tenant, Aim(services=(own.text.upper().replace("/PROVIDERS/", "/providers/"),))), "compute"))
        == 1
    )
    assert len(asked(read(tenant, Aim(services=("mlw-*",))), "compute")) == 5


def test_networks_that_are_named_are_looked_for_everywhere_and_by_id_nowhere_else(tenant: LabEstate) -> None:
    other = network_id(Group(subscription=guid("subscription 4"), name="RG-Spoke-4"), "vnet-spoke")
    named = read(tenant, Aim(services=("mlw-2",), networks=("vnet-hub",)))
    assert len(asked(named, "virtual-network") & {f"/subscriptions/{id}" for id in named.readable}) == 6
    by_id = read(tenant, Aim(services=("mlw-2",), networks=(other,)))
    assert ArmId(other) in by_id.documents
    assert not asked(by_id, "virtual-network") & {f"/subscriptions/{id}" for id in by_id.readable}


def test_a_server_that_stands_nowhere_near_is_looked_for_in_all_connected_networks(tenant: LabEstate) -> None:
    """A server in the hub is one peering away. 10.1.1.5 is two away, and only then are all spokes of the hub read."""
    near = read(tenant, Aim(services=("mlw-0",), addresses=("10.0.0.4", "168.63.129.16")))
    assert len(near.networks) == 2
    far = read(tenant, Aim(services=("mlw-0",), addresses=("10.1.1.5:53",)))
    assert len(far.networks) == 6
    elsewhere = next(id for id in (node.id for node in far.networks) if id in far.holders("10.1.1.5"))
    assert f"/subscriptions/{elsewhere.subscription}" in asked(far, "dns-resolver") & asked(far, "firewall")


def test_ids_of_subscriptions_that_are_not_read_are_not_asked_for(tenant: LabEstate) -> None:
    hidden = {id: d for id, d in tenant.documents.items() if id.subscription != large.HUB.subscription}
    known = read(LabEstate(documents=hidden), Aim(services=("mlw-2",)))
    assert not [ask for ask in known.asked if large.HUB.subscription in ask.scope]


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_nothing_is_asked_that_the_whole_walk_would_not_ask(scenario: str) -> None:
    estate = build(scenario, ())
    services = tuple(id.name for id, d in estate.documents.items() if d.kind == "workspace")
    known = read(estate, Aim(services=services))
    for ask in known.asked - {ROOT}:
        subscription = ArmId(ask.scope).subscription
        assert subscription in known.readable
        assert ask.one or KINDS[ask.kind.parent or ""].name in ("subscription", known.documents[ArmId(ask.scope)].kind)
