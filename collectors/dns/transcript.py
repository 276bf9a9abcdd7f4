"""What a DNS reply says, as plain values: bounded, normalised, and printable whatever the bytes were."""

from __future__ import annotations

from datetime import datetime

import dns.edns
import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdata
import dns.rdatatype
import dns.rdtypes.nsbase
import dns.rrset

from collectors.dns.exchange import Reply
from collectors.graph.answers import Answer, Question, Record
from collectors.graph.ids import Fqdn, fqdn

_MOST_RECORDS = 100
_MOST_ERRORS = 10
_LONGEST_TEXT = 1000


def to_answer(question: Question, asked_at: datetime, reply: Reply) -> Answer:
    """The answer to a question; at most 100 records of a section are kept."""
    message = reply.message
    if message is None:
        return Answer(
            question=question,
            asked_at=asked_at,
            elapsed=reply.elapsed,
            transport=reply.transport,
            tries=reply.tries,
            error=reply.error,
        )
    return Answer(
        question=question,
        asked_at=asked_at,
        rcode=dns.rcode.to_text(message.rcode()),
        flags=tuple(dns.flags.to_text(message.flags).lower().split()),
        answers=_records(message.answer),
        authority=_records(message.authority),
        extended_errors=_extended_errors(message),
        elapsed=reply.elapsed,
        transport=reply.transport,
        tries=reply.tries,
    )


def name_text(name: dns.name.Name) -> Fqdn:
    """A name as this house writes it; what is not visible ASCII stands escaped, as in a zone file."""
    if name == dns.name.root:
        return Fqdn("")
    text = name.to_text(omit_final_dot=True).lower()
    if "\\" in text:
        return Fqdn(text)
    try:
        return fqdn(text)
    except ValueError:
        return Fqdn(text)


def _records(section: list[dns.rrset.RRset]) -> tuple[Record, ...]:
    records: list[Record] = []
    for rrset in section:
        for rdata in rrset:
            if len(records) == _MOST_RECORDS:
                return tuple(records)
            records.append(
                Record(
                    name=name_text(rrset.name),
                    type=dns.rdatatype.to_text(rrset.rdtype),
                    ttl=rrset.ttl,
                    value=_value(rdata),
                )
            )
    return tuple(records)


def _value(rdata: dns.rdata.Rdata) -> str:
    if isinstance(rdata, dns.rdtypes.nsbase.NSBase):  # CNAME, DNAME, NS, PTR: nothing but a name
        return name_text(rdata.target)
    try:
        text = rdata.to_text()
    except (dns.exception.DNSException, ValueError):
        text = rdata.to_generic().to_text()  # RFC 3597: type and bytes, for what its own type cannot print
    return _printable(text)


def _extended_errors(message: dns.message.Message) -> tuple[tuple[int, str], ...]:
    options = [option for option in message.options if isinstance(option, dns.edns.EDEOption)]
    return tuple((int(option.code), _printable(option.text or "")) for option in options[:_MOST_ERRORS])


def _printable(text: str) -> str:
    cut = text if len(text) <= _LONGEST_TEXT else text[:_LONGEST_TEXT] + "..."
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in cut)
