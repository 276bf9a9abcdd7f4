"""The lines of a snapshot file: strict types for each, and the way from the graph's types to JSON and back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

import msgspec

from collectors.diagnosis_lines import DiagnosisLine
from collectors.graph import addresses
from collectors.graph.answers import Answer, Question, Record
from collectors.graph.connections import Attempt, Connection
from collectors.graph.declared import DeclaredClient, DeclaredServer, HeldZone, NamePlace, Site, Vantage
from collectors.graph.documents import Document, Gap, Reason
from collectors.graph.ids import ArmId, Fqdn, fqdn
from collectors.line import Line, Time, utc

_LONGEST_NAME = 1023  # 255 octets, each of them escaped


class HeaderLine(Line, tag="header"):
    """Always the first line; `format` says whether this version can read on."""

    format: int
    tool_version: str
    cloud: str
    scope: dict[str, Any]
    started: Time
    identity: str
    tenant: str


class DocumentLine(Line, tag="document"):
    """One ARM resource. An unknown kind is kept: it may be one of a newer or older version."""

    kind: str
    id: str
    body: dict[str, Any]
    read_at: Time | None


class GapLine(Line, tag="gap"):
    """Something that is not known."""

    kind: str
    scope: str
    reason: Reason
    detail: str
    action: str


class QuestionPart(msgspec.Struct, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """The key of an answer."""

    vantage: str
    server: str
    name: str
    type: str
    checking_disabled: bool
    transport: Annotated[str, msgspec.Meta(pattern=r"\A(?:tcp)?\Z")] = ""
    dns_class: Annotated[str, msgspec.Meta(pattern=r"\A(?:IN|CH)\Z")] = "IN"
    again: Annotated[int, msgspec.Meta(ge=0, le=9)] = 0


class RecordPart(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """One resource record of an answer."""

    name: str
    type: str
    ttl: int
    value: str


class AnswerLine(Line, tag="answer"):
    """What a server said, or that it did not."""

    question: QuestionPart
    asked_at: Time
    rcode: str
    flags: tuple[str, ...]
    answers: tuple[RecordPart, ...]
    authority: tuple[RecordPart, ...]
    extended_errors: tuple[tuple[int, str], ...]
    elapsed: float
    transport: str
    tries: int
    error: str


class ConnectionLine(Line, tag="connection"):
    """What came of a connection to an endpoint's address."""

    vantage: str
    address: str
    name: str
    tried_at: Time
    accepted: bool
    names: tuple[str, ...]
    error: str
    elapsed: float


class ZonePart(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """A zone that a server gave by transfer."""

    name: str
    serial: int
    records: dict[str, tuple[str, ...]]
    delegated: tuple[str, ...]


class ServerLine(Line, tag="server"):
    """A declared DNS server, and what it gave."""

    address: str
    network: str
    site: str
    kind: str
    forwards: dict[str, tuple[str, ...]] | None
    forward_mode: str
    records: dict[str, tuple[str, ...]]
    rebinding_protection: bool = False
    rejects_unsigned: bool = False
    zones: tuple[ZonePart, ...] = ()


class SiteLine(Line, tag="site"):
    """A declared site."""

    name: str
    address_space: tuple[str, ...]
    servers: tuple[str, ...]
    reaches: tuple[str, ...]


class ClientLine(Line, tag="client"):
    """A declared client."""

    workspace: str
    networks: tuple[str, ...]
    sites: tuple[str, ...]


class VantageLine(Line, tag="vantage"):
    """A vantage as far as answers are judged by it; source address and address map stay on the asking machine."""

    name: str
    view: str
    servers: tuple[str, ...]
    reaches: tuple[str, ...]


class AssumptionsLine(Line, tag="assumptions"):
    """Switches of the model."""

    values: dict[str, bool]


class NamePlaceLine(Line, tag="name-place"):
    """Where the names below a public suffix have their private records."""

    public: str
    zone: str


class ForeignNamesLine(Line, tag="foreign-names"):
    """Names of resources elsewhere that clients use."""

    names: tuple[str, ...]


class PublicResolversLine(Line, tag="public-resolvers"):
    """The resolvers asked for public chains, in their order."""

    addresses: tuple[str, ...]


class FooterLine(Line, tag="footer"):
    """Always the last line; `sha256` covers every byte before it."""

    counts: dict[str, int]
    sha256: str
    removed: dict[str, tuple[str, ...]]
    finished: Time


ContentLine = (
    DocumentLine
    | GapLine
    | AnswerLine
    | ConnectionLine
    | DiagnosisLine
    | ServerLine
    | SiteLine
    | ClientLine
    | VantageLine
    | AssumptionsLine
    | NamePlaceLine
    | ForeignNamesLine
    | PublicResolversLine
)


def _plain(value: object) -> object:
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(f"not JSON: {type(value).__name__}")


_ENCODER = msgspec.json.Encoder(order="deterministic", enc_hook=_plain)
AnyLine = ContentLine | HeaderLine | FooterLine
_DECODER: msgspec.json.Decoder[AnyLine] = msgspec.json.Decoder(AnyLine)


def encode(line: Line) -> bytes:
    """One line of JSON with its line feed; equal content gives equal bytes."""
    return _ENCODER.encode(line) + b"\n"


def decode(line: bytes) -> AnyLine:
    """One line. Raises msgspec.DecodeError, or RecursionError for absurd nesting."""
    return _DECODER.decode(line)


def document_line(document: Document) -> DocumentLine:
    """A document as a line."""
    read_at = utc(document.read_at) if document.read_at else None
    return DocumentLine(kind=document.kind, id=document.id.text, body=dict(document.body), read_at=read_at)


def gap_line(gap: Gap) -> GapLine:
    """A gap as a line."""
    return GapLine(kind=gap.kind, scope=gap.scope, reason=gap.reason, detail=gap.detail, action=gap.action)


def answer_line(answer: Answer) -> AnswerLine:
    """An answer as a line."""
    question = answer.question
    return AnswerLine(
        question=QuestionPart(
            vantage=question.vantage,
            server=question.server,
            name=question.name,
            type=question.type,
            checking_disabled=question.checking_disabled,
            transport=question.transport,
            dns_class=question.dns_class,
            again=question.again,
        ),
        asked_at=utc(answer.asked_at),
        rcode=answer.rcode,
        flags=answer.flags,
        answers=_record_parts(answer.answers),
        authority=_record_parts(answer.authority),
        extended_errors=answer.extended_errors,
        elapsed=answer.elapsed,
        transport=answer.transport,
        tries=answer.tries,
        error=answer.error,
    )


def _record_parts(records: tuple[Record, ...]) -> tuple[RecordPart, ...]:
    return tuple(RecordPart(name=r.name, type=r.type, ttl=r.ttl, value=r.value) for r in records)


def connection_line(connection: Connection) -> ConnectionLine:
    """A connection as a line."""
    attempt = connection.attempt
    return ConnectionLine(
        vantage=attempt.vantage,
        address=attempt.address,
        name=attempt.name,
        tried_at=utc(connection.tried_at),
        accepted=connection.accepted,
        names=connection.names,
        error=connection.error,
        elapsed=connection.elapsed,
    )


def server_line(server: DeclaredServer) -> ServerLine:
    """A declared server as a line."""
    return ServerLine(
        address=server.address,
        network=server.network,
        site=server.site,
        kind=server.kind,
        forwards=None if server.forwards is None else {str(k): v for k, v in server.forwards.items()},
        forward_mode=server.forward_mode,
        records={str(name): values for name, values in server.records.items()},
        rebinding_protection=server.rebinding_protection,
        rejects_unsigned=server.rejects_unsigned,
        zones=tuple(map(_zone_part, sorted(server.zones, key=lambda zone: zone.name))),
    )


def _zone_part(zone: HeldZone) -> ZonePart:
    records = {str(name): values for name, values in zone.records.items()}
    return ZonePart(name=zone.name, serial=zone.serial, records=records, delegated=zone.delegated)


def site_line(site: Site) -> SiteLine:
    """A declared site as a line."""
    return SiteLine(name=site.name, address_space=site.address_space, servers=site.servers, reaches=site.reaches)


def client_line(client: DeclaredClient) -> ClientLine:
    """A declared client as a line."""
    return ClientLine(workspace=client.workspace, networks=client.networks, sites=client.sites)


def vantage_line(vantage: Vantage) -> VantageLine:
    """A vantage as a line, without what only the asking machine needs."""
    return VantageLine(name=vantage.name, view=vantage.view, servers=vantage.servers, reaches=vantage.reaches)


def name_place_line(place: NamePlace) -> NamePlaceLine:
    """A declared place of names as a line."""
    return NamePlaceLine(public=place.public, zone=place.zone)


def to_document(line: DocumentLine) -> Document:
    """The document of a line. Raises ValueError for an id that is none."""
    return Document(kind=line.kind, id=ArmId(line.id), body=line.body, read_at=line.read_at)


def to_gap(line: GapLine) -> Gap:
    """The gap of a line."""
    return Gap(kind=line.kind, scope=line.scope, reason=line.reason, detail=line.detail, action=line.action)


def to_answer(line: AnswerLine) -> Answer:
    """The answer of a line. Raises ValueError for what could not have been asked or answered."""
    question = line.question
    return Answer(
        question=Question(
            vantage=question.vantage,
            server=addresses.address(question.server),
            name=_same(fqdn(question.name), question.name),
            type=question.type,
            checking_disabled=question.checking_disabled,
            transport=question.transport,
            dns_class=question.dns_class,
            again=question.again,
        ),
        asked_at=line.asked_at,
        rcode=line.rcode,
        flags=line.flags,
        answers=_records(line.answers),
        authority=_records(line.authority),
        extended_errors=line.extended_errors,
        elapsed=line.elapsed,
        transport=line.transport,
        tries=line.tries,
        error=line.error,
    )


def _records(parts: tuple[RecordPart, ...]) -> tuple[Record, ...]:
    return tuple(map(_record, parts))


def _record(part: RecordPart) -> Record:
    names = (part.name, part.value) if part.type == "CNAME" else (part.name,)
    if max(map(len, names)) > _LONGEST_NAME:
        raise ValueError("longer than a domain name can be")
    value = addresses.address(part.value) if part.type in ("A", "AAAA") else part.value
    return Record(name=Fqdn(part.name), type=part.type, ttl=part.ttl, value=value)


def to_connection(line: ConnectionLine) -> Connection:
    """The connection of a line. Raises ValueError for an address or name that is none."""
    return Connection(
        attempt=Attempt(
            vantage=line.vantage, address=addresses.address(line.address), name=_same(fqdn(line.name), line.name)
        ),
        tried_at=line.tried_at,
        accepted=line.accepted,
        names=line.names,
        error=line.error,
        elapsed=line.elapsed,
    )


def _held(text: str) -> str:
    """What a declared record holds: an address, or the name it is an alias of."""
    return addresses.address(text) if addresses.is_address(text) else fqdn(text)


def to_server(line: ServerLine) -> DeclaredServer:
    """The declared server of a line. Raises ValueError for an address or name that is none."""
    forwards = line.forwards
    return DeclaredServer(
        address=addresses.address(line.address),
        network=line.network,
        site=line.site,
        kind=line.kind,
        forwards=None
        if forwards is None
        else {_same(fqdn(k), k): tuple(addresses.target(v) for v in values) for k, values in forwards.items()},
        forward_mode=line.forward_mode,
        records={_same(fqdn(k), k): tuple(map(_held, values)) for k, values in line.records.items()},
        rebinding_protection=line.rebinding_protection,
        rejects_unsigned=line.rejects_unsigned,
        zones=tuple(map(_held_zone, line.zones)),
    )


def _held_zone(part: ZonePart) -> HeldZone:
    return HeldZone(
        name=_same(fqdn(part.name), part.name),
        serial=part.serial,
        records={_same(fqdn(k), k): tuple(map(_held, values)) for k, values in part.records.items()},
        delegated=tuple(_same(fqdn(name), name) for name in part.delegated),
    )


def to_site(line: SiteLine) -> Site:
    """The site of a line. Raises ValueError for an address or range that is none."""
    return Site(
        name=line.name,
        address_space=tuple(addresses.network(text) for text in line.address_space),
        servers=_addresses(line.servers),
        reaches=line.reaches,
    )


def to_client(line: ClientLine) -> DeclaredClient:
    """The declared client of a line."""
    return DeclaredClient(workspace=line.workspace, networks=line.networks, sites=line.sites)


def to_vantage(line: VantageLine) -> Vantage:
    """The vantage of a line. Raises ValueError for an address that is none."""
    return Vantage(
        name=line.name,
        view=line.view,
        servers=_addresses(line.servers),
        reaches=_addresses(line.reaches),
    )


def to_name_place(line: NamePlaceLine) -> NamePlace:
    """The declared place of a line. Raises ValueError for a name that is none."""
    return NamePlace(public=_same(fqdn(line.public), line.public), zone=_same(fqdn(line.zone), line.zone))


def to_foreign_names(line: ForeignNamesLine) -> tuple[Fqdn, ...]:
    """The foreign names of a line. Raises ValueError for a name that is none."""
    return tuple(_same(fqdn(name), name) for name in line.names)


def to_resolvers(line: PublicResolversLine) -> tuple[str, ...]:
    """The public resolvers of a line. Raises ValueError for an address that is none."""
    return _addresses(line.addresses)


def _addresses(texts: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(addresses.address(text) for text in texts)


def _same(normalised: Fqdn, text: str) -> Fqdn:
    """Two spellings of one name would be two keys: the file must hold the normalised one."""
    if normalised != text:
        raise ValueError(f"not a normalised name: {text!r}")
    return normalised
