"""Zones that declared servers give by transfer: which are read, from where, and where they end up."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from agent.config.model import Config, ServerTable
from collectors.dns.zone_gaps import is_told, zone_gap
from collectors.graph.addresses import split_target
from collectors.graph.declared import Declared, HeldZone, Vantage
from collectors.graph.documents import Gap, Reason
from collectors.snapshot import Snapshot

if TYPE_CHECKING:  # dnspython takes its time to import, and most runs transfer nothing
    from collectors.dns.transfer import Transfer
    from collectors.dns.tsig import TsigKey

Place = tuple[str, str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What is to be transferred, by the server's place, and the gaps of what cannot be."""

    transfers: Mapping[Place, Transfer]
    gaps: tuple[Gap, ...]


def planned(config: Config, said: Declared, environ: Mapping[str, str]) -> Plan:
    """Which zones are read from where. Keys are read before anything else begins: raises ConfigError."""
    rows = [row for row in config.dns.server if row.transfer]
    if not rows:
        return Plan(transfers={}, gaps=())
    from collectors.dns.exchange import Peer
    from collectors.dns.transfer import Transfer

    transfers: dict[Place, Transfer] = {}
    gaps: list[Gap] = []
    standing = Counter(row.address for row in config.dns.server)
    for row in rows:
        key, vantage = _key(row, environ), _vantage(said.vantages, row.address)
        if vantage is None:
            gaps += _gaps(row, "no vantage asks this server", action="add it to `reaches` of a [[vantage]]")
        elif standing[row.address] > 1:
            gaps += _gaps(row, "several declared servers have this address, and any of them might give it")
        else:
            host, port = split_target(vantage.address_map.get(row.address, row.address))
            peer = Peer(host=host, port=port, source=vantage.source)
            zones = tuple(dict.fromkeys(row.transfer))
            transfers[_place(row)] = Transfer(server=row.address, vantage=vantage.name, peer=peer, zones=zones, key=key)
    return Plan(transfers=transfers, gaps=tuple(gaps))


def with_transfers(snapshot: Snapshot, plan: Plan, config: Config, progress: Callable[[str], None]) -> Snapshot:
    """The snapshot with the zones that servers gave, and a gap for each that they did not."""
    if not plan.transfers:
        return replace(snapshot, gaps=(*snapshot.gaps, *plan.gaps))
    from collectors.dns.transfer import TransferLimits, transfer_zones

    count = sum(len(transfer.zones) for transfer in plan.transfers.values())
    progress(f"transferring {count} zone{'' if count == 1 else 's'}")
    results = transfer_zones(tuple(plan.transfers.values()), TransferLimits(silence=config.probe.patience))
    held = {place: result.zones for place, result in zip(plan.transfers, results, strict=True)}
    gaps = (*plan.gaps, *(gap for result in results for gap in result.gaps))
    return replace(snapshot, gaps=(*snapshot.gaps, *gaps), declared=_with_zones(snapshot.declared, held))


def without_transfers(snapshot: Snapshot, config: Config) -> Snapshot:
    """The snapshot of a run that asks nobody, with a gap for each zone that nobody read before it either."""
    held = {server.place: {zone.name for zone in server.zones} for server in snapshot.declared.servers}
    gaps = [
        gap
        for row in config.dns.server
        for zone, gap in zip(row.transfer, _gaps(row, "this run transfers nothing"), strict=True)
        if zone not in held.get(_place(row), ()) and not is_told(snapshot.gaps, row.address, zone)
    ]
    return replace(snapshot, gaps=(*snapshot.gaps, *gaps)) if gaps else snapshot


def holding(said: Declared, read: Declared) -> Declared:
    """What is declared for a run, with the zones that servers gave when the facts were read."""
    held = {server.place: server.zones for server in read.servers if server.zones}
    return _with_zones(said, held) if held else said


def _with_zones(said: Declared, held: Mapping[Place, tuple[HeldZone, ...]]) -> Declared:
    servers = tuple(replace(s, zones=held[s.place]) if s.place in held else s for s in said.servers)
    return replace(said, servers=servers)


def _place(row: ServerTable) -> Place:
    return row.address, row.network.lower(), row.site


def _key(row: ServerTable, environ: Mapping[str, str]) -> TsigKey | None:
    from collectors.dns.tsig import key_from_environment, key_from_file

    if row.tsig_file:
        return key_from_file(Path(row.tsig_file))
    return key_from_environment(row.tsig_env, environ) if row.tsig_env else None


def _vantage(vantages: Iterable[Vantage], server: str) -> Vantage | None:
    """Where a server is asked from: where it must be reached, else where all or it may be asked."""
    known = tuple(vantages)
    reaching = (v for v in known if server in v.reaches)
    informing = (v for v in known if not v.reaches and (server in v.servers or not v.servers))
    return next(reaching, None) or next(informing, None)


def _gaps(row: ServerTable, detail: str, action: str = "") -> Iterator[Gap]:
    for zone in row.transfer:
        yield zone_gap(row.address, "", zone, Reason.NOT_ASKED, detail, action)
