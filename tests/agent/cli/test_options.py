"""What holds for the options of every command: none is empty, single ones stand alone."""

from __future__ import annotations

from collections.abc import Iterator

import click
import pytest

from agent.cli.command import Command
from agent.cli.group import group
from tests.agent.commands import agent, refused


def commands(of: click.Group, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    """Every command below a group, with the words that call it."""
    context = click.Context(of)
    for name in of.list_commands(context):
        command = of.get_command(context, name)
        assert command is not None
        if isinstance(command, click.Group):
            yield from commands(command, (*path, name))
        else:
            yield (*path, name), command


def options() -> Iterator[tuple[tuple[str, ...], click.Option]]:
    """Every option of every command that takes a value."""
    for path, command in commands(group):
        for option in command.params:
            if isinstance(option, click.Option) and not option.is_flag:
                yield path, option


def refusal(words: tuple[str, ...], *given: str) -> str:
    """What a command line is refused with."""
    with pytest.raises(click.UsageError) as caught, group.make_context("agent", [*words, *given]) as context:
        group.invoke(context)
    return caught.value.format_message()


def test_every_command_minds_its_options() -> None:
    assert [path for path, command in commands(group) if not isinstance(command, Command)] == []


def test_an_option_is_never_empty() -> None:
    """`--snapshot "$FILE"` with FILE unset must not read production; choices and numbers say so in their own words."""
    checked = 0
    for path, option in options():
        if type(option.type) is type(click.STRING):
            required = [word for parameter in _required(path, option) for word in parameter]
            says = refusal((*path, *required), option.opts[-1], "")
            assert says.startswith(f"{option.opts[-1]} is empty: expected {option.metavar}"), says
            checked += 1
    assert checked > 20


def test_an_option_that_takes_one_value_is_given_once() -> None:
    checked = 0
    for path, option in options():
        if not option.multiple:
            value = option.type.choices[0] if isinstance(option.type, click.Choice) else "1"
            required = [word for parameter in _required(path, option) for word in parameter]
            says = refusal((*path, *required), *(option.opts[-1], value) * 2)
            assert says == f"{option.opts[-1]} is given 2 times: give it once."
            checked += 1
    assert checked > 20


def _required(path: tuple[str, ...], but: click.Option) -> Iterator[tuple[str, ...]]:
    command = dict(commands(group))[path]
    for parameter in command.params:
        if parameter.required and parameter is not but:
            yield (parameter.opts[-1], "x") if isinstance(parameter, click.Option) else ("x",)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["check", "--lab", "hub-spoke", "--snapshot", ""], "--snapshot is empty: expected FILE, found nothing"),
        (["check", "--snapshot="], "--snapshot is empty"),
        (["check", "--lab", "hub-spoke", "--workspace", "a", "--workspace", ""], "--workspace is empty"),
        (["lab", "serve", "hub-spoke", "--write-config", ""], "See `agent lab serve --help`."),
        (["check", "--lab", "hub-spoke", "--lab", "azure-dns"], "--lab is given 2 times"),
        (["check", "extra"], "Got unexpected extra argument (extra). See `agent check --help`."),
    ],
)
def test_a_shell_sees_one_sentence_and_2(arguments: list[str], told: str) -> None:
    refused(agent(*arguments), told)


def test_a_group_without_a_command_shows_its_help() -> None:
    done = agent("lab")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == agent("lab", "--help").stdout


def test_help_is_shown_whatever_stands_beside_it() -> None:
    done = agent("check", "--snapshot", "", "--help")
    assert (done.returncode, done.stderr) == (0, "")
