"""Addresses as people write them."""

from __future__ import annotations

import pytest

from collectors.graph.addresses import address, network, split_target, target


@pytest.mark.parametrize(
    ("text", "host", "port", "usual"),
    [
        ("10.0.0.4", "10.0.0.4", 53, "10.0.0.4"),
        ("10.0.0.4:53", "10.0.0.4", 53, "10.0.0.4"),
        ("10.0.0.4:5353", "10.0.0.4", 5353, "10.0.0.4:5353"),
        ("2001:DB8::1", "2001:db8::1", 53, "2001:db8::1"),
        ("[2001:db8::1]", "2001:db8::1", 53, "2001:db8::1"),
        ("[2001:db8::1]:5353", "2001:db8::1", 5353, "[2001:db8::1]:5353"),
    ],
)
def test_a_target_is_an_address_and_perhaps_a_port(text: str, host: str, port: int, usual: str) -> None:
    assert split_target(text) == (host, port)
    assert target(text) == usual
    assert split_target(usual) == (host, port)


@pytest.mark.parametrize(
    "text",
    ["", "ns.example", "10.0.0.4:", "10.0.0.4:0", "10.0.0.4:65536", "10.0.0.4:+53", "10.0.0.4:٣", "10.0.0.04",
     "[10.0.0.4", "[::1]53", "[]:53", "fe80::1%eth0", "[fe80::1%eth0]:53", "10.0.0.4:53:53", "10.0.0.4 "],
)  # fmt: skip
def test_what_is_no_target_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        split_target(text)


def test_ranges_are_in_cidr_form_without_host_bits() -> None:
    assert network("10.0.0.0/8") == "10.0.0.0/8"
    for text in ("10.0.0.1/8", "10.0.0.1", "10.0.0.0/33", "x/8", ""):
        with pytest.raises(ValueError, match=r"."):
            network(text)


def test_an_address_has_one_spelling() -> None:
    assert address("2001:0DB8:0:0::1") == "2001:db8::1"
