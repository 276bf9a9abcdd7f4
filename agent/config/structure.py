"""A TOML tree made into the configuration's tables, with every mistake at once instead of the first one."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import fields, is_dataclass
from typing import Annotated, Any, Literal, get_args, get_origin

from cattrs import (
    BaseConverter,
    BaseValidationError,
    ClassValidationError,
    Converter,
    ForbiddenExtraKeysError,
    IterableValidationError,
)
from cattrs.cols import homogenous_tuple_structure_factory, mapping_structure_factory
from cattrs.gen import make_dict_structure_fn

from agent.config.model import Config
from agent.config.problems import Problem, unknown_key
from agent.config.values import TEXT, TRUTH, Rule, WrongValueError, shown

_Hook = Callable[[Any, Any], Any]


def structure(tree: Mapping[str, Any]) -> Config | tuple[Problem, ...]:
    """The configuration, or all that is wrong with the tree. Nothing is coerced, unknown keys are refused."""
    try:
        return _converter().structure(tree, Config)
    except BaseValidationError as error:
        return tuple(_problems(error, ""))


def _converter() -> Converter:
    converter = Converter(forbid_extra_keys=True, detailed_validation=True)
    converter.register_structure_hook(str, lambda value, _: TEXT.apply(value))
    converter.register_structure_hook(bool, lambda value, _: TRUTH.apply(value))
    converter.register_structure_hook_func(_has_rule, lambda value, hint: hint.__metadata__[0].apply(value))
    converter.register_structure_hook_func(_is(Literal), _choice)
    converter.register_structure_hook_factory(_is(tuple), _array)
    converter.register_structure_hook_factory(_is(Mapping), _free_table)
    converter.register_structure_hook_factory(is_dataclass, _table)
    return converter


def _is(origin: object) -> Callable[[Any], bool]:
    return lambda hint: get_origin(hint) == origin


def _has_rule(hint: Any) -> bool:
    return get_origin(hint) is Annotated and isinstance(hint.__metadata__[0], Rule)


def _choice(value: object, hint: Any) -> object:
    choices = get_args(hint)
    if not isinstance(value, str) or value not in choices:
        raise WrongValueError("one of " + ", ".join(choices), shown(value))
    return value


def _array(hint: Any, converter: BaseConverter) -> _Hook:
    return _only(list, "an array", homogenous_tuple_structure_factory(hint, converter))


def _free_table(hint: Any, converter: BaseConverter) -> _Hook:
    return _only(dict, "a table", mapping_structure_factory(hint, converter))


def _table(hint: Any, converter: BaseConverter) -> _Hook:
    return _only(dict, "a table", make_dict_structure_fn(hint, converter, _cattrs_forbid_extra_keys=True))


def _only(kind: type, expected: str, inner: Callable[[Any, Any], Any]) -> _Hook:
    """cattrs takes any iterable for an array, a text included; here only what TOML calls one will do."""

    def structure_value(value: object, hint: Any) -> Any:
        if not isinstance(value, kind):
            raise WrongValueError(expected, shown(value))
        return inner(value, hint)

    return structure_value


def _problems(error: Exception, key: str) -> Iterator[Problem]:
    match error:
        case ClassValidationError():
            noted, others = error.group_exceptions()
            for inner, note in noted:
                yield from _problems(inner, f"{key}.{note.name}" if key else note.name)
            for inner in others:
                yield from _problems(inner, key)
        case IterableValidationError():
            for inner, place in error.group_exceptions()[0]:
                yield from _problems(inner, _element(key, place.index))
        case ForbiddenExtraKeysError():
            yield from _unknown(error, key)
        case KeyError():
            yield Problem(key, "expected a value, this key is required, found nothing")
        case _:
            yield Problem(key, str(error))


def _element(key: str, index: int | str) -> str:
    return f"{key}#{index + 1}" if isinstance(index, int) else f'{key}."{index}"'


def _unknown(error: ForbiddenExtraKeysError, key: str) -> Iterator[Problem]:
    place = f"{key}." if key else ""
    siblings = [item.name for item in fields(error.cl)]
    for name in sorted(error.extra_fields):
        yield Problem(f"{place}{name}", unknown_key(name, siblings, place))
