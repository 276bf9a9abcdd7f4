"""What `--workspace` makes of the question: what to read of Azure so that the named workspaces can be judged."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from checks.names.services import place_of
from checks.names.tables import table_of
from checks.requirements import Scope, derive_requirements
from collectors.arm.nodes import parse_document
from collectors.graph.declared import Declared
from collectors.graph.documents import Document
from collectors.graph.estate import Estate
from collectors.graph.ids import Fqdn

if TYPE_CHECKING:  # an offline run must not load the SDK
    from collectors.azure.walk import Closure

_TELLS_NO_NAMES = frozenset({"record-set", "zone-link"})  # the bulk of an estate, and names are asked for many times


def closure_of(scope: Scope, said: Declared) -> Closure:
    """The closure of the workspaces that a scope names, with everybody who is said to need them."""
    from collectors.azure.plan import Aim
    from collectors.azure.walk import Closure

    def names(documents: Sequence[Document]) -> Iterable[str]:
        telling = (document for document in documents if document.kind not in _TELLS_NO_NAMES)
        estate = Estate.from_documents(telling, (), said, parse_document)
        records = derive_requirements(estate, scope).records
        return {name for record in records for name in (record.name, record.private_name)} | set(_foreign(said))

    aim = Aim(services=scope.workspaces, networks=tuple(_networks(scope, said)), addresses=tuple(_addresses(said)))
    return Closure(aim=aim, names=names)


def _foreign(said: Declared) -> Iterator[Fqdn]:
    """Names of other people's resources, and what the tables say that they are aliases of."""
    for name in said.foreign:
        table = table_of(name)
        placed = table.private_form(name) if table else place_of(name, "")
        yield name
        yield from (Fqdn(f"{record}.{zone}") for zone, record in ([placed] if placed else ()))


def _networks(scope: Scope, said: Declared) -> Iterator[str]:
    """Networks that somebody names, each as the person wrote it."""
    named = [*scope.networks, *(text for client in said.clients for text in client.networks)]
    named += [server.network for server in said.servers if server.network]
    yield from dict.fromkeys(named)


def _addresses(said: Declared) -> Iterator[str]:
    """DNS servers that only people know of, and where those forward to."""
    found = [address for site in said.sites for address in site.servers]
    for server in said.servers:
        found += [server.address, *(target for targets in (server.forwards or {}).values() for target in targets)]
    yield from dict.fromkeys(found)
