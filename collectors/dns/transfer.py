"""Zones read whole from the server that is authoritative for them (AXFR, RFC 5936), signed with TSIG where asked for.

Bounded in records, bytes and time. A zone that is refused, broken or too large is a gap; the run goes on.
"""

from __future__ import annotations

import socket
import struct
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdataclass
import dns.rdatatype
import dns.tsig
import dns.xfr
import dns.zone

from collectors.dns.exchange import Peer, explain
from collectors.dns.held import held_zone
from collectors.dns.tsig import TsigKey
from collectors.dns.zone_gaps import zone_gap
from collectors.graph.declared import HeldZone
from collectors.graph.documents import Gap, Reason
from collectors.graph.ids import Fqdn

_SLICE = 0.25  # seconds until a stop is noticed
_ALLOW = "allow the transfer to this machine on the server (BIND: allow-transfer), or sign it with a key that it knows"


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferLimits:
    """How much is read: `records` and `octets` of one server, and for how long.

    Seconds: `connecting` until a connection stands, `silence` between bytes, `seconds` for one zone.
    The zones of a server come one after the other, at most `workers` servers at a time.
    """

    records: int = 100_000
    octets: int = 32 * 1024**2
    seconds: float = 30.0
    silence: float = 12.0
    connecting: float = 5.0
    workers: int = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Transfer:
    """What to read from one server: `server` is its address as declared, `peer` where it is on the wire."""

    server: str
    vantage: str
    peer: Peer
    zones: tuple[Fqdn, ...]
    key: TsigKey | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Transferred:
    """What came of it."""

    zones: tuple[HeldZone, ...]
    gaps: tuple[Gap, ...]


class TransferError(Exception):
    """A zone was not read; says why, in words that hold no secret. `is_dead`: nor will another of that server be."""

    def __init__(self, reason: Reason, detail: str, *, action: str = "", is_dead: bool = False) -> None:
        super().__init__(detail)
        self.reason, self.detail, self.action, self.is_dead = reason, detail, action, is_dead


def transfer_zones(transfers: Sequence[Transfer], limits: TransferLimits) -> tuple[Transferred, ...]:
    """Read all zones of all servers; the results stand in the order of the transfers."""
    stopped = threading.Event()
    pool = ThreadPoolExecutor(max_workers=limits.workers, thread_name_prefix="transfer")
    try:
        pending = [pool.submit(_transfer, transfer, limits, stopped) for transfer in transfers]
        return tuple(future.result() for future in pending)
    finally:
        stopped.set()  # on Ctrl-C the threads end soon, at the latest when their connection fails
        pool.shutdown(wait=True, cancel_futures=True)


def _transfer(transfer: Transfer, limits: TransferLimits, stopped: threading.Event) -> Transferred:
    zones: list[HeldZone] = []
    gaps: list[Gap] = []
    meter, dead = _Meter(limits), None
    for zone in transfer.zones:
        try:
            if dead:
                raise dead
            zones.append(_Reading(transfer, zone, meter, limits, stopped).run())
        except TransferError as error:
            dead = error if error.is_dead else None
            about = (transfer.server, transfer.vantage, zone)
            gaps.append(zone_gap(*about, error.reason, error.detail, error.action))
    return Transferred(zones=tuple(zones), gaps=tuple(gaps))


class _Meter:
    """What has come from one server so far."""

    def __init__(self, limits: TransferLimits) -> None:
        self._limits, self._records, self._octets = limits, 0, 0

    def count(self, octets: int, records: int = 0) -> None:
        """Add what came. Raises TransferError beyond a limit."""
        self._octets += octets
        self._records += records
        for what, found, most in (
            ("bytes", self._octets, self._limits.octets),
            ("records", self._records, self._limits.records),
        ):
            if found > most:
                raise TransferError(Reason.REFUSED, f"more than {most} {what} came from the server, no more are read")


class _Reading:
    """The transfer of one zone over one connection."""

    def __init__(
        self, transfer: Transfer, zone: Fqdn, meter: _Meter, limits: TransferLimits, stopped: threading.Event
    ) -> None:
        self._transfer, self._zone, self._meter, self._limits = transfer, zone, meter, limits
        self._stopped = stopped
        self._deadline = time.monotonic() + limits.seconds

    def run(self) -> HeldZone:
        """Read the zone. Raises TransferError."""
        try:
            with self._connected() as tcp:
                return held_zone(self._zone, self._read(tcp))
        except (TimeoutError, OSError) as error:
            timed_out = isinstance(error, TimeoutError)
            reason = Reason.TIMED_OUT if timed_out else Reason.FAILED
            raise TransferError(reason, f"over TCP: {explain(error)}", is_dead=True) from error
        except dns.xfr.TransferError as error:
            raise _refused(error) from error
        except dns.tsig.PeerError as error:
            raise TransferError(Reason.FORBIDDEN, _of_key(error), action=_ALLOW) from error
        except dns.exception.DNSException as error:
            raise self._broken(error) from error
        except ValueError as error:
            raise TransferError(Reason.MALFORMED, "what came is not a DNS message") from error

    def _connected(self) -> socket.socket:
        """A connection to the server, from the vantage's source. Raises OSError."""
        peer = self._transfer.peer
        source = (peer.source, 0) if peer.source else None
        return socket.create_connection((peer.host, peer.port), timeout=self._limits.connecting, source_address=source)

    def _read(self, tcp: socket.socket) -> dns.zone.Zone:
        """The whole zone, every message checked before it counts."""
        origin = dns.name.from_text(f"{self._zone}.")
        zone = dns.zone.Zone(origin, relativize=False)
        query = dns.message.make_query(origin, dns.rdatatype.AXFR)
        if self._transfer.key:
            query.use_tsig(self._transfer.key.for_signing())
        wire = query.to_wire()
        tcp.sendall(struct.pack("!H", len(wire)) + wire)
        with dns.xfr.Inbound(zone, dns.rdatatype.AXFR) as inbound:
            for number, message in enumerate(self._messages(tcp, query)):
                if not query.is_response(message, xfr_continuation=number > 0):
                    raise TransferError(Reason.MALFORMED, "the server answered another question")
                if number == 0 and message.rcode() == dns.rcode.NOERROR and not message.flags & dns.flags.AA:
                    raise TransferError(Reason.MALFORMED, "the server does not claim authority for it")
                if inbound.process_message(message):
                    return zone
        raise TransferError(Reason.FAILED, "the server ended the transfer early")

    def _messages(self, tcp: socket.socket, query: dns.message.Message) -> Iterator[dns.message.Message]:
        context = None
        while True:
            (length,) = struct.unpack("!H", self._receive(tcp, 2))
            self._meter.count(2 + length)
            message = dns.message.from_wire(
                self._receive(tcp, length),
                keyring=query.keyring,
                request_mac=query.mac,
                xfr=True,
                origin=None,
                tsig_ctx=context,
                multi=True,
                one_rr_per_rrset=False,
            )
            context = message.tsig_ctx
            self._meter.count(0, sum(len(rrset) for rrset in message.answer))
            yield message

    def _receive(self, tcp: socket.socket, size: int) -> bytes:
        """Exactly so many bytes. Raises OSError; silence, the zone's time and a stop end it."""
        received, quiet_since = bytearray(), time.monotonic()
        while len(received) < size:
            now = time.monotonic()
            if self._stopped.is_set() or now > self._deadline or now - quiet_since > self._limits.silence:
                raise TimeoutError
            tcp.settimeout(_SLICE)
            try:
                part = tcp.recv(size - len(received))
            except TimeoutError:
                continue
            if not part:
                raise TransferError(Reason.FAILED, "the server closed the connection before the zone was whole")
            received += part
            quiet_since = time.monotonic()
        return bytes(received)

    def _broken(self, error: dns.exception.DNSException) -> TransferError:
        """Everything else that a server can do wrong."""
        if self._transfer.key and isinstance(error, dns.exception.FormError) and "TSIG" in str(error):
            return TransferError(Reason.MALFORMED, "the answer is not signed although the question was")
        if isinstance(error, dns.tsig.BadSignature | dns.tsig.BadTime | dns.tsig.BadKey | dns.tsig.BadAlgorithm):
            return TransferError(Reason.MALFORMED, "the signature of the answer is wrong")
        return TransferError(Reason.MALFORMED, f"what came is no transfer of the zone ({type(error).__name__})")


def _refused(error: dns.xfr.TransferError) -> TransferError:
    rcode = dns.rcode.to_text(error.rcode)
    if error.rcode == dns.rcode.REFUSED:
        return TransferError(Reason.FORBIDDEN, f"the server refuses it ({rcode})", action=_ALLOW)
    if error.rcode == dns.rcode.NOTAUTH:
        says = f"the server is not authoritative for it, or does not allow it ({rcode})"
        return TransferError(Reason.FORBIDDEN, says, action=_ALLOW)
    return TransferError(Reason.FAILED, f"the server answers {rcode}")


def _of_key(error: dns.tsig.PeerError) -> str:
    """What the server has against the key; nothing of it is told but what it is called by everybody."""
    match error:
        case dns.tsig.PeerBadSignature():
            return "the server has another secret for the key (BADSIG)"
        case dns.tsig.PeerBadKey():
            return "the server does not know the key, or knows it with another algorithm (BADKEY)"
        case dns.tsig.PeerBadTime():
            return "the clocks of this machine and of the server differ too much (BADTIME)"
    return "the server does not accept the signature"
