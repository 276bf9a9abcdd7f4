"""Snapshot files: the same content comes back, the same bytes go out, and nothing hostile comes in."""

from __future__ import annotations

import gzip
import hashlib
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collectors.graph.answers import Answer, Question, Record
from collectors.graph.connections import Attempt, Connection
from collectors.graph.declared import Declared, DeclaredClient, DeclaredServer, HeldZone, NamePlace, Site, Vantage
from collectors.graph.documents import Document, Gap, Reason
from collectors.graph.errors import SinkError, SnapshotError
from collectors.graph.ids import ArmId, Fqdn
from collectors.graph.workspace_diagnosis import WORKSPACE_DIAGNOSIS, Remark, WorkspaceDiagnosis
from collectors.snapshot import Bounds, Footer, Header, Snapshot, read_snapshot, sealed, write_snapshot

NOW = datetime(2026, 5, 1, 12, 0, 0, 123456, tzinfo=UTC)


ZONE = HeldZone(
    name=Fqdn("example"),
    serial=7,
    records={Fqdn("example"): (), Fqdn("*.example"): ("10.0.0.5", "fd00::5"), Fqdn("a.example"): ("b.test",)},
    delegated=(Fqdn("child.example"),),
)


def document(name: str, **body: Any) -> Document:
    return Document(
        kind="private-dns-zone",
        id=ArmId(f"/subscriptions/s/resourceGroups/rg/providers/P/t/{name}"),
        body=body,
        read_at=NOW,
    )


WORKSPACES = "/subscriptions/s/resourceGroups/rg/providers/Microsoft.MachineLearningServices/workspaces"
DIAGNOSED = WorkspaceDiagnosis(
    workspace=ArmId(f"{WORKSPACES}/mlw"),
    asked_at=NOW,
    remarks=(
        Remark(code="CustomDnsInUse", level="Warning", message="It is detected"),
        Remark(code="x", level="", message=""),
    ),
)
UNDIAGNOSED = WorkspaceDiagnosis(
    workspace=ArmId(f"{WORKSPACES}/other"),
    asked_at=NOW,
    gap=Gap(
        kind=WORKSPACE_DIAGNOSIS,
        scope=f"{WORKSPACES}/other",
        reason=Reason.FORBIDDEN,
        detail="the answer was 403",
        action="grant it",
    ),
)


def example() -> Snapshot:
    """One of everything, out of order."""
    question = Question(vantage="here", server="10.0.0.4", name=Fqdn("a.example"), type="A")
    return Snapshot(
        header=Header(
            tool_version="0.1.0",
            cloud="AzureCloud",
            started=NOW.astimezone(timezone(timedelta(hours=2))),
            scope={"workspaces": ["mlw"]},
            identity="id",
            tenant="t",
        ),
        documents=(document("b", z=1, a=[{"y": None, "x": 1.5}]), document("a")),
        gaps=(Gap(kind="workspace", scope="/", reason=Reason.FORBIDDEN, detail="d", action="grant"),),
        answers=(
            Answer(
                question=question,
                asked_at=NOW,
                rcode="NOERROR",
                flags=("qr", "rd"),
                answers=(Record(name=Fqdn("a.example"), type="A", ttl=10, value="10.1.0.5"),),
                extended_errors=((18, "Prohibited"),),
                elapsed=0.5,
            ),
            Answer(
                question=replace(question, server="10.0.0.3"),
                asked_at=NOW,
                error="timed out",
            ),
        ),
        connections=(
            Connection(
                attempt=Attempt(vantage="here", address="10.1.0.5", name=Fqdn("a.example")),
                tried_at=NOW,
                accepted=True,
                names=("*.example",),
                elapsed=0.1,
            ),
        ),
        diagnoses=(DIAGNOSED, UNDIAGNOSED),
        declared=Declared(
            servers=(
                DeclaredServer(address="10.0.0.4", network="hub", forwards={Fqdn(""): ("198.51.100.53",)}),
                DeclaredServer(address="10.0.0.3", network="hub", rebinding_protection=True, rejects_unsigned=True),
                DeclaredServer(address="10.0.0.2", network="hub", zones=(ZONE,)),
            ),
            sites=(Site(name="hq", address_space=("192.168.0.0/16",), servers=("192.168.0.53",)),),
            clients=(DeclaredClient(networks=("spoke",)),),
            vantages=(
                Vantage(
                    name="here",
                    view="hub",
                    source="10.9.9.9",
                    reaches=("10.0.0.4",),
                    address_map={"10.0.0.4": "127.0.0.1:5304"},
                ),
            ),
            public_resolvers=("9.9.9.9", "1.1.1.1"),
            assumptions={"rule": True},
            names=(NamePlace(public=Fqdn("brand.new"), zone=Fqdn("privatelink.brand.new")),),
            foreign=(Fqdn("supplier.blob.core.windows.net"),),
        ),
        footer=Footer(finished=NOW, removed={"workspace": ("tags", "properties.encryption")}),
    )


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "snapshot.jsonl.gz"


def rewrite(path: Path, *lines: bytes) -> None:
    path.write_bytes(gzip.compress(b"".join(line + b"\n" for line in lines)))


def lines_of(path: Path) -> list[bytes]:
    return gzip.decompress(path.read_bytes()).splitlines()


def resealed(*lines: bytes) -> list[bytes]:
    """The lines with a footer that fits them, as a careful attacker would make it."""
    kinds = [json.loads(line)["type"] for line in lines]
    counts = {kind: kinds.count(kind) for kind in kinds}
    digest = hashlib.sha256(b"".join(line + b"\n" for line in lines)).hexdigest()
    footer = {
        "type": "footer",
        "counts": counts,
        "sha256": digest,
        "removed": {},
        "finished": "2026-05-01T12:00:00Z",
    }
    return [*lines, json.dumps(footer).encode()]


def test_everything_comes_back(path: Path) -> None:
    snapshot = example()
    write_snapshot(path, snapshot)
    read = read_snapshot(path)
    assert read == sealed(snapshot)
    assert {d.id for d in read.documents} == {d.id for d in snapshot.documents}
    assert read.answers[0].question.server == "10.0.0.3"
    assert read.declared.servers[0].forwards is None
    assert read.declared.public_resolvers == ("9.9.9.9", "1.1.1.1")
    assert read.declared.names == snapshot.declared.names
    assert read.declared.foreign == snapshot.declared.foreign
    assert read.header.started == snapshot.header.started
    assert read.footer.removed == {"workspace": ("properties.encryption", "tags")}


def test_what_only_the_asking_machine_needs_stays_there(path: Path) -> None:
    """Source addresses and address maps are not carried away, views and reach are."""
    write_snapshot(path, example())
    assert read_snapshot(path).declared.vantages == (Vantage(name="here", view="hub", reaches=("10.0.0.4",)),)
    assert b"127.0.0.1" not in gzip.decompress(path.read_bytes())


def test_the_footer_holds_the_hash_of_all_lines_before_it(path: Path) -> None:
    write_snapshot(path, example())
    content = gzip.decompress(path.read_bytes())
    before = content[: content.rindex(b'{"type":"footer"')]
    assert read_snapshot(path).digest == hashlib.sha256(before).hexdigest() == example().digest


def test_equal_content_gives_equal_bytes(tmp_path: Path) -> None:
    """Order of collection and of JSON keys do not show; neither does the time of writing or the file's name."""
    one, two = tmp_path / "one", tmp_path / "two"
    snapshot = example()
    turned = replace(
        snapshot,
        documents=tuple(replace(d, body=dict(list(d.body.items())[::-1])) for d in reversed(snapshot.documents)),
        answers=snapshot.answers[::-1],
        declared=replace(snapshot.declared, servers=snapshot.declared.servers[::-1]),
    )
    write_snapshot(one, snapshot)
    write_snapshot(two, turned)
    assert one.read_bytes() == two.read_bytes()
    assert one.read_bytes()[3:8] == b"\x00" * 5  # no name flag, no time
    assert one.stat().st_mode & 0o777 == 0o600


def test_reading_and_writing_again_gives_the_same_file(tmp_path: Path) -> None:
    write_snapshot(tmp_path / "one", example())
    write_snapshot(tmp_path / "two", read_snapshot(tmp_path / "one"))
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()


def test_an_unknown_kind_of_document_is_kept(path: Path) -> None:
    snapshot = replace(example(), documents=(replace(document("x"), kind="from-the-future"),))
    write_snapshot(path, snapshot)
    assert read_snapshot(path).documents[0].kind == "from-the-future"


def test_a_snapshot_that_cannot_be_written_is_a_sink_error(tmp_path: Path) -> None:
    with pytest.raises(SinkError, match="No such file or directory"):
        write_snapshot(tmp_path / "missing" / "x", example())


TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=8,
)
TIMES = st.datetimes(timezones=st.just(UTC))
LABELS = st.text("abcdefghijklmnopqrstuvwxyz0123456789-_*", min_size=1, max_size=8)
NAMES = st.lists(LABELS, max_size=4).map(lambda labels: Fqdn(".".join(labels)))
IPS = st.ip_addresses().map(str)
TTLS = st.integers(0, 2**31)
RECORDS = st.builds(Record, name=TEXT, type=TEXT.map("X".__add__), ttl=TTLS, value=TEXT) | st.builds(
    Record, name=TEXT, type=st.sampled_from(("A", "AAAA")), ttl=TTLS, value=IPS
)
SNAPSHOTS = st.builds(
    Snapshot,
    header=st.builds(
        Header,
        tool_version=TEXT,
        cloud=TEXT,
        started=TIMES,
        scope=st.dictionaries(TEXT, JSON, max_size=2),
        identity=TEXT,
        tenant=TEXT,
    ),
    documents=st.lists(
        st.builds(
            Document,
            kind=TEXT,
            id=LABELS.map(lambda label: ArmId(f"/subscriptions/{label}")),
            body=st.dictionaries(TEXT, JSON, max_size=3),
            read_at=st.none() | TIMES,
        ),
        max_size=3,
    ).map(tuple),
    gaps=st.lists(st.builds(Gap, kind=TEXT, scope=TEXT, reason=st.sampled_from(Reason), detail=TEXT), max_size=2).map(
        tuple
    ),
    answers=st.lists(
        st.builds(
            Answer,
            question=st.builds(Question, vantage=TEXT, server=IPS, name=NAMES, type=TEXT),
            asked_at=TIMES,
            rcode=TEXT,
            flags=st.tuples(TEXT),
            answers=st.lists(RECORDS, max_size=2).map(tuple),
            extended_errors=st.lists(st.tuples(st.integers(0, 65535), TEXT), max_size=2).map(tuple),
            elapsed=st.floats(0, 100),
            error=TEXT,
        ),
        max_size=2,
    ).map(tuple),
    declared=st.builds(
        Declared,
        servers=st.lists(
            st.builds(
                DeclaredServer,
                address=IPS,
                network=TEXT,
                forwards=st.none() | st.dictionaries(NAMES, st.lists(IPS, max_size=2).map(tuple), max_size=2),
                zones=st.lists(
                    st.builds(
                        HeldZone,
                        name=NAMES,
                        serial=st.integers(0, 2**32 - 1),
                        records=st.dictionaries(NAMES, st.lists(IPS, max_size=2).map(tuple), max_size=2),
                        delegated=st.lists(NAMES, max_size=2).map(tuple),
                        edits=st.just({}),
                    ),
                    max_size=2,
                    unique_by=lambda zone: zone.name,
                ).map(tuple),
            ),
            max_size=2,
        ).map(tuple),
        vantages=st.lists(st.builds(Vantage, name=TEXT, view=TEXT, source=TEXT), max_size=2).map(tuple),
        assumptions=st.dictionaries(TEXT, st.booleans(), max_size=2),
        names=st.lists(st.builds(NamePlace, public=NAMES, zone=NAMES), max_size=2).map(tuple),
        foreign=st.lists(NAMES, max_size=2).map(tuple),
    ),
    footer=st.builds(
        Footer, finished=TIMES, removed=st.dictionaries(TEXT, st.lists(TEXT, max_size=2).map(tuple), max_size=2)
    ),
)


@given(snapshot=SNAPSHOTS)
@settings(max_examples=60, deadline=None)
def test_any_snapshot_round_trips(tmp_path_factory: pytest.TempPathFactory, snapshot: Snapshot) -> None:
    path = tmp_path_factory.mktemp("round") / "snapshot"
    write_snapshot(path, snapshot)
    read = read_snapshot(path)
    assert read == sealed(snapshot)
    assert sealed(read) == read
    assert sorted(map(repr, read.gaps)) == sorted(map(repr, snapshot.gaps))
    assert len(read.documents) == len(snapshot.documents)


def packed(content: bytes) -> bytes:
    """Compressed without the time, which would give every worker other test data."""
    return gzip.compress(content, mtime=0)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "is not a snapshot: it is empty."),
        (b'{"type":"header"}', "is not a snapshot: expected gzip-compressed JSON Lines."),
        (b"PK\x03\x04 a zip file", "is not a snapshot: expected gzip-compressed JSON Lines."),
        (packed(b""), "is not a snapshot: it is empty."),
        (packed(b"hello\n"), "is not a snapshot: its first line is no header."),
        (packed(b'{"type":"document","format":1}\n'), "is not a snapshot: its first line is no header."),
        (packed(b"[" * 100_000 + b"\n"), "is not a snapshot: its first line is no header."),
        (
            packed(b'{"type":"header","format":2,"new":true}\n'),
            "is too new: it is in format 2, this version reads 1. Update the agent.",
        ),
        (packed(b'{"type":"header","format":1}\n'), "is damaged: line 1 says what a snapshot cannot say: "),
    ],
    ids=("empty", "plain", "zip", "nothing", "text", "document", "nested", "newer", "meagre"),
)  # fmt: skip
def test_a_foreign_file_is_refused_in_one_sentence(path: Path, content: bytes, says: str) -> None:
    path.write_bytes(content)
    with pytest.raises(SnapshotError) as caught:
        read_snapshot(path)
    assert str(caught.value).startswith(f"{path} {says}")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(("name", "says"), [("missing", "No such file"), ("", "Is a directory")])
def test_an_unreadable_file_is_refused(tmp_path: Path, name: str, says: str) -> None:
    with pytest.raises(SnapshotError, match=f"cannot be read: {says}"):
        read_snapshot(tmp_path / name)


def test_every_truncation_is_noticed(path: Path) -> None:
    """Whether the compressed bytes end early or whole lines are missing."""
    write_snapshot(path, example())
    packed, lines = path.read_bytes(), lines_of(path)
    for end in range(2, len(packed), 7):
        path.write_bytes(packed[:end])
        with pytest.raises(SnapshotError, match="is truncated: the compressed data ends early"):
            read_snapshot(path)
    for end in range(1, len(lines)):
        rewrite(path, *lines[:end])
        with pytest.raises(SnapshotError, match="is truncated: it ends before its footer"):
            read_snapshot(path)


def test_flipped_bytes_never_pass(path: Path) -> None:
    """The file's own checksum, the JSON or the digest notices; nothing but SnapshotError comes out."""
    write_snapshot(path, example())
    packed = path.read_bytes()
    for position in range(10, len(packed), 5):
        path.write_bytes(packed[:position] + bytes([packed[position] ^ 0x55]) + packed[position + 1 :])
        with pytest.raises(SnapshotError):
            read_snapshot(path)


def test_an_edited_file_is_refused(path: Path) -> None:
    write_snapshot(path, example())
    lines = lines_of(path)
    for edited in (
        [line.replace(b"10.1.0.5", b"10.1.0.6") for line in lines],
        [lines[0], *lines[2:]],
        [lines[0], lines[2], lines[1], *lines[3:]],
    ):
        rewrite(path, *edited)
        with pytest.raises(SnapshotError, match="was changed after it was written"):
            read_snapshot(path)


def diagnosed(**fields: Any) -> bytes:
    """The line of a diagnosis, with some of it made up."""
    line = {"type": "workspace-diagnosis", "workspace": "/a", "asked_at": "2026-01-01T00:00:00Z"}
    return json.dumps({**line, "remarks": [], "unanswered": None, **fields}).encode()


@pytest.mark.parametrize(
    ("line", "says"),
    [
        (b'{"type":"spell"}', "Invalid value 'spell'"),
        (b'{"type":"document","kind":"k","id":"relative","body":{},"read_at":null}', "not an ARM id"),
        (b'{"type":"document","kind":"k","id":"/a","body":{},"read_at":"2026-01-01T00:00:00"}', "timezone"),
        (b'{"type":"document","kind":"k","id":"/a","body":[],"read_at":null}', "Expected `object`, got `array`"),
        (b'{"type":"document","kind":"k","id":"/a","body":{},"read_at":null,"x":1}', "unknown field `x`"),
        (b'{"type":"gap","kind":"k","scope":"/","reason":"because","detail":"","action":""}', "Invalid enum value"),
        (diagnosed(workspace="relative"), "not an ARM id"),
        (diagnosed(remarks=[{"code": "", "level": "", "message": ""}]), "Expected `str` of length >= 1"),
        (diagnosed(remarks=[{"code": "x", "level": "", "message": "m" * 1001}]), "Expected `str` of length <= 1000"),
        (diagnosed(remarks=[{"code": "x", "level": "", "message": ""}] * 51), "Expected `array` of length <= 50"),
        (diagnosed(unanswered={"reason": "because", "detail": "", "action": ""}), "Invalid enum value"),
        (b'{"type":"public-resolvers","addresses":["ns.example"]}', "does not appear to be an IPv4 or IPv6"),
        (b'{"type":"vantage","name":"here","view":"","servers":[],"reaches":["\\u001b"]}', "x1b"),
        (
            b'{"type":"document","kind":"k","id":"/a","read_at":null,"body":{"a":' + b"[" * 100 + b"]" * 100 + b"}}",
            "nests too deeply",
        ),
    ],
)  # fmt: skip
def test_a_hostile_line_is_refused_even_with_a_fitting_footer(path: Path, line: bytes, says: str) -> None:
    write_snapshot(path, example())
    header = lines_of(path)[0]
    rewrite(path, *resealed(header, line))
    with pytest.raises(SnapshotError, match=r"is damaged: line 2 ") as caught:
        read_snapshot(path)
    assert says in str(caught.value)
    assert str(caught.value).isprintable()


def test_absurd_nesting_is_refused_without_recursion(path: Path) -> None:
    write_snapshot(path, example())
    deep = b'{"type":"document","kind":"k","id":"/a","read_at":null,"body":{"a":' + b"[" * 1_000_000
    rewrite(path, lines_of(path)[0], deep)
    with pytest.raises(SnapshotError, match="line 2 nests too deeply"):
        read_snapshot(path)


def test_a_wide_document_is_not_taken_for_a_deep_one(path: Path) -> None:
    snapshot = replace(example(), documents=(document("wide", rows=[{"n": [n]} for n in range(200)]),))
    write_snapshot(path, snapshot)
    assert len(read_snapshot(path).documents[0].body["rows"]) == 200


def test_lines_after_the_footer_and_second_headers_are_refused(path: Path) -> None:
    write_snapshot(path, example())
    lines = lines_of(path)
    rewrite(path, *lines, lines[1])
    with pytest.raises(SnapshotError, match="follows the footer"):
        read_snapshot(path)
    rewrite(path, lines[0], *lines)
    with pytest.raises(SnapshotError, match="is a second header"):
        read_snapshot(path)


def test_a_last_line_without_end_is_refused(path: Path) -> None:
    write_snapshot(path, example())
    path.write_bytes(gzip.compress(gzip.decompress(path.read_bytes())[:-1]))
    with pytest.raises(SnapshotError, match="is truncated: its last line has no end"):
        read_snapshot(path)


@pytest.mark.parametrize(
    ("bounds", "says"),
    [
        (Bounds(line=1000), "a line is longer than 1000 bytes"),
        (Bounds(total=1_000_000), "more than 1000000 bytes uncompressed"),
        (Bounds(lines=5), "more than 5 lines"),
    ],
)
def test_a_bomb_is_stopped_while_it_unpacks(path: Path, bounds: Bounds, says: str) -> None:
    """A few kilobytes that would unpack to a gigabyte are given up at the bound, not afterwards."""
    write_snapshot(path, example())
    header = lines_of(path)[0]
    gap = b'{"type":"gap","kind":"k","scope":"/","reason":"failed","detail":"","action":""}\n'
    body = gap * 20_000 if bounds.line > 1000 else b" " * 50_000_000
    path.write_bytes(gzip.compress(header + b"\n" + body, compresslevel=1))
    with pytest.raises(SnapshotError, match=says):
        read_snapshot(path, bounds)


ANSWER = {
    "type": "answer",
    "question": {"vantage": "v", "server": "10.0.0.4", "name": "a.example", "type": "A", "checking_disabled": False},
    "asked_at": "2026-01-01T00:00:00Z",
    "rcode": "NOERROR",
    "flags": [],
    "answers": [{"name": "a.example", "type": "A", "ttl": 1, "value": "10.0.0.5"}],
    "authority": [],
    "extended_errors": [],
    "elapsed": 0.1,
    "transport": "udp",
    "tries": 1,
    "error": "",
}


def answer_line(question: dict[str, Any] | None = None, record: dict[str, Any] | None = None) -> bytes:
    changed: dict[str, Any] = json.loads(json.dumps(ANSWER))
    changed["question"] |= question or {}
    changed["answers"][0] |= record or {}
    return json.dumps(changed).encode()


@pytest.mark.parametrize(
    ("line", "says"),
    [
        (answer_line(question={"server": "ns.example"}), "does not appear to be an IPv4 or IPv6"),
        (answer_line(question={"server": "fe80::1%x"}), "an address with a zone"),
        (answer_line(record={"value": "nonsense"}), "does not appear to be an IPv4 or IPv6"),
        (answer_line(record={"type": "AAAA", "value": ""}), "does not appear to be an IPv4 or IPv6"),
        (answer_line(record={"name": "a." * 5000}), "longer than a domain name"),
        (answer_line(record={"type": "CNAME", "value": "a." * 5000}), "longer than a domain name"),
    ],
)
def test_an_answer_that_no_server_could_have_given_is_refused(path: Path, line: bytes, says: str) -> None:
    """Everything that judges answers may rely on their addresses and on the length of names."""
    write_snapshot(path, example())
    rewrite(path, *resealed(lines_of(path)[0], line))
    with pytest.raises(SnapshotError, match=r"is damaged: line 2 ") as caught:
        read_snapshot(path)
    assert says in str(caught.value)


def test_how_a_question_was_asked_is_kept(path: Path) -> None:
    """Over TCP, about the server itself, and for the how-manieth time; the usual leaves the line as it always was."""
    usual = Question(vantage="here", server="10.0.0.4", name=Fqdn("a.example"))
    asked = (usual, replace(usual, transport="tcp"), replace(usual, dns_class="CH"), replace(usual, again=2))
    answers = tuple(Answer(question=question, asked_at=NOW, rcode="NOERROR") for question in asked)
    write_snapshot(path, replace(example(), answers=answers))
    assert {answer.question for answer in read_snapshot(path).answers} == set(asked)
    lines = [json.loads(line)["question"] for line in lines_of(path) if json.loads(line).get("type") == "answer"]
    assert sorted(map(len, lines)) == [5, 6, 6, 6]


@pytest.mark.parametrize(
    "question", [{"transport": "udp"}, {"transport": "tcp\n"}, {"dns_class": "ANY"}, {"again": -1}, {"again": 10}]
)
def test_a_question_that_nobody_asks_is_refused(path: Path, question: dict[str, Any]) -> None:
    write_snapshot(path, example())
    rewrite(path, *resealed(lines_of(path)[0], answer_line(question=question)))
    with pytest.raises(SnapshotError, match="is damaged"):
        read_snapshot(path)
