"""Signs the zones of public DNS with BIND's own tools: the root always, the parent where it is signed."""

from __future__ import annotations

import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from tests.real.inside import program
from tests.real.symptoms.kinds import Files
from tests.real.symptoms.world import DELEGATING, INSECURE, PARENT, SIGNED, parent_zone, root_zone


@dataclass(frozen=True, slots=True, kw_only=True)
class Signed:
    """`zones`: the signed files of each public DNS by its address. `anchor`: the root's DS, tag to digest."""

    zones: dict[str, Files]
    anchor: str


def sign() -> Signed:
    """Sign everything with fresh keys (about a third of a second). Raises subprocess.CalledProcessError."""
    with tempfile.TemporaryDirectory(prefix="signing-") as name:
        directory = Path(name)
        root, parent = _key(directory, "."), _key(directory, PARENT)
        delegation = _ds(directory, parent)
        zones: dict[str, Files] = {}
        for address in (SIGNED, DELEGATING, INSECURE):
            secure = address != INSECURE
            top = root_zone(address, f"{PARENT}. 3600 DS {delegation}" if secure else "")
            zones[address] = {"root": _signed(directory, ".", root, top)}
            if secure:
                zones[address]["parent"] = _signed(directory, PARENT, parent, parent_zone(address))
        return Signed(zones=zones, anchor=_ds(directory, root))


def _key(directory: Path, zone: str) -> str:
    return _run(directory, "dnssec-keygen", "-q", "-a", "ECDSAP256SHA256", "-f", "KSK", zone)


def _ds(directory: Path, key: str) -> str:
    return _run(directory, "dnssec-dsfromkey", "-2", f"{key}.key").partition(" DS ")[2]


def _signed(directory: Path, zone: str, key: str, text: str) -> str:
    (directory / "zone").write_text(text, encoding="utf-8")
    _run(directory, "dnssec-signzone", "-q", "-z", "-S", "-P", "-K", ".", "-o", zone, "-f", "signed", "zone")
    return (directory / "signed").read_text(encoding="utf-8")


def _run(directory: Path, name: str, *arguments: str) -> str:
    done = subprocess.run([program(name), *arguments], cwd=directory, capture_output=True, text=True, check=True)
    return done.stdout.strip()
