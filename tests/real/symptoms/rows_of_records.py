"""Breaks in zones, links and records: Azure DNS answers as it should, with what it has."""

from __future__ import annotations

from collections.abc import Iterator

from tests.real.symptoms.build import every, row
from tests.real.symptoms.cell import CHANGING, OR, Ask, Cell, Change, Wait
from tests.real.symptoms.kinds import BIND, DNSMASQ, KRESD, RECURSOR, UNBOUND
from tests.real.symptoms.outcome import CHANGED, PRIVATE
from tests.real.symptoms.world import HOSTS, PAPI

_PRIVATE_NAME = (PAPI,)


def record_rows() -> Iterator[Cell]:
    """The rows."""
    yield from row("good", "linked", every("NOERROR cname private@10"), [Ask(ttl=True)])
    # Azure DNS keeps public answers for all cells: the first asks anew
    aging = OR.join(f"NOERROR cname public@{left}" for left in range(60, 50, -1))
    yield from row("zone not linked", "unlinked", every(aging), [Ask(ttl=True)])
    # dnsmasq passes the authority of the public resolver on, which holds the zones itself here
    without_forwarder = every("NOERROR cname public@60") | {DNSMASQ: "NOERROR cname public@60 aa"}
    yield from row("forwarder missing", "", without_forwarder, [Ask(ttl=True)])
    yield from row("record missing", "without-record", every("NXDOMAIN cname soa:privatelink"))
    yield from row(
        "record missing, only the private zone forwarded",
        "without-record",
        {DNSMASQ: "NOERROR cname public aa", KRESD: "NOERROR cname public"},
        public_zone=(),
    )
    yield from row("wrong address", "wrong", every("NOERROR cname wrong"))
    yield from row("private and public address", "both", every("NOERROR cname private public"))
    yield from _types()
    yield from _orders()
    yield from _created_later()
    yield from _changed()


def _types() -> Iterator[Cell]:
    for type in ("AAAA", "HTTPS", "TXT"):
        yield from row(f"{type} of an A-only name", "linked", every("NOERROR cname soa:privatelink"), [Ask(type=type)])
    yield from row(
        "AAAA public, A private",
        "linked",
        {
            BIND: "NOERROR cname soa:privatelink",
            UNBOUND: "NOERROR cname soa:privatelink",
            RECURSOR: "NOERROR cname soa:privatelink",
            DNSMASQ: "NOERROR cname public6 aa",
            KRESD: "NOERROR cname public6",
        },
        [Ask(type="AAAA")],
        public_zone=(),
    )


def _orders() -> Iterator[Cell]:
    """Only the private zone is forwarded: what dnsmasq and Knot Resolver say depends on what was asked before."""
    yield from row(
        "public name, then private",
        "linked",
        {
            **every(("NOERROR cname private", "NOERROR private")),
            DNSMASQ: ("NOERROR cname public aa", "NOERROR public"),
            KRESD: ("NOERROR cname public", "NOERROR public"),
        },
        [Ask(), Ask(names=_PRIVATE_NAME)],
        public_zone=(),
    )
    yield from row(
        "private name, then public, then private",
        "linked",
        {
            **every(("NOERROR private", "NOERROR cname private", "NOERROR private")),
            DNSMASQ: ("NOERROR private aa", "NOERROR cname public aa", "NOERROR public"),
        },
        [Ask(names=_PRIVATE_NAME), Ask(), Ask(names=_PRIVATE_NAME)],
        public_zone=(),
    )


def _created_later() -> Iterator[Cell]:
    """The zone's SOA lets a denial live for two seconds; Knot Resolver keeps it for five (`cache.min_ttl`)."""
    for kind, lifetime in ((BIND, 3.2), (UNBOUND, 3.2), (RECURSOR, 3.2), (DNSMASQ, 3.2), (KRESD, 6.2)):
        denied = "NXDOMAIN cname soa:privatelink"
        yield from row(
            "record created later",
            CHANGING,
            {kind: (denied, "NOERROR private aa", denied, "NOERROR cname private")},
            [
                Ask(),
                Change(name=PAPI, address=PRIVATE, ttl=10),
                Ask(server=CHANGING, names=_PRIVATE_NAME),
                Ask(),
                Wait(seconds=lifetime),
                Ask(),
            ],
            records=(),
        )


def _changed() -> Iterator[Cell]:
    yield from row(
        "address changed, the old one cached",
        CHANGING,
        every(
            (
                "NOERROR cname private@3600",
                "NOERROR cname private@3599 | NOERROR cname private@3598",
                "NOERROR changed@3600 aa",
            )
        ),
        [
            Ask(ttl=True),
            Change(name=PAPI, address=CHANGED, ttl=3600),
            Wait(seconds=1.1),
            Ask(ttl=True),
            Ask(server=CHANGING, names=_PRIVATE_NAME, ttl=True),
        ],
        records=(f"{HOSTS[0]} 3600 A {PRIVATE}",),
    )
