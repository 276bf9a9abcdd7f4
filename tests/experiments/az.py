"""The `az` command line as a program: lists of arguments, never a shell, and one sentence when it fails."""

from __future__ import annotations

import json
import shlex
import shutil
import subprocess
from collections.abc import Sequence
from typing import Any


class ExperimentError(Exception):
    """Why an experiment cannot go on, in one sentence."""


class Az:
    """Calls of `az` as found on PATH."""

    def __init__(self) -> None:
        found = shutil.which("az")
        if found is None:
            raise ExperimentError(
                "the program az was not found on PATH; install the Azure CLI and sign in with az login"
            )
        self._program = found

    def call(self, words: Sequence[str]) -> tuple[bool, str]:
        """Whether a call worked, and what it printed: on success the result, else the last line of the complaint."""
        done = subprocess.run(
            [self._program, *words, "--output", "json", "--only-show-errors"],
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
        )
        if done.returncode == 0:
            return True, done.stdout.strip()
        lines = [line for line in done.stderr.splitlines() if line.strip()]
        return False, lines[-1].strip() if lines else f"az ended with code {done.returncode} and said nothing"

    def must(self, words: Sequence[str]) -> str:
        """What a call printed. Raises ExperimentError when it failed."""
        worked, said = self.call(words)
        if not worked:
            raise ExperimentError(f"{shown(words)}: {said}")
        return said

    def read(self, words: Sequence[str]) -> Any:
        """The JSON that a call printed. Raises ExperimentError."""
        said = self.must(words)
        try:
            return json.loads(said)
        except ValueError as problem:
            raise ExperimentError(f"{shown(words)}: not JSON: {said[:200]}") from problem


def shown(words: Sequence[str]) -> str:
    """A call as one would type it: every word quoted for a POSIX shell."""
    return shlex.join(["az", *words])


def plain(text: str) -> str:
    """Text from elsewhere without anything that moves a terminal's cursor."""
    return "".join(letter if letter.isprintable() else "?" for letter in text)
