"""Breaks of the server behind the forwarder, and of the way to it."""

from __future__ import annotations

from collections.abc import Iterator

from tests.real.symptoms.build import Expected, behind_the_forwarder, every, row
from tests.real.symptoms.cell import OR, Ask, Cell
from tests.real.symptoms.kinds import BIND, DNSMASQ, KRESD, RECURSOR, UNBOUND
from tests.real.symptoms.world import HOSTS, PAPI, ZONE

_GOOD = {**every("NOERROR cname private"), DNSMASQ: "NOERROR private", KRESD: "NOERROR private"}


_LATE = "SERVFAIL 3-6s | SERVFAIL 6-9s | SERVFAIL 9-12s"
_ANY_TIME = f"SERVFAIL | SERVFAIL 0.5-1s | SERVFAIL 1-3s | {_LATE}"


def fault_rows() -> Iterator[Cell]:
    """The rows."""
    yield from _codes()
    yield from _oddities()
    yield from _ways()
    yield from _truncation()
    yield from _chains()
    yield from _without_lifetime()
    yield from _asked_again()


def _codes() -> Iterator[Cell]:
    failed = {**every("SERVFAIL"), RECURSOR: "SERVFAIL cname"}
    yield from behind_the_forwarder("upstream refuses", "refused", {**failed, DNSMASQ: "REFUSED"})
    yield from behind_the_forwarder("upstream fails", "servfail", failed)
    yield from behind_the_forwarder("upstream cannot read the query", "formerr", {**failed, DNSMASQ: "FORMERR"})


def _oddities() -> Iterator[Cell]:
    yield from behind_the_forwarder(
        "upstream refers to a server below",
        "referral",
        {
            BIND: "SERVFAIL",
            UNBOUND: "NOERROR cname",
            RECURSOR: "SERVFAIL cname",
            DNSMASQ: "NOERROR ns:privatelink",
            KRESD: "NOERROR ns:privatelink",
        },
    )
    yield from behind_the_forwarder(
        "upstream refers to the root",
        "referral:up",
        {
            BIND: "SERVFAIL",
            UNBOUND: "SERVFAIL",
            RECURSOR: "NOERROR cname",
            DNSMASQ: "NOERROR ns:root",
            KRESD: "NOERROR ns:root",
        },
    )
    yield from behind_the_forwarder(
        "upstream answers another name",
        "other-name",
        {
            BIND: "SERVFAIL",
            UNBOUND: "NOERROR cname",
            RECURSOR: "NOERROR cname",
            DNSMASQ: "NOERROR stray-private",
            KRESD: "NOERROR",
        },
    )
    # dnsmasq passes the client's EDNS on, and the failure back
    yield from behind_the_forwarder("upstream without EDNS", "no-edns", _GOOD)
    yield from behind_the_forwarder("upstream without RA", "no-ra", _GOOD)
    yield from behind_the_forwarder("upstream lower-cases names", "lower-case", _GOOD)
    yield from behind_the_forwarder(
        "upstream lower-cases names, mixed case checked",
        "lower-case",
        {UNBOUND: "NOERROR cname private"},
        own={UNBOUND: {"settings": ("use-caps-for-id: yes",)}},
    )


def _ways() -> Iterator[Cell]:
    """Knot Resolver's time depends on the order of its tries, and on the prober's second message two seconds later."""
    silent = {BIND: "SERVFAIL 9-12s", UNBOUND: "none", RECURSOR: "SERVFAIL cname 1-3s", DNSMASQ: "none", KRESD: _LATE}
    yield from behind_the_forwarder(
        "upstream port closed", "closed", {**silent, BIND: "SERVFAIL", RECURSOR: "SERVFAIL cname"}
    )
    yield from behind_the_forwarder("upstream black hole", "black-hole", silent)
    over_tcp = "NOERROR private 3-6s | NOERROR private 6-9s"
    yield from behind_the_forwarder("UDP dropped, TCP open", "udp-dropped", {**silent, KRESD: over_tcp})
    yield from behind_the_forwarder(
        "upstream slow",
        "slow",
        {
            **silent,
            BIND: "NOERROR cname private 6-9s",
            DNSMASQ: "NOERROR private 3-6s",
            KRESD: "NOERROR private 3-6s | NOERROR private 6-9s",
        },
    )
    yield from behind_the_forwarder("upstream answers with a wrong id", "wrong-id", {**silent, KRESD: "none"})


def _truncation() -> Iterator[Cell]:
    yield from behind_the_forwarder("truncated, TCP open", "truncated", {**_GOOD, DNSMASQ: "NOERROR private tcp"})
    yield from behind_the_forwarder(
        "truncated, TCP closed",
        "truncated!",
        {
            **every("SERVFAIL"),
            RECURSOR: "SERVFAIL cname",
            DNSMASQ: "error: truncated over UDP (NOERROR), over TCP: connection reset",
        },
    )
    # the prober keeps a hundred records of a section
    large, large_alone = "NOERROR cname other*99 tcp", "NOERROR other*100 tcp"
    yield from behind_the_forwarder(
        "200 records",
        "200-records",
        {BIND: "SERVFAIL", UNBOUND: large, RECURSOR: large, DNSMASQ: large_alone, KRESD: large_alone},
    )
    yield from behind_the_forwarder(
        "200 records, no limit",
        "200-records",
        {BIND: large},
        own={BIND: {"settings": ("max-records-per-type 0;",)}},
    )


def _chains() -> Iterator[Cell]:
    for length in (8, 10, 12, 20, 40):
        whole: dict[str, str] = dict.fromkeys(every(""), f"NOERROR cname*{length} private")
        if length >= 12:
            whole |= {BIND: "SERVFAIL cname*12 ede0", UNBOUND: "SERVFAIL"}
        if length >= 20:
            whole |= {RECURSOR: "SERVFAIL cname*16", KRESD: "SERVFAIL cname*13"}
        yield from _by_name(f"chain of {length} in one answer", f"chain:{length}", whole)
    good = "NOERROR cname*10 private"
    one_by_one: dict[str, str] = {BIND: good, UNBOUND: good, RECURSOR: good, DNSMASQ: "NOERROR cname", KRESD: good}
    yield from _by_name("chain of 10, alias by alias", "steps:10", one_by_one)
    one_by_one |= {BIND: "SERVFAIL cname*12 ede0", UNBOUND: "SERVFAIL", RECURSOR: "SERVFAIL cname*12"}
    one_by_one |= {KRESD: "NOERROR cname*12 private"}
    yield from _by_name("chain of 12, alias by alias", "steps:12", one_by_one)
    looping = {
        BIND: "SERVFAIL cname*2 ede0",
        UNBOUND: "SERVFAIL",
        RECURSOR: "SERVFAIL cname*2",
        DNSMASQ: "NOERROR cname*2",
        KRESD: "SERVFAIL cname*2",
    }
    yield from _by_name("alias loop", "loop", looping)


def _without_lifetime() -> Iterator[Cell]:
    """The faulty server has another address at each second question: who shows it asked anew."""
    for number, (kind, ttl, second) in enumerate(
        (
            (BIND, 0, "changed"),
            (UNBOUND, 0, "changed"),
            (DNSMASQ, 0, "changed"),
            (RECURSOR, 1, "private"),
            (KRESD, 5, "private"),  # cache.min_ttl
        )
    ):
        ask = Ask(names=(f"{HOSTS[number]}.{ZONE}",), ttl=True)
        kept = [ttl] if second == "changed" else [ttl, ttl - 1]
        outcomes = (f"NOERROR private@{ttl}", OR.join(f"NOERROR {second}@{left}" for left in kept))
        yield from row("TTL 0", "ttl-0", {kind: outcomes}, [ask, ask], public_zone=())


def _asked_again() -> Iterator[Cell]:
    """Only the time of the first answer is evidence."""
    later = "SERVFAIL 1-3s | SERVFAIL 3-6s | SERVFAIL 6-9s"
    yield from row(
        "upstream black hole, asked three times",
        "black-hole",
        {
            BIND: ("SERVFAIL 9-12s", "SERVFAIL", "SERVFAIL"),
            UNBOUND: ("none", later, "SERVFAIL"),
            RECURSOR: ("SERVFAIL 1-3s", "SERVFAIL", "SERVFAIL"),
            DNSMASQ: ("none", "none", "none"),
            KRESD: (_LATE, _ANY_TIME, _ANY_TIME),
        },
        [Ask(names=(PAPI,))] * 3,
        public_zone=(),
    )


def _by_name(name: str, target: str, expected: Expected) -> Iterator[Cell]:
    """A row in which all kinds forward the private zone and are asked for the private name."""
    yield from row(name, target, expected, [Ask(names=(PAPI,))], public_zone=())
