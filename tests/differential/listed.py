"""What each kind of server does unlike the others, frozen before a run: anything else that differs is a disagreement.

Each has a test with real servers (`test_traits_of_servers.py`) and, where the model knows it, one of the model.
"""

from __future__ import annotations

from dataclasses import dataclass

VERSIONS = {
    "bind": "9.18.49",
    "unbound": "1.17.1",
    "pdns-recursor": "4.8.8",
    "dnsmasq": "2.90",
    "knot-resolver": "5.6.0",
}
"""The versions that were measured."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trait:
    """A difference between kinds of servers. `kinds` are those that have it; `modelled`: the model knows it."""

    name: str
    kinds: tuple[str, ...]
    text: str
    modelled: bool = True


TRAITS = (
    Trait(
        name="follows-anew",
        kinds=("bind", "unbound", "pdns-recursor"),
        text="resolves the target of an alias by its own forwarders, even when the whole chain came",
    ),
    Trait(
        name="fails-as-a-whole",
        kinds=("bind", "unbound", "pdns-recursor"),
        text="answers SERVFAIL when it cannot resolve the target of an alias, even to one that would resolve the "
        "target itself",
    ),
    Trait(
        name="same-upstream",
        kinds=("knot-resolver",),
        text="resolves the target of an alias itself, but asks the upstream that it chose for the asked name",
    ),
    Trait(name="whole-answers", kinds=("dnsmasq",), text="passes the upstream's whole answer on"),
    Trait(
        name="own-records-for-aliases",
        kinds=("bind", "pdns-recursor", "knot-resolver"),
        text="answers the target of an alias with a record of its own, whoever gave the alias",
    ),
    Trait(
        name="own-records-of-one-type",
        kinds=("dnsmasq",),
        text="forwards a question for another type than that of its own record (the others have no data of it), and "
        "makes of a denied name that it holds, or holds one below, a name without data",
    ),
    Trait(
        name="no-data-from-above",
        kinds=("bind",),
        text='answers SERVFAIL to "no data" with the SOA of a zone above what it forwards only; a denied name it '
        "believes",
    ),
    Trait(
        name="denial-kept-for-all-types",
        kinds=("bind", "unbound", "pdns-recursor", "knot-resolver"),
        text="keeps a denied name for every type: after TXT, to which no fallback applies, A is denied as well while "
        "the denial's TTL lasts; estates here have TTL 0",
        modelled=False,
    ),
    Trait(
        name="expects-the-cookie-again",
        kinds=("bind",),
        text="asks over TCP when a server that gave a cookie gives none (behind one dnsmasq stand several servers); "
        "cookies are off here, since the front answers UDP only",
        modelled=False,
    ),
    Trait(
        name="own-record-is-a-zone",
        kinds=("bind", "pdns-recursor"),
        text="denies every name below one that it holds a record of, where that is kept as a zone of the name; what "
        "is declared does not tell; estates here declare records of names with none below",
        modelled=False,
    ),
    Trait(
        name="joins-what-is-in-flight",
        kinds=("knot-resolver",),
        text="joins a question to one in flight for the same name and type, even when that went to another upstream; "
        "the questions of an estate are asked one after the other here",
        modelled=False,
    ),
    Trait(
        name="asks-nobody-by-itself",
        kinds=("dnsmasq",),
        text="does not iterate: without a default forwarder it refuses; no estate declares one like that",
        modelled=False,
    ),
)
