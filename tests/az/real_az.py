"""The real `az` against the lab: signs in, lists what we read too, and fills a folder that `agent check` judges.

Not a test of every day: azure-cli is 730 MB and takes minutes to install. Run it by hand:

    .venv/bin/python -m tests.az.real_az [FOLDER]

FOLDER (default: a temporary one) gets an environment of its own with azure-cli from PyPI; one that is there already
is used again. Everything else is made anew in a temporary folder; nothing leaves this machine after the installation.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
import tempfile
import time
import venv
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from agent.lab.builders import TENANT
from agent.lab.configuration import configuration_text
from agent.lab.estate import LabEstate
from agent.lab.metadata import CLOUD_NAME
from agent.lab.scenarios import build
from agent.lab.world import LabWorld
from collectors.graph.ids import ArmId
from tests.agent.commands import AGENT, agent

SCENARIO, BREAK = "hub-spoke", "zone-unlinked"
LISTS = {
    "private-endpoint": "network private-endpoint list",
    "network-interface": "network nic list",
    "virtual-network": "network vnet list",
    "private-dns-zone": "network private-dns zone list",
}
LISTS_OF_A_ZONE = {
    "zone-link": "network private-dns link vnet list",
    "record-set": "network private-dns record-set list",
}
SAVE = re.compile(r"save the answer of `az (?P<arguments>rest .*?)` as (?P<file>.+\.json)")


class Az:
    """The real `az`, installed and configured apart from everything else; every command is printed and timed."""

    def __init__(self, program: Path, settings: Path, environment: Mapping[str, str]) -> None:
        self._program = program
        self._environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(settings),
            "AZURE_CONFIG_DIR": str(settings),
            "AZURE_CORE_COLLECT_TELEMETRY": "0",
            "AZURE_CORE_NO_COLOR": "1",
            **environment,
        }

    def __call__(self, *arguments: str, quiet: bool = False) -> str:
        """Run one command to its end; its output."""
        started = time.monotonic()
        done = subprocess.run(
            [self._program, *arguments], capture_output=True, text=True, check=False, env=self._environment, timeout=300
        )
        if not quiet or done.returncode:
            print(f"$ az {shlex.join(arguments)}    ({time.monotonic() - started:.1f} s)")  # noqa: T201
        if done.returncode:
            raise SystemExit(f"az ended with {done.returncode}: {done.stderr}")
        return done.stdout


def installed(folder: Path) -> Path:
    """azure-cli in an environment of its own."""
    program = folder / "bin" / "az"
    if not program.exists():
        say(f"installing azure-cli from PyPI into {folder}")
        venv.create(folder, with_pip=True)
        subprocess.run([folder / "bin" / "pip", "install", "--quiet", "azure-cli"], check=True)
    return program


def sign_in(az: Az) -> None:
    """The cloud is learnt from the metadata endpoint, the token from the managed identity."""
    say(f"azure-cli {json.loads(az('version'))['azure-cli']}")
    az("cloud", "set", "--name", CLOUD_NAME)
    accounts = json.loads(az("login", "--identity", "--output", "json"))
    expect("subscriptions after signing in", {a["name"] for a in accounts}, {"connectivity", "ml-prod"})
    expect("tenant", {a["tenantId"] for a in accounts}, {TENANT})


def list_everything(az: Az, estate: LabEstate, flattened: Path) -> None:
    """Each list by name against the lab's documents. One answer is kept as `az` prints it."""
    for subscription in ids(estate, "subscription"):
        for kind, words in LISTS.items():
            text = az(*words.split(), "--subscription", subscription.name, "--output", "json")
            listed = json.loads(text)
            expect(f"{kind} of {subscription.name}", ids_of(listed), keys(estate, kind, subscription.key + "/"))
            if kind == "private-endpoint" and listed:
                flattened.write_text(text, encoding="utf-8")
    for zone in ids(estate, "private-dns-zone"):
        where = ("--subscription", zone.subscription, "--resource-group", zone.resource_group, "--zone-name", zone.name)
        for kind, words in LISTS_OF_A_ZONE.items():
            listed = json.loads(az(*words.split(), *where, "--output", "json"))
            expect(f"{kind} of {zone.name}", ids_of(listed), keys(estate, kind, zone.key + "/"))


def fill(az: Az, folder: Path, config: Path) -> None:
    """Run the commands that `agent check` asks for until it asks for none."""
    saved: set[str] = set()
    for _ in range(6):  # tenant, subscription, two levels of children, and what they point to
        done = agent("check", "--snapshot", str(folder), "--config", str(config), "--format", "json")
        wanted = {found["file"]: found["arguments"] for text in actions(done) for found in SAVE.finditer(text)}
        if wanted.keys() <= saved:
            return
        say(f"{len(wanted.keys() - saved)} answers to save")
        for name in sorted(wanted.keys() - saved):
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            az(*shlex.split(wanted[name]), "--output-file", str(folder / name), quiet=True)
            saved.add(name)
    raise SystemExit("the agent still asks for more")


def actions(done: subprocess.CompletedProcess[str]) -> Iterator[str]:
    """What the agent asks for: in its report, or in the sentence that refuses an empty folder."""
    if done.returncode == 2:
        yield done.stderr.replace("\n", " ")
    else:
        yield from (gap["action"] for gap in json.loads(done.stdout)["gaps"])


def judge(folder: Path, config: Path, flattened: Path) -> None:
    """The folder gives the finding of the lab; what `az` prints by itself is refused."""
    done = subprocess.run(
        [AGENT, "check", "--snapshot", folder, "--config", config], capture_output=True, text=True, check=False
    )
    print(done.stdout)  # noqa: T201
    expect("exit code", done.returncode, 1)
    expect("finding", set(re.findall(r"^ERROR (PED\d+)", done.stdout, re.MULTILINE)), {"PED202"})
    refused = agent("check", "--snapshot", str(flattened.parent))
    print(refused.stderr)  # noqa: T201
    expect("exit code for flattened output", refused.returncode, 2)


def ids(estate: LabEstate, kind: str) -> list[ArmId]:
    """The ids of a kind."""
    return [document.id for document in estate.documents.values() if document.kind == kind]


def keys(estate: LabEstate, kind: str, below: str) -> set[str]:
    """The ids of a kind below a scope, in lower case."""
    return {id.key for id in ids(estate, kind) if id.key.startswith(below)}


def ids_of(listed: Sequence[Mapping[str, Any]]) -> set[str]:
    """The ids that `az` listed, in lower case."""
    return {item["id"].lower() for item in listed}


def expect(what: str, found: object, wanted: object) -> None:
    """Say what was compared; end at the first difference."""
    count = f" ({len(found)})" if isinstance(found, set) else f" ({found})"
    print(f"{'same' if found == wanted else 'DIFFERENT'}: {what}{count}")  # noqa: T201
    if found != wanted:
        raise SystemExit(f"expected {wanted}, found {found}")


def say(text: str) -> None:
    """A heading."""
    print(f"--- {text}", flush=True)  # noqa: T201


def main(environment: Path) -> None:
    """All of it."""
    program = installed(environment)
    estate = build(SCENARIO, (BREAK,))
    with tempfile.TemporaryDirectory(prefix="real-az-") as temporary, LabWorld(estate, https=True) as world:
        folder, config = Path(temporary) / "facts", Path(temporary) / "lab.toml"
        flattened = Path(temporary) / "flattened" / "endpoints.json"
        for made in (folder, flattened.parent):
            made.mkdir()
        config.write_text(configuration_text(world), encoding="utf-8")
        az = Az(program, Path(temporary) / "settings", world.environment)
        sign_in(az)
        list_everything(az, estate, flattened)
        say("filling a folder with what `agent check --snapshot FOLDER` asks for")
        fill(az, folder, config)
        judge(folder, config, flattened)
        expect("methods that az used", {request.method for request in world.requests}, {"GET"})
    say("done")


if __name__ == "__main__":
    if len(sys.argv) > 1:
        main(Path(sys.argv[1]).absolute())
    else:
        with tempfile.TemporaryDirectory(prefix="azure-cli-") as fresh:
            main(Path(fresh))
