"""Asks questions and prints the answers as JSON; runs inside the namespace as well as outside."""

from __future__ import annotations

import json
import sys
from typing import Any

import dns.message
import dns.query
import dns.rcode
import dns.rdatatype


def main(questions: str) -> None:
    """Ask a JSON list of `[server, source, name, type]`, print the list of answers."""
    answers = [ask_one(*question) for question in json.loads(questions)]
    sys.stdout.write(json.dumps(answers) + "\n")


def ask_one(server: str, source: str, name: str, rdtype: str) -> dict[str, Any]:
    """What a server (`address` or `address:port`) says: CNAME targets in order, records sorted, who denies."""
    address, _, port = server.partition(":")
    query = dns.message.make_query(name, rdtype)
    response, _ = dns.query.udp_with_fallback(query, address, port=int(port or "53"), source=source, timeout=15)
    wanted = dns.rdatatype.from_text(rdtype)
    rows = [(rrset.rdtype, record.to_text()) for rrset in response.answer for record in rrset]
    return {
        "rcode": dns.rcode.to_text(response.rcode()),
        "chain": [text.rstrip(".") for found, text in rows if found == dns.rdatatype.CNAME],
        "records": sorted(text for found, text in rows if found == wanted),
        "denied_by": [f"{rrset.name} {rrset[0].to_text()}" for rrset in response.authority],
    }


if __name__ == "__main__":
    main(sys.argv[1])
