"""The configuration of a running lab as a layer of agent.toml, for a run in another process."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping

from agent.lab.world import LabWorld
from collectors.graph.declared import DeclaredClient, DeclaredServer, Site, Vantage


def configuration_text(world: LabWorld) -> str:
    """A complete agent.toml for this lab: cloud, endpoint, clients, sites, servers, public resolver and vantages."""
    declared = world.declared
    blocks = [
        _table("[azure]", {"cloud": _text(world.cloud), "endpoint": _text(world.endpoint)}),
        *map(_client, declared.clients),
        *map(_site, declared.sites),
        _table("[dns]", {"public": _list(declared.public_resolvers)}),
        *map(_server, declared.servers),
        *map(_vantage, declared.vantages),
    ]
    return "\n".join(blocks)


def _client(client: DeclaredClient) -> str:
    return _table(
        "[[scope.clients]]",
        {
            "workspace": _text(client.workspace),
            "networks": _list(client.networks),
            "sites": _list(client.sites),
        },
    )


def _site(site: Site) -> str:
    return _table(
        "[[site]]",
        {
            "name": _text(site.name),
            "address_space": _list(site.address_space),
            "servers": _list(site.servers),
            "reaches": _list(site.reaches),
        },
    )


def _server(server: DeclaredServer) -> str:
    rows = {"address": _text(server.address), "kind": _text(server.kind)}
    if server.network:
        rows["network"] = _text(server.network)
    if server.site:
        rows["site"] = _text(server.site)
    if server.forwards is not None:  # absent: nobody knows what it forwards
        rows["forwards"] = _inline({suffix or ".": _list(to) for suffix, to in server.forwards.items()})
    rows["forward_mode"] = _text(server.forward_mode)
    rows["records"] = _inline({name: _list(values) for name, values in server.records.items()})
    return _table("[[dns.server]]", rows)


def _vantage(vantage: Vantage) -> str:
    return _table(
        "[[vantage]]",
        {
            "name": _text(vantage.name),
            "view": _text(vantage.view),
            "source": _text(vantage.source),
            "servers": _list(vantage.servers),
            "reaches": _list(vantage.reaches),
            "address_map": _inline({address: _text(at) for address, at in vantage.address_map.items()}),
        },
    )


def _table(head: str, rows: Mapping[str, str]) -> str:
    return "".join(_lines(head, rows))


def _lines(head: str, rows: Mapping[str, str]) -> Iterator[str]:
    yield head + "\n"
    for key, value in rows.items():
        if value not in ('""', "[]", "{}") or key == "forwards":  # an empty forwards says something: it iterates
            yield f"{key} = {value}\n"


def _inline(pairs: Mapping[str, str]) -> str:
    inside = ", ".join(f"{_text(key)} = {value}" for key, value in pairs.items())
    return f"{{ {inside} }}" if inside else "{}"


def _list(values: Iterable[str]) -> str:
    return f"[{', '.join(map(_text, values))}]"


def _text(value: str) -> str:
    """A basic string of TOML: JSON's escapes, without surrogate pairs, and DEL escaped too."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
