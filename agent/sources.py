"""Where facts come from: a live Azure, a snapshot file, or the embedded lab. All three give the same snapshot."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from agent import __version__
from agent.config import Config, declared
from checks.requirements import Scope
from collectors.arm.kinds import kind_of_type
from collectors.graph.answers import Answer, Question
from collectors.graph.clouds import CLOUDS, Cloud
from collectors.graph.declared import Declared, Vantage
from collectors.graph.documents import Gap, Reason
from collectors.graph.errors import UsageError
from collectors.snapshot import Footer, Header, Snapshot, read_snapshot

if TYPE_CHECKING:  # an offline run must not load the SDK
    from collectors.azure.credential import Identity
    from collectors.azure.selection import Excluded
    from collectors.azure.session import Session

_LAB_PACE = 10_000.0  # questions a second

Progress = Callable[[str], None]
Asker = Callable[[Sequence[Question], Sequence[Vantage]], tuple[Answer, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """What the command line says about the source; none of the three: live Azure."""

    snapshot: str = ""
    lab: str = ""
    breaks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """One source, open. `ask` is None offline: then nothing is ever asked."""

    name: str
    read: Callable[[Progress], Snapshot]
    declared: Declared
    ask: Asker | None


@contextmanager
def open_source(choice: Choice, config: Config, scope: Scope, *, probe: bool) -> Iterator[Source]:
    """Open the chosen source for as long as the block lasts. Raises AgentError."""
    if choice.snapshot and choice.lab:
        raise UsageError("--snapshot and --lab cannot be used together: choose one source.")
    if choice.breaks and not choice.lab:
        raise UsageError("--break changes a lab scenario: it needs --lab SCENARIO.")
    if choice.snapshot:
        yield _file(Path(choice.snapshot), config)
    elif choice.lab:
        with _lab(choice, config, scope, probe=probe) as source:
            yield source
    else:
        with _live(config, scope, probe=probe) as source:
            yield source


def _file(path: Path, config: Config) -> Source:
    snapshot = read_snapshot(path)
    merged = merge(declared(config) if config.vantage else _without_vantages(config), snapshot.declared)
    return Source(name="snapshot", read=lambda _: snapshot, declared=merged, ask=None)


@contextmanager
def _lab(choice: Choice, config: Config, scope: Scope, *, probe: bool) -> Iterator[Source]:
    from agent.lab.scenarios import build
    from agent.lab.world import LabWorld  # a web server: only a lab run pays for it

    if config.vantage:
        raise UsageError("A lab brings its own vantages: remove [[vantage]] from the configuration, or --lab.")
    with LabWorld(build(choice.lab, choice.breaks)) as world:
        merged = merge(_without_vantages(config), world.declared)
        cloud = CLOUDS["AzureCloud"]

        def read(progress: Progress) -> Snapshot:
            return _collect(world.credential, cloud, config, scope, merged, progress, endpoint=world.endpoint)

        ask = _asker(config, own_servers=True) if probe else None
        yield Source(name=f"lab {choice.lab}", read=read, declared=merged, ask=ask)


@contextmanager
def _live(config: Config, scope: Scope, *, probe: bool) -> Iterator[Source]:
    from collectors.azure.credential import open_credential
    from collectors.dns.system import system_resolvers

    cloud = CLOUDS[config.azure.cloud]
    said = declared(config)
    if probe and not said.public_resolvers:
        said = replace(said, public_resolvers=system_resolvers())
    with open_credential(config.azure.tenant, cloud, config.azure.audience) as credential:

        def read(progress: Progress) -> Snapshot:
            return _collect(credential, cloud, config, scope, said, progress, endpoint=config.azure.endpoint)

        yield Source(name="live", read=read, declared=said, ask=_asker(config) if probe else None)


def _collect(
    credential: Any,
    cloud: Cloud,
    config: Config,
    scope: Scope,
    said: Declared,
    progress: Progress,
    *,
    endpoint: str,
) -> Snapshot:
    """Read Azure once, through the SDK."""
    from collectors.azure.session import Session
    from collectors.azure.walk import collect

    started = _now()
    with Session(
        credential, cloud, endpoint=endpoint, audience=config.azure.audience, user_agent=f"agent/{__version__}"
    ) as session:
        collected = collect(
            session,
            subscriptions=config.azure.subscriptions,
            exclude=config.azure.exclude,
            progress=progress,
            now=_now,
        )
        identity = _identity(session)
    header = Header(
        tool_version=__version__,
        cloud=cloud.name,
        started=started,
        scope=_scope_json(scope),
        identity=identity.object_id,
        tenant=identity.tenant,
    )
    return Snapshot(
        header=header,
        documents=collected.documents,
        gaps=(*collected.gaps, *_excluded(collected.excluded)),
        declared=said,
        footer=Footer(finished=_now(), removed=collected.removed),
    )


def _identity(session: Session) -> Identity:
    """Who read; not knowing it takes nothing from what was read."""
    from collectors.azure.credential import Identity
    from collectors.azure.errors import ReadError

    try:
        return session.identity()
    except ReadError:
        return Identity()


def _excluded(found: Sequence[Excluded]) -> Iterator[Gap]:
    """What the configuration leaves out is not there to the model, but it is not absent either.

    Whole subscriptions are no gaps: they bound what the run looks at, and the closure rule tells of them as soon
    as something points there.
    """
    for item in found:
        kind = kind_of_type(item.id.type)
        if kind and kind.name != "subscription":
            yield Gap(
                kind=kind.name,
                scope=item.id.text,
                reason=Reason.NOT_ASKED,
                detail=f"excluded by the configuration ({item.rule})",
            )


def _asker(config: Config, *, own_servers: bool = False) -> Asker:
    """Asks real servers within the configured limits; the budget holds for the whole run, not for a round.

    The lab's own servers need no mercy.
    """
    left = config.probe.budget

    def ask_all(questions: Sequence[Question], vantages: Sequence[Vantage]) -> tuple[Answer, ...]:
        nonlocal left
        from collectors.dns.ask import ask
        from collectors.dns.limits import Limits

        limits = Limits(
            timeout=config.probe.timeout,
            patience=config.probe.patience,
            budget=left,
            queries_per_second=_LAB_PACE if own_servers else config.probe.queries_per_second,
        )
        answers = ask(questions, vantages, limits, _now, lambda _done, _all: None)
        left -= sum(1 for answer in answers if answer.tries)
        return answers

    return ask_all


def merge(own: Declared, brought: Declared) -> Declared:
    """What the configuration declares over what the source brings; vantages of the source explain its answers."""
    servers = {(s.address, s.network.lower(), s.site): s for s in (*brought.servers, *own.servers)}
    sites = {site.name: site for site in (*brought.sites, *own.sites)}
    vantages = {vantage.name: vantage for vantage in (*own.vantages, *brought.vantages)}
    return Declared(
        servers=tuple(servers[key] for key in sorted(servers)),
        sites=tuple(sites[name] for name in sorted(sites)),
        clients=tuple(dict.fromkeys((*brought.clients, *own.clients))),
        vantages=tuple(vantages.values()),
        public_resolvers=own.public_resolvers or brought.public_resolvers,
        assumptions={**brought.assumptions, **own.assumptions},
    )


def _without_vantages(config: Config) -> Declared:
    """The configuration's default vantage `here` is of no use to a source that brings its own."""
    return replace(declared(config), vantages=())


def _scope_json(scope: Scope) -> Mapping[str, Any]:
    return {
        "workspaces": list(scope.workspaces),
        "subscriptions": list(scope.subscriptions),
        "networks": list(scope.networks),
    }


def _now() -> datetime:
    """The present, in whole seconds: finer times would only make reports unlike."""
    return datetime.now(UTC).replace(microsecond=0)
