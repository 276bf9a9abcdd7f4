"""What `agent explain` says first of a view, and what it draws of it."""

from __future__ import annotations

import re
from dataclasses import replace
from types import MappingProxyType

import pytest
from click.testing import CliRunner

from agent.cli.group import group
from agent.explain import Explanation, WayOut, explain
from agent.render.mermaid import render_mermaid
from agent.render.tree import render_explanation
from agent.render.verdict import conditions, others, outcome_words, removed, verdict
from agent.sources import Source
from checks.names.expected import ExpectedRecord, Role
from checks.requirements import Client, Scope, Tier
from checks.resolution import rules
from checks.resolution.path import Addresses, Hop, Loop, Opaque, Outcome, Path, Public, Result, Thing
from checks.views import ViewClass
from collectors.graph.estate import Estate
from collectors.graph.ids import ArmId, Fqdn
from collectors.snapshot import Footer, Header, Snapshot
from tests.checks.judging import NOW, redeclared, requirement, with_office, with_servers
from tests.estates import lab, server

NETWORK = ArmId(
    "/subscriptions/11111111-0000-4000-8000-00000000c001/resourceGroups/rg/providers/Microsoft.Network"
    "/virtualNetworks/vnet-hub"
)
NAME = Fqdn("a.api.azureml.ms")
SERVER = f"server:10.0.0.4@{NETWORK.text}"
API = "5eed0001-0000-4000-8000-00000000f0a1.workspace.westeurope.api.azureml.ms"
RIGHT = Addresses(("10.0.0.5",))
_LINE = re.compile(r'  v\d+(h\d+|end)?(\["([A-Za-z0-9 .,:/_-]|#\d+;)*"\]| --> v\d+(h\d+|end))')


def path(outcome: Outcome, text: str = "asks") -> Path:
    hop = Hop(
        at=Thing(SERVER, "server", "10.0.0.4"),
        name=NAME,
        type="A",
        decided_by=None,
        rule=rules.SERVER_OPAQUE,
        result=Result(outcome="opaque"),
        text=text,
    )
    return Path(hops=(hop,), outcome=outcome, view=SERVER)


def view(outcome: Outcome, text: str = "asks", client: str = "site:a") -> ViewClass:
    clients = (Client(id=client, site=client.partition(":")[2]),)
    return ViewClass(
        view=SERVER,
        servers=("10.0.0.4",),
        clients=clients,
        tier=Tier.REQUIRED,
        expected=("10.0.0.5",),
        path=path(outcome, text),
        observed=(),
    )


def explanation(shown: ViewClass, *ways_out: WayOut, before: Path | None = None) -> Explanation:
    record = ExpectedRecord(
        name=NAME,
        type="A",
        addresses=("10.0.0.5",),
        role=next(iter(Role)),
        zone=Fqdn("privatelink.api.azureml.ms"),
        record="a",
        endpoint=NETWORK,
        workspace=NETWORK,
        approved=True,
        source="interface",
    )
    return Explanation(
        name=NAME,
        type="A",
        records=(record,),
        views=(shown,),
        without=(),
        ways_out=MappingProxyType({SERVER: ways_out}),
        before=MappingProxyType({shown.clients[0].id: before} if before else {}),
    )


@pytest.mark.parametrize(
    ("outcome", "word"), [(RIGHT, "RIGHT"), (Public(), "WRONG"), (Opaque("nobody knows"), "UNKNOWN")]
)
def test_a_view_is_right_wrong_or_unknown(outcome: Outcome, word: str) -> None:
    shown = view(outcome)
    assert verdict(explanation(shown), shown).text.startswith(f"{word}: ")


def test_a_loop_is_told_as_a_cycle() -> None:
    assert outcome_words(Loop(("a", "b"))) == "loop: a -> b -> a"


def test_an_opaque_server_has_a_condition() -> None:
    shown = view(Opaque("nobody knows"))
    azure, door = (
        WayOut(place="Azure DNS in vnet-hub", path=path(RIGHT)),
        WayOut(place="inbound endpoint in", path=path(RIGHT)),
    )
    wrong = WayOut(place="Azure DNS in vnet-hub", path=path(Public()))
    assert conditions(explanation(shown, azure), shown) == (
        "resolves rightly if 10.0.0.4 forwards api.azureml.ms to Azure DNS in vnet-hub",
    )
    assert conditions(explanation(shown, wrong, door), shown) == (
        "resolves rightly if 10.0.0.4 forwards api.azureml.ms to inbound endpoint in",
    )
    assert conditions(explanation(shown, wrong), shown) == (
        "even if 10.0.0.4 forwarded api.azureml.ms to Azure DNS in vnet-hub, it would be wrong: a public answer",
    )
    assert conditions(explanation(shown), shown) == ()
    assert conditions(explanation(view(RIGHT), azure), view(RIGHT)) == ()


def test_other_ways_are_told_with_their_condition() -> None:
    by_itself = replace(path(Public()), condition="when 10.0.0.5 is silent")
    doubted = replace(path(Public()), condition="if rules come first", against="zone-before-longer-rule")
    shown = replace(view(RIGHT), path=replace(path(RIGHT), alternatives=(by_itself, doubted)))
    assert others(explanation(shown), shown) == (
        "or a public answer, when 10.0.0.5 is silent",
        "or a public answer, if rules come first (then zone-before-longer-rule does not hold)",
    )


def test_an_assumption_that_is_switched_off_is_not_told_as_made() -> None:
    estate = lab("hub-spoke")
    forwards = {Fqdn("privatelink.api.azureml.ms"): ("168.63.129.16",), Fqdn(""): ("198.51.100.53",)}
    servers = tuple(replace(s, kind="infoblox", forwards=forwards) for s in estate.declared.servers)
    name = "infoblox-follows-aliases-anew"
    told = {}
    for said in (True, False):
        declared = replace(estate.declared, servers=servers, assumptions={name: said})
        told[said] = explained(redeclared(estate, declared), API)
    assert f"if an infoblox server gives the whole answer of its forwarder (10.0.0.4) (then {name} does" in told[True]
    assert f"not so? [assumptions] {name} = false in agent.toml" in told[True]
    assert f"(then {name} holds after all)" in told[False]
    assert "does not assume (inferred): Infoblox resolves" in told[False]
    assert f"so after all? [assumptions] {name} = true in agent.toml" in told[False]


def test_leaving_something_out_is_told_beside_what_was() -> None:
    shown = view(Public())
    assert removed(explanation(shown), shown) == ""
    told = removed(explanation(shown, before=path(RIGHT)), shown)
    assert told == "with it these clients get 10.0.0.5, without it a public answer"
    same = removed(explanation(shown, before=path(Public())), shown)
    assert same == "without it the same comes out, by the same steps: a public answer"
    detour = removed(explanation(shown, before=path(Public(), "asks another one")), shown)
    assert "by other steps" in detour


def test_an_undeclared_server_of_an_estate_has_its_condition() -> None:
    estate = with_servers(lab("hub-spoke"))
    servers = tuple(replace(s, forwards=None) for s in lab("hub-spoke").declared.servers)
    told = explained(redeclared(estate, replace(estate.declared, servers=servers, vantages=())), API)
    assert "resolves rightly if 10.0.0.4 forwards api.azureml.ms to Azure DNS in vnet-hub" in told


def test_a_server_outside_azure_is_shown_the_inbound_endpoint() -> None:
    estate = with_office(lab("private-resolver"), server("192.168.10.53", None, site="office"), reached=False)
    name = requirement(estate, "api").name
    told = explained(redeclared(estate, replace(estate.declared, vantages=())), name)
    assert "resolves rightly if 192.168.10.53 forwards api.azureml.ms to inbound endpoint in (10.0.1.4)" in told


def test_what_a_resource_decides_is_shown_by_leaving_it_out() -> None:
    estate = lab("azure-dns")
    name = requirement(estate, "api").name
    link = next(d.id.text for d in estate.documents.values() if d.kind == "zone-link")
    told = explained(estate, name, link)
    assert f"as if {link} were not there" in told
    assert "with it these clients get 10.1.0.5, without it a public answer" in told


def test_a_pointer_can_be_explained() -> None:
    told = explained(lab("hub-spoke"), "9.0.0.10.in-addr.arpa", type="PTR")
    assert "NOT JUDGED: no PTR record is expected. Simulated: NXDOMAIN" in told


def test_other_ways_are_in_json() -> None:
    estate = lab("hub-spoke")
    servers = tuple(replace(s, forward_mode="first") for s in estate.declared.servers)
    made = explanation_of(redeclared(estate, replace(estate.declared, servers=servers)), API).shape()
    (other,) = made.views[0].alternatives
    assert other.against is None
    assert "is silent" in other.condition
    assert other.simulated[-1].result.outcome == "public"


def explanation_of(estate: Estate, name: str, *without: str, type: str = "A") -> Explanation:
    """An explanation of an estate that nobody asks."""
    snapshot = Snapshot(
        header=Header(tool_version="", cloud="AzureCloud", started=NOW),
        documents=tuple(estate.documents.values()),
        declared=estate.declared,
        footer=Footer(finished=NOW),
    )
    source = Source(name="snapshot", read=lambda _: snapshot, declared=estate.declared, ask=None)
    return explain(source, Scope(), Fqdn(name), type, (), without, lambda _: None)


def explained(estate: Estate, name: str, *without: str, type: str = "A") -> str:
    return render_explanation(explanation_of(estate, name, *without, type=type), no_color=True)


@pytest.mark.parametrize(
    "text",
    ['"] --> x', "<img src=x onerror=alert(1)>", "a\nclick v0 href", "#quot;&lt;", "`x`", "%%{init}%%", "\x1b[2J"],
)
def test_a_diagram_holds_nothing_but_boxes_and_arrows(text: str) -> None:
    head, *lines = render_mermaid(explanation(view(RIGHT, text, f"site:{text}"))).splitlines()
    assert head == "flowchart TD"
    assert [line for line in lines if not _LINE.fullmatch(line)] == []
    assert len(lines) == 5


def test_a_box_names_its_place_once() -> None:
    drawn = render_mermaid(explanation(view(RIGHT, "10.0.0.4 forwards a to b", "site:a")))
    assert '["10.0.0.4: forwards a to b"]' in drawn


def test_a_mistyped_name_is_answered_with_the_nearest_expected_one() -> None:
    done = CliRunner().invoke(group, ["explain", API.replace("workspace", "workspaec"), "--lab", "hub-spoke"])
    assert f"did you mean {API}?" in done.output


def test_assumptions_are_told_in_words_with_their_switch() -> None:
    done = CliRunner().invoke(group, ["explain", API, "--lab", "hub-spoke"])
    assert "RIGHT: these clients get 10.1.0.5" in done.output
    assert "[assumptions] public-chain-from-table = false" in done.output
