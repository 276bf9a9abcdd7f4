"""What an answer says, read from its records."""

from __future__ import annotations

from datetime import UTC, datetime

from collectors.graph.answers import Answer, Question, Record
from collectors.graph.ids import Fqdn

PUBLIC, PRIVATE = Fqdn("x.api.azureml.ms"), Fqdn("x.privatelink.api.azureml.ms")


def answer(*records: tuple[str, str, str], type: str = "A") -> Answer:
    return Answer(
        question=Question(vantage="here", server="10.0.0.4", name=PUBLIC, type=type),
        asked_at=datetime(2026, 1, 1, tzinfo=UTC),
        rcode="NOERROR",
        answers=tuple(Record(name=Fqdn(n), type=t, ttl=10, value=v) for n, t, v in records),
    )


def test_the_addresses_are_those_at_the_end_of_the_chain_sorted() -> None:
    given = answer((PUBLIC, "CNAME", PRIVATE), (PRIVATE, "A", "10.0.0.9"), (PRIVATE, "A", "10.0.0.10"))
    assert given.chain == (PRIVATE,)
    assert given.addresses == ("10.0.0.10", "10.0.0.9")


def test_addresses_of_other_names_and_types_do_not_count() -> None:
    given = answer((PUBLIC, "CNAME", PRIVATE), (PUBLIC, "A", "10.0.0.1"), (PRIVATE, "AAAA", "fd00::1"))
    assert given.addresses == ()


def test_an_answer_without_alias_has_its_addresses_at_the_asked_name() -> None:
    assert answer((PUBLIC, "A", "10.0.0.1")).addresses == ("10.0.0.1",)


def test_the_order_of_records_means_nothing() -> None:
    assert answer((PRIVATE, "CNAME", "end"), (PUBLIC, "CNAME", PRIVATE)).chain == (PRIVATE, "end")


def test_a_loop_of_aliases_ends_the_chain() -> None:
    assert answer((PUBLIC, "CNAME", "a"), ("a", "CNAME", "b"), ("b", "CNAME", "a")).chain == ("a", "b")
    assert answer((PUBLIC, "CNAME", PUBLIC)).chain == ()
    assert answer((PUBLIC, "CNAME", "a"), ("a", "CNAME", PUBLIC)).chain == ("a",)
