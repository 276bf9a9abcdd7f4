"""The command line. Commands are imported when they run: `agent --help` must answer at once."""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Sequence

import click

from agent import __version__
from collectors.graph.errors import AgentError

_COMMANDS = {
    "check": ("agent.cli.check", "Check that every private name resolves as it must."),
    "explain": ("agent.cli.explain", "Show how a name resolves, hop by hop, and who decides."),
    "names": ("agent.cli.names", "List the expected records."),
    "collect": ("agent.cli.collect", "Collect the facts into a snapshot file."),
    "catalogue": ("agent.cli.catalogue", "Describe the findings."),
    "lab": ("agent.cli.lab", "The embedded Azure to try things on."),
}

EXIT_FINDINGS, EXIT_USAGE, EXIT_NOT_EVALUATED, EXIT_INTERNAL, EXIT_INTERRUPTED = 1, 2, 3, 4, 130


class _LazyGroup(click.Group):
    """Knows its commands by name; imports one only when it is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002  click's signature
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        if cmd_name not in _COMMANDS:
            return None
        command: click.Command = importlib.import_module(_COMMANDS[cmd_name][0]).command
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and args[0] not in _COMMANDS and not args[0].startswith("-"):
            close = _nearest(args[0])
            raise click.UsageError(f"There is no command {_quoted(args[0])}.{close}", ctx)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in _COMMANDS.items()])


def _nearest(word: str) -> str:
    from difflib import get_close_matches

    close = get_close_matches(word, _COMMANDS, n=1)
    return f" Did you mean `{close[0]}`?" if close else f" Known: {', '.join(_COMMANDS)}."


def _quoted(text: str) -> str:
    from agent.render.text import visible

    return f"`{visible(text)}`"


@click.command(cls=_LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="agent")
def group() -> None:
    """Find out why an Azure private endpoint does not resolve, before anybody notices.

    Try it without a cloud account: agent check --lab hub-spoke
    """


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and exit with its code. One clear sentence instead of a traceback."""
    sys.exit(_run(arguments))


def _run(arguments: Sequence[str] | None) -> int:
    try:
        result = group.main(arguments, standalone_mode=False)
        sys.stdout.flush()
    except click.exceptions.Exit as exit_:
        return exit_.exit_code
    except click.ClickException as error:
        error.show()
        return EXIT_USAGE
    except (KeyboardInterrupt, click.Abort):
        return EXIT_INTERRUPTED
    except BrokenPipeError:
        return _closed_pipe()
    except AgentError as error:
        _say(str(error))
        return EXIT_USAGE
    except Exception as error:  # noqa: BLE001  the last resort: the exit code shows it
        return _internal(error)
    return result if isinstance(result, int) else 0


def _say(message: str) -> None:
    from agent.render.text import visible_lines

    click.echo(f"agent: {visible_lines(message)}", err=True)


def _closed_pipe() -> int:
    """Whoever reads us has seen enough; nothing more may be written, not even at exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 0


def _internal(error: Exception) -> int:
    if "-v" in sys.argv or "--verbose" in sys.argv:
        import traceback

        traceback.print_exception(error)
    _say(f"internal error: {type(error).__name__}: {error}. Run again with -v to see where, and report it.")
    return EXIT_INTERNAL
