"""What can go wrong between us and Azure Resource Manager, on demand.

On the command line: BEHAVIOUR[(ARGUMENT)][xTIMES]:TARGET, where TARGET is `*`, KIND, SCOPE or KIND@SCOPE.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from enum import StrEnum
from types import MappingProxyType

from collectors.arm.kinds import KINDS
from collectors.arm.read_posts import DIAGNOSE
from collectors.graph.errors import UsageError

ELSEWHERE = "https://elsewhere.invalid"
"""Another host: a name that no resolver ever answers (RFC 2606)."""


class Behaviour(StrEnum):
    """What the emulator does instead of answering."""

    FORBIDDEN = "forbidden"
    HIDDEN = "hidden"
    FOREIGN_TENANT = "foreign-tenant"
    NOT_FOUND = "not-found"
    THROTTLED = "throttled"
    SERVER_ERROR = "server-error"
    SLOW = "slow"
    BROKEN_JSON = "broken-json"
    FOREIGN_NEXT_LINK = "foreign-next-link"
    LOOPING_NEXT_LINK = "looping-next-link"
    REDIRECT = "redirect"
    REGISTRATION = "registration"
    CUT = "cut"
    PARTIAL = "partial"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Argument:
    """What stands in the parentheses of a behaviour; a `default` of None makes it obligatory."""

    what: str
    pattern: str
    default: str | None = None


_SECONDS = r"\d{1,6}(\.\d{1,3})?"
_ARGUMENTS: Mapping[Behaviour, _Argument] = MappingProxyType(
    {
        Behaviour.THROTTLED: _Argument(what="seconds", pattern=r"\d{1,9}", default="1"),
        Behaviour.SLOW: _Argument(what="seconds", pattern=_SECONDS),
        Behaviour.FOREIGN_NEXT_LINK: _Argument(what="base URL", pattern=r"https?://[^\s/]+", default=ELSEWHERE),
        Behaviour.REDIRECT: _Argument(what="base URL", pattern=r"https?://[^\s/]+", default=ELSEWHERE),
        Behaviour.PARTIAL: _Argument(what="resource group", pattern=r"[^\s/]+"),
    }
)
UNSEEN = frozenset({Behaviour.HIDDEN, Behaviour.FOREIGN_TENANT})
"""Whole subscriptions that the identity does not see."""

_WITHOUT_TIMES = UNSEEN | {Behaviour.PARTIAL}  # they describe rights, which do not come back


@dataclass(frozen=True, slots=True, kw_only=True)
class ArmFault:
    """One fault. It hits reads of `kind` (`*`: any) at or below `scope` (`""`: everywhere).

    Beside the kinds there is `workspace-diagnosis`, whose links are the places where its result will be.

    `times`: how often each path is hit, None for ever. Raises UsageError for what makes no sense.
    """

    behaviour: Behaviour
    kind: str = "*"
    scope: str = ""
    argument: str = ""
    times: int | None = None

    def __post_init__(self) -> None:
        self._check_target()
        self._check_argument()
        if self.times is not None and (self.times < 1 or self.behaviour in _WITHOUT_TIMES):
            raise UsageError(f"The ARM fault {self.behaviour} cannot be limited to {self.times} times.")

    @property
    def seconds(self) -> float:
        """The argument of a fault about time."""
        return float(self.argument)

    def covers(self, kind: str, path: str) -> bool:
        """Whether a read of this kind at this path is hit."""
        scope, path = self.scope.lower(), path.lower()
        below = not scope or path == scope or path.startswith(scope + "/")
        return below and self.kind in ("*", kind)

    def _check_target(self) -> None:
        known = (*KINDS, DIAGNOSE.name)
        if self.kind not in ("*", *known):
            near = get_close_matches(self.kind, known, n=1)
            hint = f"did you mean {near[0]}?" if near else f"known are {', '.join(known)}."
            raise UsageError(f"There is no kind {self.kind!r} for an ARM fault: {hint}")
        object.__setattr__(self, "scope", self.scope.rstrip("/"))
        if self.scope and not self.scope.startswith("/subscriptions"):
            raise UsageError(f"The scope of an ARM fault begins with /subscriptions/, not {self.scope!r}.")
        if self.behaviour in UNSEEN and (self.kind != "*" or self.scope.count("/") != 2):
            raise UsageError(
                f"The ARM fault {self.behaviour} needs a subscription: {self.behaviour}:/subscriptions/ID."
            )

    def _check_argument(self) -> None:
        wanted = _ARGUMENTS.get(self.behaviour)
        if wanted is None:
            if self.argument:
                raise UsageError(f"The ARM fault {self.behaviour} takes nothing in parentheses.")
            return
        if not self.argument and wanted.default is not None:
            object.__setattr__(self, "argument", wanted.default)
        if not re.fullmatch(wanted.pattern, self.argument):
            raise UsageError(
                f"The ARM fault {self.behaviour} needs its {wanted.what} in parentheses, not {self.argument!r}."
            )


_GRAMMAR = re.compile(
    r"(?P<behaviour>[a-z-]+?)(?:\((?P<argument>[^()]*)\))?(?:x(?P<times>\d{1,6}))?:(?P<target>\S.*)", re.DOTALL
)


def parse_arm_fault(text: str) -> ArmFault:
    """A fault as written on the command line. Raises UsageError with what was expected.

    `forbidden:/subscriptions/ID`, `throttled(86400):private-dns-zone`, `server-errorx2:zone-link`,
    `partial(rg-dns):/subscriptions/ID`, `slow(1.5):record-set@/subscriptions/ID`.
    """
    parts = _GRAMMAR.fullmatch(text.strip())
    if parts is None:
        raise UsageError(f"An ARM fault is BEHAVIOUR[(ARGUMENT)][xTIMES]:TARGET, not {text!r}.")
    if parts["behaviour"] not in set(Behaviour):
        near = get_close_matches(parts["behaviour"], list(Behaviour), n=1)
        hint = f"did you mean {near[0]}?" if near else f"known are {', '.join(Behaviour)}."
        raise UsageError(f"There is no ARM fault {parts['behaviour']!r}: {hint}")
    target = parts["target"]
    kind, _, scope = ("*", "", target) if target.startswith("/") else target.partition("@")
    return ArmFault(
        behaviour=Behaviour(parts["behaviour"]),
        kind=kind,
        scope=scope,
        argument=parts["argument"] or "",
        times=int(parts["times"]) if parts["times"] else None,
    )
