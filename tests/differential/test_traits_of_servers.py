"""The listed traits, each reproduced with a server of every kind and one behind it: public DNS, or another BIND."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from collectors.graph.declared import DeclaredServer
from collectors.graph.ids import Fqdn
from tests.differential.configuration import Batch, Process, custom_process, named_process, public_process, zone_text
from tests.differential.estates import KINDS
from tests.differential.internet import RESOLVER
from tests.differential.listed import TRAITS, VERSIONS
from tests.differential.servers import Got, ask, versions

pytestmark = [pytest.mark.real_servers, pytest.mark.usefixtures("servers")]

UPSTREAM = "10.1.0.1"
PRIVATE, PUBLIC = ("10.9.9.9",), ("203.0.113.32",)
NAME, TARGET = "s2.blob.core.windows.net", "s2.privatelink.blob.core.windows.net"
ZONE = "privatelink.blob.core.windows.net"


def kinds_with(trait: str) -> set[str]:
    """The kinds that the list says have a trait."""
    return set(next(listed for listed in TRAITS if listed.name == trait).kinds)


def answers(
    forwards: Mapping[str, str], records: Mapping[str, tuple[str, ...]], *questions: tuple[str, str]
) -> dict[str, tuple[Got, ...]]:
    """What a server of each kind answers that forwards and holds this; BIND behind it is Azure DNS with one zone."""
    servers = {
        f"10.0.0.{number}": DeclaredServer(
            address=f"10.0.0.{number}", kind=kind, records={Fqdn(name): held for name, held in records.items()}
        )
        for number, kind in enumerate(KINDS, 1)
    }
    made = [custom_process(server, forwards) for server in servers.values()]
    groups = [[(address, name, type) for name, type in questions] for address in servers]
    return dict(zip((server.kind for server in servers.values()), ask(_batch(*made), groups), strict=True))


def _batch(*processes: Process) -> Batch:
    """Some servers with public DNS, and with a BIND behind them that is Azure DNS with one zone."""
    soa = "azureprivatedns.net. host.example.org. 1 60 60 60 0"
    zone = zone_text(ZONE, soa, ["s2 A 10.9.9.9", "x.deep A 10.9.9.8"])
    body = f'forward only; forwarders {{ {RESOLVER}; }}; zone "{ZONE}" {{ type primary; file "zone"; }};'
    upstream = named_process("upstream", [UPSTREAM], f'view "v" {{ {body} }};\n', {"zone": zone})
    return Batch(
        processes=(public_process(), upstream, *processes), front={"public": RESOLVER, "markers": {}, "views": []}
    )


def kinds_that(found: Mapping[str, tuple[Got, ...]], records: tuple[str, ...]) -> set[str]:
    """The kinds whose first answer holds these records."""
    return {kind for kind, (first, *_) in found.items() if first.records == records}


def test_the_versions_are_those_that_were_measured() -> None:
    """But for patches. Another version may have other traits: then they are measured anew."""
    assert {kind: version.split(".")[:2] for kind, version in versions().items()} == {
        kind: version.split(".")[:2] for kind, version in VERSIONS.items()
    }


def test_who_resolves_the_target_of_an_alias_by_its_own_forwarders() -> None:
    """Public DNS sends the whole chain; the private-link suffix has a forwarder of its own."""
    found = answers({"": RESOLVER, ZONE: UPSTREAM}, {}, (NAME, "A"))
    assert kinds_that(found, PRIVATE) == kinds_with("follows-anew")
    assert kinds_that(found, PUBLIC) == kinds_with("same-upstream") | kinds_with("whole-answers")


def test_who_fails_as_a_whole_when_it_cannot_resolve_the_target_of_an_alias() -> None:
    """Each kind stands behind a BIND that has another forwarder for the target; its own refuses."""
    refusing = named_process("refusing", ["10.1.0.2"], 'view "v" { allow-query { none; }; };\n', {})
    behind = {f"10.0.1.{number}": kind for number, kind in enumerate(KINDS, 1)}
    made = [
        custom_process(DeclaredServer(address=a, kind=k), {"": RESOLVER, ZONE: "10.1.0.2"}) for a, k in behind.items()
    ]
    fronts = {a.replace("10.0.1.", "10.0.0."): a for a in behind}
    made += [custom_process(DeclaredServer(address=a, kind="bind"), {"": b, ZONE: UPSTREAM}) for a, b in fronts.items()]
    found = dict(zip(behind.values(), ask(_batch(*made, refusing), [[(a, NAME, "A")] for a in fronts]), strict=True))
    assert {kind for kind, (got,) in found.items() if got.rcode == "SERVFAIL"} == kinds_with("fails-as-a-whole")
    assert kinds_that(found, PRIVATE) == set(KINDS) - kinds_with("fails-as-a-whole")


def test_who_answers_the_target_of_an_alias_with_a_record_of_its_own() -> None:
    """Everything is forwarded to public DNS, which sends the whole chain."""
    found = answers({"": RESOLVER}, {TARGET: PRIVATE}, (NAME, "A"))
    assert kinds_that(found, PRIVATE) == kinds_with("own-records-for-aliases")
    assert kinds_that(found, PUBLIC) == set(KINDS) - kinds_with("own-records-for-aliases")


def test_who_forwards_another_type_than_that_of_its_own_record() -> None:
    """Public DNS denies the first name and has AAAA of the second."""
    held = {"gone.corp.example.com": PRIVATE, "app.dev.corp.example.com": PRIVATE}
    found = answers({"": RESOLVER}, held, ("app.dev.corp.example.com", "AAAA"), ("gone.corp.example.com", "AAAA"))
    assert kinds_that(found, ("2001:db8::42",)) == kinds_with("own-records-of-one-type")
    assert {got[1] for got in found.values()} == {Got("NOERROR", (), ())}


def test_who_denies_no_name_above_one_that_it_holds() -> None:
    """Public DNS denies the name."""
    found = answers({"": RESOLVER}, {"below.gone.corp.example.com": PRIVATE}, ("gone.corp.example.com", "A"))
    assert {kind for kind, (got,) in found.items() if got.rcode == "NOERROR"} == kinds_with("own-records-of-one-type")


def test_who_takes_no_data_only_from_what_it_forwards() -> None:
    """A child of the zone is forwarded; the SOA is the zone's. A denied name everybody believes."""
    deep = f"deep.{ZONE}"
    found = answers(
        {"": RESOLVER, deep: UPSTREAM}, {}, (f"x.{deep}", "AAAA"), (f"x.{deep}", "A"), (f"gone.{deep}", "A")
    )
    refusing = {kind for kind, (no_data, *_) in found.items() if no_data.rcode == "SERVFAIL"}
    assert refusing == kinds_with("no-data-from-above")
    assert {got[1].records for got in found.values()} == {("10.9.9.8",)}
    assert {got[2].rcode for got in found.values()} == {"NXDOMAIN"}


def test_who_denies_names_below_one_that_it_holds_a_record_of() -> None:
    """Public DNS has an address for the name below."""
    found = answers({"": RESOLVER}, {"blob.core.windows.net": PRIVATE}, (NAME, "A"))
    assert {kind for kind, (got,) in found.items() if got.rcode == "NXDOMAIN"} == kinds_with("own-record-is-a-zone")


def test_who_asks_nobody_by_itself() -> None:
    """Nothing is forwarded."""
    found = answers({}, {}, ("app.corp.example.com", "A"))
    silent = {kind for kind, (got,) in found.items() if got.rcode != "NOERROR"}
    assert silent == kinds_with("asks-nobody-by-itself")
