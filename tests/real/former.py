"""Runs inside the namespace: Azure DNS as it was a moment ago, for whoever asks first.

The first question for a name's address is answered with a former address; all else is Azure DNS's own answer.
"""

from __future__ import annotations

import socket
import subprocess
import sys

import dns.flags
import dns.message
import dns.name
import dns.query
import dns.rdatatype
import dns.rrset

AZURE_DNS = "168.63.129.16"


def main(address: str, name: str, former: str, ttl: str) -> None:
    """Answer at an address, which is also the one to ask Azure DNS from."""
    subprocess.run(["ip", "addr", "add", f"{address}/32", "dev", "lo"], check=True)
    udp = socket.socket(type=socket.SOCK_DGRAM)
    udp.bind((address, 53))
    told = False
    with socket.create_server((address, 53)):  # by which the test knows that everything is ready
        while True:
            wire, client = udp.recvfrom(65535)
            query = dns.message.from_wire(wire)
            if query.edns >= 0:
                query.use_edns(0, query.ednsflags)  # no cookie: who once gets one back insists on it (RFC 7873)
            asked = query.question[0]
            if not told and asked.rdtype == dns.rdatatype.A and asked.name == dns.name.from_text(name):
                told = True
                reply = dns.message.make_response(query, recursion_available=True)
                reply.answer.append(dns.rrset.from_text(asked.name, int(ttl), "IN", "A", former))
            else:
                reply = dns.query.udp(query, AZURE_DNS, source=address, timeout=5)
                # Azure has no DNAME: this namespace's Azure DNS has, in place of aliases under wildcards.
                reply.answer = [held for held in reply.answer if held.rdtype != dns.rdatatype.DNAME]
            udp.sendto(reply.to_wire(max_size=65535), client)


if __name__ == "__main__":
    main(*sys.argv[1:])
