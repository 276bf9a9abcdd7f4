"""Looking a name up in one zone, by RFC 1034 and RFC 4592."""

from __future__ import annotations

from typing import Any

import pytest

from checks.resolution.zones import Alias, Found, Nothing, look_up
from collectors.graph.ids import Fqdn
from tests.estates import small_estate, zid, zone

ZONE = Fqdn("privatelink.example.com")


def looked_up(records: dict[str, Any], name: str, type: str = "A", **more: bool) -> str:
    """The result in one word or two."""
    contents = small_estate(zone(ZONE, records)).records_of(zid(ZONE))
    match look_up(contents, ZONE, Fqdn(f"{name}.{ZONE}" if name else ZONE), type, **more):
        case Found(record):
            return f"{record.type} {record.name}"
        case Alias(record, target):
            return f"alias {record.name} {target}"
        case Nothing(exists):
            return "NODATA" if exists else "NXDOMAIN"


def test_the_exact_name_answers() -> None:
    assert looked_up({"A/www": ["10.0.0.1"], "A/*": ["10.0.0.2"]}, "www") == "A www"


def test_an_exact_name_of_several_labels_answers() -> None:
    assert (
        looked_up({"A/guid.workspace.westeurope": ["10.0.0.1"]}, "guid.workspace.westeurope")
        == "A guid.workspace.westeurope"
    )


def test_the_apex_answers_when_it_has_a_record_and_exists_without_one() -> None:
    assert looked_up({"A/@": ["10.0.0.1"]}, "") == "A @"
    assert looked_up({}, "") == "NODATA"


def test_a_wildcard_does_not_answer_for_the_apex() -> None:
    assert looked_up({"A/*": ["10.0.0.1"]}, "") == "NODATA"


@pytest.mark.parametrize("name", ["www", "a.www", "a.b.c.www"])
def test_a_wildcard_answers_for_any_depth(name: str) -> None:
    assert looked_up({"A/*": ["10.0.0.1"]}, name) == "A *"


def test_the_wildcard_of_the_closest_encloser_answers() -> None:
    records = {"A/*": ["10.0.0.1"], "A/*.b": ["10.0.0.2"]}
    assert looked_up(records, "a.b") == "A *.b"
    assert looked_up(records, "a.c") == "A *"


def test_the_wildcard_does_not_answer_for_its_own_parent() -> None:
    assert looked_up({"A/*.b": ["10.0.0.2"]}, "b") == "NODATA"


def test_an_existing_name_of_another_type_stops_the_wildcard() -> None:
    assert looked_up({"A/*": ["10.0.0.1"], "TXT/www": "text"}, "www") == "NODATA"


def test_an_empty_non_terminal_stops_the_wildcard() -> None:
    """RFC 4592 section 2.2.2: `b` exists because `a.b` does."""
    assert looked_up({"A/*": ["10.0.0.1"], "A/a.b": ["10.0.0.2"]}, "b") == "NODATA"


def test_names_below_an_existing_name_are_not_the_wildcards() -> None:
    """RFC 4592 section 4.1: the closest encloser is `b`, and there is no `*.b`."""
    assert looked_up({"A/*": ["10.0.0.1"], "A/a.b": ["10.0.0.2"]}, "x.b") == "NXDOMAIN"
    assert looked_up({"A/*": ["10.0.0.1"], "A/a.b": ["10.0.0.2"]}, "x.a.b") == "NXDOMAIN"


def test_a_wildcard_of_another_type_is_no_data() -> None:
    assert looked_up({"A/*": ["10.0.0.1"]}, "www", "AAAA") == "NODATA"


def test_no_wildcard_is_made_from_the_wildcard_itself() -> None:
    assert looked_up({"A/*.b": ["10.0.0.1"]}, "*.b") == "A *.b"
    assert looked_up({"A/*.b": ["10.0.0.1"]}, "a.*.b") == "NXDOMAIN"


def test_a_name_that_is_not_there_does_not_exist() -> None:
    assert looked_up({"A/www": ["10.0.0.1"]}, "ftp") == "NXDOMAIN"
    assert looked_up({}, "www") == "NXDOMAIN"


def test_another_type_of_an_existing_name_is_no_data() -> None:
    assert looked_up({"A/www": ["10.0.0.1"]}, "www", "AAAA") == "NODATA"


def test_types_stand_side_by_side() -> None:
    records = {"A/www": ["10.0.0.1"], "AAAA/www": ["fd00::1"]}
    assert looked_up(records, "www", "AAAA") == "AAAA www"
    assert looked_up(records, "www") == "A www"


def test_a_cname_answers_for_every_type_but_its_own() -> None:
    records = {"CNAME/www": "target.example.net."}
    assert looked_up(records, "www") == "alias www target.example.net"
    assert looked_up(records, "www", "AAAA") == "alias www target.example.net"
    assert looked_up(records, "www", "CNAME") == "CNAME www"


def test_a_wildcard_may_be_a_cname() -> None:
    assert looked_up({"CNAME/*": "target.example.net"}, "www") == "alias * target.example.net"


def test_an_emptied_record_set_leaves_a_name_without_data() -> None:
    assert looked_up({"A/www": []}, "www") == "NODATA"
    assert looked_up({"CNAME/www": ""}, "www") == "NODATA"
    assert looked_up({"AAAA/www": [], "A/www": ["10.0.0.1"]}, "www", "AAAA") == "NODATA"


def test_a_wildcard_does_not_answer_for_the_name_it_stands_below() -> None:
    """Not even if names without records stop no wildcard: then it is the one above that answers."""
    records = {"A/*": ["10.0.0.1"], "A/*.b": ["10.0.0.2"]}
    assert looked_up(records, "b") == "NODATA"
    assert looked_up(records, "b", empty_names_stop=False) == "A *"
    assert looked_up(records, "x.b", empty_names_stop=False) == "A *.b"
    assert looked_up({"A/a.b": ["10.0.0.1"]}, "b", empty_names_stop=False) == "NODATA", "there is no wildcard"
