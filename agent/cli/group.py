"""The group of commands. A command is imported when it runs, and no traceback leaves here."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Sequence

import click

from agent.cli import COMMANDS, VERSION, help_text
from collectors.graph.errors import AgentError

EXIT_USAGE, EXIT_INTERNAL, EXIT_INTERRUPTED = 2, 4, 130


class _LazyGroup(click.Group):
    """Knows its commands by name; imports one only when it is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002  click's signature
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = importlib.import_module(COMMANDS[cmd_name][0]).command
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and args[0] not in COMMANDS and not args[0].startswith("-"):
            raise click.UsageError(f"There is no command `{_visible(args[0])}`.{_nearest(args[0])}", ctx)
        return super().resolve_command(ctx, args)

    def get_help(self, ctx: click.Context) -> str:  # noqa: ARG002
        return help_text()


def _nearest(word: str) -> str:
    from difflib import get_close_matches

    close = get_close_matches(word, COMMANDS, n=1)
    return f" Did you mean `{close[0]}`?" if close else f" Known: {', '.join(COMMANDS)}."


def _visible(text: str) -> str:
    from agent.render.text import visible_lines

    return visible_lines(text)


@click.command(cls=_LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(message=VERSION)
def group() -> None:
    """Find out why an Azure private endpoint does not resolve."""


def run(arguments: Sequence[str]) -> int:
    """Run a command line; one clear sentence instead of a traceback. Returns the exit code."""
    try:
        # Not `group.main`: that one has exit codes of its own, and 1 is the code for findings.
        with group.make_context("agent", list(arguments)) as context:
            result = group.invoke(context)
        sys.stdout.flush()
    except click.exceptions.Exit as exit_:
        return exit_.exit_code
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.format_message(), err=True)
        return EXIT_USAGE
    except click.ClickException as error:
        _say_usage(error)
        return EXIT_USAGE
    except (KeyboardInterrupt, click.Abort):
        return EXIT_INTERRUPTED
    except AgentError as error:
        _say(str(error))
        return EXIT_USAGE
    except Exception as error:  # noqa: BLE001  the last resort: the exit code shows it
        return _internal(error, verbose="-v" in arguments or "--verbose" in arguments)
    return result if isinstance(result, int) else 0


def _say(message: str) -> None:
    click.echo(f"agent: {_visible(message)}", err=True)


def _say_usage(error: click.ClickException) -> None:
    context = error.ctx if isinstance(error, click.UsageError) else None
    command = context.command_path if context else "agent"
    message = error.format_message()
    end = "" if message.endswith((".", "?", "!")) else "."  # click ends only some of its own with one
    _say(f"{message}{end} See `{command} --help`.")


def _internal(error: Exception, *, verbose: bool) -> int:
    if verbose:
        import traceback

        traceback.print_exception(error)
    _say(f"internal error: {type(error).__name__}: {error}. Run again with -v to see where, and report it.")
    return EXIT_INTERNAL
