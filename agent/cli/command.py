"""A command whose options mean what they say: none is empty, and none silently replaces another."""

from __future__ import annotations

from collections import Counter

import click


class Command(click.Command):
    """Refuses `--option ""` (an unset shell variable) and single options that are given twice.

    An empty text would otherwise look like an option that was not given, and `check --snapshot "$FILE"`
    would read production instead.
    """

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Parse as click does, then look at what click no longer tells apart."""
        given, _, order = self.make_parser(ctx).parse_args(args=list(args))
        rest = super().parse_args(ctx, args)
        times = Counter(order)
        for parameter in order:
            if not isinstance(parameter, click.Option) or parameter.is_flag:
                continue
            values = given[parameter.name or ""]
            if "" in (values if parameter.multiple else (values,)):
                _refuse_empty(ctx, parameter)
            if times[parameter] > 1 and not parameter.multiple:
                raise click.UsageError(f"{_spelt(parameter)} is given {times[parameter]} times: give it once.", ctx)
        return rest


class Group(click.Group):
    """A group of such commands."""

    command_class = Command


def _refuse_empty(ctx: click.Context, option: click.Option) -> None:
    expected = option.metavar or "a value"
    raise click.UsageError(
        f"{_spelt(option)} is empty: expected {expected}, found nothing; is a shell variable unset?", ctx
    )


def _spelt(option: click.Option) -> str:
    return max(option.opts, key=len)
