"""The configuration of a run: file and environment read, checked and merged, with all mistakes in one error."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Any

from agent.config.consistency import inconsistencies, is_azure_endpoint
from agent.config.environment import Setting, read_environment
from agent.config.model import Config
from agent.config.problems import Problem
from agent.config.unused import unused_settings
from agent.config.values import shown
from collectors.graph.errors import ConfigError

FOUND_NAME = "agent.toml"
LARGEST_FILE = 1024 * 1024  # bytes; a thousand declared servers take a tenth of it


class ConfigSource(Enum):
    """Where the configuration file came from: a file that was not named is trusted with less."""

    EXPLICIT = "--config"
    FOUND = "found"
    NONE = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadedConfig:
    """The configuration, where it came from, and sentences for stderr."""

    config: Config
    source: ConfigSource
    path: Path | None
    notices: tuple[str, ...]


def load_config(path: Path | None, environ: Mapping[str, str]) -> LoadedConfig:
    """Read the named file, else `./agent.toml` if there is one, and the environment over it.

    Raises ConfigError with every mistake, one a line: where, key, what was expected, what was found.
    """
    source, file = _locate(path)
    tree = _parse(file, _read(file)) if file else {}
    settings, mistakes = read_environment(environ)
    _overlay(tree, settings)
    config, problems = _structure(tree)
    problems = (*problems, *_foreign_endpoint(tree, source, settings))
    if problems or mistakes:
        raise ConfigError("\n".join([*_lines(problems, file, settings), *mistakes]))
    notices = unused_settings(tree)
    if source is ConfigSource.FOUND:
        notices = (f"using ./{FOUND_NAME} of the current directory", *notices)
    return LoadedConfig(config=config, source=source, path=file, notices=notices)


def _locate(path: Path | None) -> tuple[ConfigSource, Path | None]:
    if path is not None:
        return ConfigSource.EXPLICIT, path
    found = Path(FOUND_NAME)
    return (ConfigSource.FOUND, found) if found.exists() or found.is_symlink() else (ConfigSource.NONE, None)


def _read(file: Path) -> bytes:
    try:
        with file.open("rb") as stream:
            content = stream.read(LARGEST_FILE + 1)
    except OSError as error:
        raise ConfigError(
            f"{file}: expected a readable TOML file, found: {error.strerror or error}. Name another one with --config."
        ) from error
    if len(content) > LARGEST_FILE:
        raise ConfigError(f"{file}: expected a TOML file of at most {LARGEST_FILE} bytes, found a larger one.")
    return content


def _parse(file: Path, content: bytes) -> dict[str, Any]:
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise ConfigError(f"{file}: line {line}: expected UTF-8 text, found bytes that are not.") from error
    try:
        return tomllib.loads(text)
    except RecursionError as error:
        raise ConfigError(f"{file}: expected a TOML file, found arrays or tables nested too deeply.") from error
    except ValueError as error:  # TOMLDecodeError, or a number longer than Python reads
        raise ConfigError(f"{file}: {_syntax_error(str(error), text)}") from error


def _syntax_error(message: str, text: str) -> str:
    """One sentence with line and column; at the end of the document tomllib names neither."""
    match = re.fullmatch(r"(?s)(.*) \(at line (\d+), column (\d+)\)", message)
    if match:
        says, line, column = match.groups()
    else:
        says = message.removesuffix(" (at end of document)")
        line, column = str(text.count("\n") + 1), str(len(text) - text.rfind("\n"))
    printable = "".join(c if c.isprintable() else ascii(c)[1:-1] for c in says)
    return f"line {line}, column {column}: not TOML: {printable[:1].lower()}{printable[1:]}."


def _overlay(tree: dict[str, Any], settings: tuple[Setting, ...]) -> None:
    for setting in settings:
        table = tree
        for part in setting.path[:-1]:
            below = table.setdefault(part, {})
            if not isinstance(below, dict):
                break  # the file holds no table here, which is reported as such
            table = below
        else:
            table[setting.path[-1]] = setting.value


def _structure(tree: dict[str, Any]) -> tuple[Config, tuple[Problem, ...]]:
    """The configuration and what is wrong; with problems the configuration means nothing."""
    if not tree:
        return Config(), ()
    from agent.config.structure import structure  # cattrs takes 50 ms, and most runs configure nothing

    made = structure(tree)
    crossed = tuple(inconsistencies(tree))
    return (made, crossed) if isinstance(made, Config) else (Config(), made + crossed)


def _foreign_endpoint(
    tree: Mapping[str, Any], source: ConfigSource, settings: tuple[Setting, ...]
) -> tuple[Problem, ...]:
    """A file that was merely lying here must not send a token to a host that is not Azure's."""
    azure = tree.get("azure")
    endpoint = azure.get("endpoint") if isinstance(azure, Mapping) else None
    chosen = any(setting.path == ("azure", "endpoint") for setting in settings)
    if source is not ConfigSource.FOUND or chosen or not isinstance(endpoint, str) or not endpoint:
        return ()
    if is_azure_endpoint(endpoint):
        return ()
    return (
        Problem(
            "azure.endpoint",
            f"expected one of Azure's own hosts in a file that was not named, found {shown(endpoint)}; "
            "to use it, name the file with --config or set AGENT_AZURE__ENDPOINT",
        ),
    )


def _lines(problems: tuple[Problem, ...], file: Path | None, settings: tuple[Setting, ...]) -> list[str]:
    """One line per problem, headed by the variable or the file that holds the key."""
    variables = {".".join(setting.path): setting.variable for setting in settings}
    lines = []
    for problem in problems:
        key = re.split(r'#|\."', problem.key, maxsplit=1)[0]
        where = variables.get(key) or (str(file) if file else "configuration")
        lines.append(f"{where}: {_printable(problem.key)}: {problem.says}")
    return lines


def _printable(key: str) -> str:
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in key[:200])
