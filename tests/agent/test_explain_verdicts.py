"""What `agent explain` says first of a view, and what it draws of it."""

from __future__ import annotations

import re
from types import MappingProxyType

import pytest
from click.testing import CliRunner

from agent.cli.group import group
from agent.explain import Explanation
from agent.render.mermaid import render_mermaid
from agent.render.verdict import condition, outcome_words, verdict
from checks.names.expected import ExpectedRecord, Role
from checks.requirements import Client, Tier
from checks.resolution import rules
from checks.resolution.path import Addresses, Hop, Loop, Opaque, Outcome, Path, Public, Result, Thing
from checks.views import ViewClass
from collectors.graph.ids import ArmId, Fqdn

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


def explanation(shown: ViewClass, forwarded: Path | None = None) -> Explanation:
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
    known = {SERVER: (NETWORK, forwarded)} if forwarded else {}
    return Explanation(
        name=NAME, type="A", records=(record,), views=(shown,), without=(), forwarded=MappingProxyType(known)
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
    told = condition(explanation(shown, path(RIGHT)), shown)
    assert told == "resolves rightly if 10.0.0.4 forwards the name to Azure DNS in vnet-hub"
    assert condition(explanation(shown, path(Public())), shown).startswith("even if 10.0.0.4 forwarded")
    assert condition(explanation(shown), shown) == ""


@pytest.mark.parametrize(
    "text",
    ['"] --> x', "<img src=x onerror=alert(1)>", "a\nclick v0 href", "#quot;&lt;", "`x`", "%%{init}%%", "\x1b[2J"],
)
def test_a_diagram_holds_nothing_but_boxes_and_arrows(text: str) -> None:
    head, *lines = render_mermaid(explanation(view(RIGHT, text, f"site:{text}"))).splitlines()
    assert head == "flowchart TD"
    assert [line for line in lines if not _LINE.fullmatch(line)] == []
    assert len(lines) == 5


def test_a_mistyped_name_is_answered_with_the_nearest_expected_one() -> None:
    done = CliRunner().invoke(group, ["explain", API.replace("workspace", "workspaec"), "--lab", "hub-spoke"])
    assert f"did you mean {API}?" in done.output


def test_assumptions_are_told_in_words_with_their_switch() -> None:
    done = CliRunner().invoke(group, ["explain", API, "--lab", "hub-spoke"])
    assert "RIGHT: these clients get 10.1.0.5" in done.output
    assert "[assumptions] public-chain-from-table = false" in done.output
