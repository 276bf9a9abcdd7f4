"""The command line's front door. What needs no command (help, version) answers without loading any library."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

from agent import __version__
from agent.cli.streams import prepare_streams
from collectors.graph.errors import SinkError

COMMANDS = {
    "check": ("agent.cli.check", "Check that every private name resolves as it must."),
    "explain": ("agent.cli.explain", "Show how a name resolves, hop by hop, and who decides."),
    "names": ("agent.cli.names", "List the expected records, also as csv, hosts or zone file."),
    "collect": ("agent.cli.collect", "Collect the facts into a snapshot file."),
    "diff": ("agent.cli.diff", "Compare two snapshots: changes, and answers they changed."),
    "baseline": ("agent.cli.baseline", "Keep the snapshot that others are compared with."),
    "watch": ("agent.cli.watch", "Look on a schedule, remember, and tell what changes."),
    "doctor": ("agent.cli.doctor", "Find out whether the agent sees, hears and can speak."),
    "ask": ("agent.cli.ask", "Ask from elsewhere: make a question plan, or run one."),
    "catalogue": ("agent.cli.catalogue", "Describe the findings, and what the model assumes."),
    "lab": ("agent.cli.lab", "The embedded Azure to try things on."),
}
"""Every command: where it is, and what it does."""

VERSION = f"agent, version {__version__}"


def help_text() -> str:
    """What `agent --help` prints."""
    commands = "\n".join(f"  {name:<10} {text}" for name, (_, text) in COMMANDS.items())
    return f"""Usage: agent COMMAND [OPTIONS]...

  Find out why an Azure private endpoint does not resolve, before anybody notices.

  Try it without a cloud account: agent check --lab hub-spoke

Commands:
{commands}

Options:
  -h, --help  Show this, or with a command its options.
  --version   Show the version.

Exit codes of check: 0 all is well, 1 findings, 2 usage or configuration,
3 something could not be read and so not be judged, 4 internal error."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and exit with its code."""
    prepare_streams()
    given = list(sys.argv[1:] if arguments is None else arguments)
    if given in ([], ["-h"], ["--help"]):
        _say(help_text())
        sys.exit(0 if given else 2)
    if given == ["--version"]:
        _say(VERSION)
        sys.exit(0)
    from agent.cli.group import EXIT_INTERRUPTED, run

    code = run(given)
    if code == EXIT_INTERRUPTED:
        os._exit(code)  # everything is closed; only threads that wait for a silent server would hold us up
    sys.exit(code)


def _say(text: str) -> None:
    try:
        print(text, flush=True)  # noqa: T201  there is nothing to be careful with yet
    except SinkError as error:
        print(f"agent: {error}", file=sys.stderr)  # noqa: T201
        sys.exit(2)


if __name__ == "__main__":
    main()
