"""Looking names up in one zone, against the answers on which BIND, NSD, Knot and PowerDNS agree.

The cases are the FerretDataset's (Kakarla et al., NSDI 2022), where a copy of them lies beside this checkout.
"""

from __future__ import annotations

import json
import os
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from checks.resolution.zones import Alias, Found, Nothing, look_up
from collectors.arm.nodes import parse_document
from collectors.graph.declared import Declared
from collectors.graph.estate import Estate
from collectors.graph.ids import ArmId, Fqdn, fqdn, is_under, relative
from collectors.graph.nodes import RecordSet
from tests.estates import zid

BESIDE = Path(__file__).parents[4] / "shared" / "ferret" / "cases.jsonl"
CASES = Path(os.environ.get("FERRET_CASES", BESIDE))

Record = tuple[Fqdn, str, str]
"""Owner, type, and value as text: names in values are absolute and in lower case."""

APEX = ("bar. 500 IN SOA ns1.outside.edu. root.campus.edu. 3 604800 86400 2419200 604800", "bar. 500 IN NS ns1.bar.")
OF_OUR_OWN: tuple[dict[str, Any], ...] = (
    {"qname": "bar.", "qtype": "SOA", "rcode": "NOERROR", "answer": [APEX[0]], "zone": APEX},
    {"qname": "bar.", "qtype": "A", "rcode": "NOERROR", "answer": [], "zone": APEX},
    {"qname": "x.bar.", "qtype": "A", "rcode": "NXDOMAIN", "answer": [], "zone": APEX},
    {
        "qname": "a.b.bar.",
        "qtype": "TXT",
        "rcode": "NOERROR",
        "answer": ['a.b.bar. 500 IN TXT "wild"'],
        "zone": (*APEX, '*.bar. 500 IN TXT "wild"', "*.bar. 500 IN MX 10 mail.bar."),
    },
    {
        "qname": "b.bar.",
        "qtype": "A",
        "rcode": "NOERROR",
        "answer": [],
        "zone": (*APEX, "*.bar. 500 IN A 192.0.2.1", "a.b.bar. 500 IN PTR host.bar."),
    },
    {
        "qname": "x.bar.",
        "qtype": "A",
        "rcode": "NOERROR",
        "answer": ["x.bar. 500 IN CNAME y.bar.", "y.bar. 500 IN A 192.0.2.1", "y.bar. 500 IN A 192.0.2.2"],
        "zone": (*APEX, "*.bar. 500 IN CNAME y.bar.", "y.bar. 500 IN A 192.0.2.1", "y.bar. 500 IN A 192.0.2.2"),
    },
    {
        "qname": "x.bar.",
        "qtype": "A",
        "rcode": "NXDOMAIN",
        "answer": ["x.bar. 500 IN CNAME y.bar."],
        "zone": (*APEX, "x.bar. 500 IN CNAME y.bar."),
    },
    {
        "qname": "x.bar.",
        "qtype": "A",
        "rcode": "NOERROR",
        "answer": ["x.bar. 500 IN CNAME foo."],
        "zone": (*APEX, "x.bar. 500 IN CNAME foo."),
    },
    {
        "qname": "x.bar.",
        "qtype": "A",
        "rcode": "NOERROR",
        "answer": ["x.bar. 500 IN CNAME y.bar.", "y.bar. 500 IN CNAME x.bar."],
        "zone": (*APEX, "x.bar. 500 IN CNAME y.bar.", "y.bar. 500 IN CNAME x.bar."),
    },
)


@dataclass(frozen=True)
class AuthoritativeZone:
    """A zone as record-set nodes, and the values of each set, which nodes keep for addresses and aliases only."""

    name: Fqdn
    estate: Estate
    values: dict[ArmId, tuple[str, ...]]

    def answer(self, name: Fqdn, type: str) -> tuple[str, set[Record]]:
        """Response code and answer section: as an authoritative server that follows aliases within its zone."""
        contents = self.estate.records_of(zid(self.name))
        section: set[Record] = set()
        visited = set()
        while is_under(name, self.name) and name not in visited:
            visited.add(name)
            match look_up(contents, self.name, name, type):
                case Found(record):
                    section |= {(name, type, value) for value in self.values[record.id]}
                    return "NOERROR", section
                case Alias(_, target):
                    section.add((name, "CNAME", target))
                    name = target
                case Nothing(exists):
                    return "NOERROR" if exists else "NXDOMAIN", section
        return "NOERROR", section


def parsed(line: str) -> Record:
    """A line of a zone file whose names are absolute."""
    owner, _, _, type, value = line.split(maxsplit=4)
    return fqdn(owner), type, str(fqdn(value)) if type in ("NS", "CNAME", "PTR") else value


def made_of(lines: Iterable[str]) -> AuthoritativeZone:
    """The zone; its apex is where the SOA stands."""
    records = [parsed(line) for line in lines]
    apex = next(owner for owner, type, _ in records if type == "SOA")
    sets: dict[tuple[Fqdn, str], list[str]] = defaultdict(list)
    for owner, type, value in records:
        sets[owner, type].append(value)
    nodes: dict[ArmId, RecordSet] = {}
    values: dict[ArmId, tuple[str, ...]] = {}
    for (owner, type), held in sets.items():
        node = record_set(apex, owner, type, tuple(held))
        nodes[node.id], values[node.id] = node, tuple(held)
    return AuthoritativeZone(apex, Estate({}, nodes, (), Declared(), parse_document), values)


def record_set(apex: Fqdn, owner: Fqdn, type: str, values: tuple[str, ...]) -> RecordSet:
    name = relative(owner, apex)
    return RecordSet(
        id=zid(apex).child(type, name),
        zone=zid(apex),
        name=name,
        type=type,
        ttl=500,
        addresses=values if type in ("A", "AAAA") else (),
        cname=Fqdn(values[0]) if type == "CNAME" else None,
        owner=None,
        auto_registered=False,
    )


def disagreement(case: dict[str, Any]) -> str:
    """What is answered otherwise than by the four servers; empty when nothing is."""
    expected = case["rcode"], {parsed(line) for line in case["answer"]}
    found = made_of(case["zone"]).answer(fqdn(case["qname"]), case["qtype"])
    return "" if found == expected else f"{case}: expected {expected}, found {found}"


def cases() -> list[dict[str, Any]]:
    """The data set's cases where there are any, else those of our own."""
    if not CASES.is_file():
        return list(OF_OUR_OWN)
    return [json.loads(line) for line in CASES.read_text(encoding="utf-8").splitlines()]


def test_every_answer_of_four_authoritative_servers_is_found() -> None:
    asked = cases()
    wrong = [said for said in map(disagreement, asked) if said]
    print(f"\nferret {len(asked) - len(wrong)}/{len(asked)}")  # noqa: T201  # the figure that -s shows
    assert not wrong, "\n".join(wrong[:5])


def test_the_cases_of_our_own_agree_wherever_the_data_set_is_not() -> None:
    assert [said for said in map(disagreement, OF_OUR_OWN) if said] == []


def test_a_wrong_answer_would_be_noticed() -> None:
    case = OF_OUR_OWN[2]
    assert disagreement(case | {"rcode": "NOERROR"})
    assert disagreement(case | {"answer": ["x.bar. 500 IN A 192.0.2.1"]})
