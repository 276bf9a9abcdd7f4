"""What the custom server does by its own rules: access lists, stale answers, rebinding protection."""

from __future__ import annotations

from collections.abc import Iterator

from tests.real.symptoms.build import custom, row
from tests.real.symptoms.cell import Ask, Cell, Wait
from tests.real.symptoms.kinds import BIND, DNSMASQ, KRESD, RECURSOR, UNBOUND
from tests.real.symptoms.world import AT, HOSTS, PARENT, ZONE


def policy_rows() -> Iterator[Cell]:
    """The rows."""
    yield from _access()
    yield from _stale()
    yield from _rebinding()


def _access() -> Iterator[Cell]:
    outsider = AT["outsider"]
    refused = {BIND: "REFUSED no-ra ede18", UNBOUND: "REFUSED no-ra ede18"}
    yield from row(
        "client outside the access list",
        "linked",
        {**refused, RECURSOR: "none"},
        [Ask(source=outsider)],
        own={
            BIND: {"settings": ("allow-query { {self}; };",)},
            UNBOUND: {"settings": ("access-control: 0.0.0.0/0 allow", f"access-control: {outsider}/32 refuse")},
            RECURSOR: {"settings": ("allow-from={self}/32",)},
        },
    )
    yield from row(
        "client outside the access list, denied",
        "linked",
        {UNBOUND: "none"},
        [Ask(source=outsider)],
        own={UNBOUND: {"settings": ("access-control: 0.0.0.0/0 allow", f"access-control: {outsider}/32 deny")}},
    )


def _stale() -> Iterator[Cell]:
    """The record lived for a second when its server began to fail."""
    fresh = "NOERROR private@1"
    for number, (kind, setting, stale) in enumerate(
        (
            (BIND, "stale-answer-enable yes; stale-cache-enable yes;", "NOERROR private@30 ede3"),
            (UNBOUND, "serve-expired: yes\nede-serve-expired: yes", "NOERROR private@30 ede3"),
            (RECURSOR, "serve-stale-extensions=100", "NOERROR private@1"),
            (DNSMASQ, "use-stale-cache", "NOERROR private@0 ede3"),
        )
    ):
        ask = Ask(names=(f"{HOSTS[number]}.{ZONE}",), ttl=True)  # the faulty server answers once for each name
        yield Cell(
            row="stale answers, upstream fails",
            custom=custom(kind, "once", settings=(setting,)),
            steps=(ask, Wait(seconds=2.2), ask),
            expected=(fresh, stale),
        )


def _rebinding() -> Iterator[Cell]:
    """Knot Resolver's module has no exemption."""
    deny = "deny-answer-addresses { 10.0.0.0/8; }"
    yield from row(
        "rebinding protection",
        "linked",
        {BIND: "SERVFAIL", UNBOUND: "NOERROR cname", DNSMASQ: "NOERROR ede15", KRESD: "REFUSED ede18"},
        own={
            BIND: {"settings": (f"{deny};",)},
            UNBOUND: {"settings": ("private-address: 10.0.0.0/8",)},
            DNSMASQ: {"settings": ("stop-dns-rebind",)},
            KRESD: {"settings": ("modules.load('rebinding < iterate')",)},
        },
    )
    yield from row(
        "rebinding protection, exempted",
        "linked",
        dict.fromkeys((BIND, UNBOUND, DNSMASQ), "NOERROR cname private"),
        own={
            BIND: {"settings": (f'{deny} except-from {{ "{ZONE}"; }};',)},
            UNBOUND: {"settings": ("private-address: 10.0.0.0/8", f'private-domain: "{ZONE}"')},
            DNSMASQ: {"settings": ("stop-dns-rebind", f"rebind-domain-ok=/{PARENT}/")},
        },
    )
