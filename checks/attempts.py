"""Which connections are worth trying: to right addresses of required names, from where a client must reach them."""

from __future__ import annotations

from checks.context import Context
from checks.questions import view_of
from collectors.graph.connections import Attempt

_NOT_HTTPS = frozenset(
    {
        *("database", "mariadb", "mysql", "postgres", "postgreshsc", "sql"),
        *("cassandra", "mongo", "mongocluster", "redis", "redisenterprise"),
    }
)
"""Labels of the private-link zones of databases: they listen on ports of their own, not on 443."""


def next_attempts(context: Context) -> tuple[Attempt, ...]:
    """One attempt per vantage, address and name, sorted; a vantage speaks for the network that it stands in."""
    estate = context.estate
    found: set[Attempt] = set()
    standing = [(vantage, view_of(estate, vantage)) for vantage in estate.declared.vantages]
    for requirement in context.required.requirements:
        record, network = requirement.expected, requirement.client.network
        if network is None or not record.approved or _NOT_HTTPS & set(record.zone.split(".")):
            continue
        for vantage, view in standing:
            if view == network:
                attempts = (
                    Attempt(vantage=vantage.name, address=address, name=record.asked)
                    for address in requirement.acceptable
                )
                found.update(attempts)
    return tuple(sorted(found))
