"""`agent doctor` as a command line over a lab that is served, in this process."""

from __future__ import annotations

import io
import json
import tempfile
from collections.abc import Iterable, Sequence
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any

from agent.cli import main
from agent.lab.arm_faults import ArmFault
from agent.lab.configuration import configuration_text
from agent.lab.estate import LabEstate
from agent.lab.rights import READER, Rights
from agent.lab.world import LabWorld
from tests.real.player import environment


def examined(
    estate: LabEstate,
    faults: Iterable[ArmFault] = (),
    *,
    rights: Rights = READER,
    more: str = "",
    words: Sequence[str] = (),
    silent: bool = False,
) -> tuple[int, dict[str, Any]]:
    """The exit code and the report; `more` is added to the configuration (an `[azure]` table to the lab's own).

    `silent`: no vantage says which servers it reaches.
    """
    with (
        tempfile.TemporaryDirectory() as folder,
        LabWorld(estate, faults=tuple(faults), rights=rights) as world,
        environment(world.environment),
    ):
        config = Path(folder, "agent.toml")
        own, told = configuration_text(world), more
        if "[azure]\n" in more:
            own, told = own.replace("[azure]\n", more.strip() + "\n", 1), ""
        if silent:
            own = "\n".join(line for line in own.split("\n") if not line.startswith("reaches"))
        if "[history]" not in more:
            told += f'\n[history]\nurl = "sqlite:///{folder}/history.db"\n'
        config.write_text(own + told + "\n[probe]\ntimeout = 0.3\npatience = 1.0\n", encoding="utf-8")
        out, err = io.TextIOWrapper(io.BytesIO(), encoding="utf-8"), io.StringIO()
        code = 0
        with redirect_stdout(out), redirect_stderr(err):
            try:
                main(["doctor", "--config", str(config), "--format", "json", *words])
            except SystemExit as ended:
                code = int(ended.code or 0)
        out.seek(0)
        text = out.read()
        assert text, err.getvalue()
        return code, json.loads(text)
