"""Where facts come from: a live Azure, a file or folder, or the embedded lab. All give the same snapshot."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from agent import __version__
from agent.ages import ALLOWED
from agent.arm_calls import ArmCalls, Greeting
from agent.closure import closure_of
from agent.config import Config, declared
from agent.lateness import late_scope
from agent.reuse import Notice, Reuse
from agent.state import StateDirectory, state_directory
from agent.transfers import planned, with_transfers, without_transfers
from checks.requirements import Scope
from collectors.arm.kinds import kind_of_type
from collectors.arm.read_posts import RESOURCE_GRAPH
from collectors.graph.answers import Answer, Question
from collectors.graph.clouds import CLOUDS, Cloud
from collectors.graph.connections import Attempt, Connection
from collectors.graph.declared import Declared, Vantage
from collectors.graph.deeds import Deed
from collectors.graph.documents import Document, Gap, Reason
from collectors.graph.errors import UsageError
from collectors.graph.ids import ArmId
from collectors.graph.workspace_diagnosis import WorkspaceDiagnosis
from collectors.snapshot import Footer, Header, Snapshot, read_snapshot, sealed

if TYPE_CHECKING:  # an offline run must not load the SDK
    from collectors.azure.credential import Identity
    from collectors.azure.selection import Excluded
    from collectors.azure.session import Session
    from collectors.azure.walk import Closure
    from collectors.dns.limits import Silence
    from collectors.reuse import Former

_LAB_PACE = 10_000.0  # questions a second

Progress = Callable[[str], None]
Connector = Callable[[Sequence[Attempt], Sequence[Vantage]], tuple[Connection, ...]]
Diagnoser = Callable[[Sequence[ArmId]], tuple[WorkspaceDiagnosis, ...]]
Greeter = Callable[[], Greeting]
Historian = Callable[[Sequence[ArmId], datetime], Mapping[ArmId, Deed]]
Asker = Callable[[Sequence[Question], Sequence[Vantage]], tuple[Answer, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """What the command line says about the source; neither snapshot nor lab: live Azure.

    `reuse` is how old what a former run read of it may be. `closure`: only what the workspaces of the scope need
    is read. `diagnose`: Azure is asked what its own diagnosis says of the workspaces.
    """

    snapshot: str = ""
    lab: str = ""
    breaks: tuple[str, ...] = ()
    reuse: timedelta | None = None
    closure: bool = False
    diagnose: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """One source, open. `ask` is None offline: then nothing is ever asked; `connect`, `diagnose` where nobody wants it.

    `recheck_within`: for so many seconds a run may wait to ask something again (0: it does not). `deeds`: who changed
    resources since a moment, as far as the Activity Log tells. `greet`: one question, to see whether anybody is there.
    """

    name: str
    read: Callable[[Progress], Snapshot]
    declared: Declared
    ask: Asker | None
    connect: Connector | None = None
    diagnose: Diagnoser | None = None
    recheck_within: float = 0.0
    deeds: Historian | None = None
    greet: Greeter | None = None


@contextmanager
def open_source(
    choice: Choice, config: Config, scope: Scope, *, probe: bool, notice: Notice = lambda _: None
) -> Iterator[Source]:
    """Open the chosen source for as long as the block lasts; `notice` tells a person. Raises AgentError."""
    if choice.snapshot and choice.lab:
        raise UsageError("--snapshot and --lab cannot be used together: choose one source.")
    if choice.breaks and not choice.lab:
        raise UsageError("--break changes a lab scenario: it needs --lab SCENARIO.")
    if choice.reuse and (choice.snapshot or choice.lab):
        raise UsageError("--reuse spares requests to Azure: it cannot be used with --snapshot or --lab.")
    if choice.diagnose and choice.snapshot:
        raise UsageError("--azure-diagnose asks Azure: it cannot be used with --snapshot.")
    if choice.snapshot:
        path = Path(choice.snapshot)
        yield _folder(path, config) if _is_folder(path) else _file(path, config)
    elif choice.lab:
        with _lab(choice, config, scope, probe=probe) as source:
            yield source
    else:
        reuse = _reuse(choice.reuse, notice) if choice.reuse else None
        with _live(choice, config, scope, reuse, probe=probe) as source:
            yield source


def _file(path: Path, config: Config) -> Source:
    snapshot = read_snapshot(path)
    merged = merge(declared(config) if config.vantage else _without_vantages(config), snapshot.declared)
    read = without_transfers(snapshot, config)
    return Source(name="snapshot", read=lambda _: read, declared=merged, ask=None)


def _is_folder(path: Path) -> bool:
    try:
        return path.is_dir()
    except OSError:  # reading it as a file says why
        return False


def _folder(path: Path, config: Config) -> Source:
    """Answers of `az rest` in a folder. They are as old as the newest file, and nobody is asked."""
    from collectors.folder.read import read_folder

    found = read_folder(path)
    header = Header(tool_version=__version__, cloud=config.azure.cloud, started=found.written)
    footer = Footer(finished=found.written, removed=found.removed)
    snapshot = sealed(Snapshot(header=header, documents=found.documents, gaps=found.gaps, footer=footer))

    def read(progress: Progress) -> Snapshot:
        for arm_type, count in found.unread.items():
            progress(f"{path}: {count} {arm_type} not read: nothing here needs them")
        return without_transfers(snapshot, config)

    said = declared(config) if config.vantage else _without_vantages(config)
    return Source(name="snapshot folder", read=read, declared=said, ask=None)


@contextmanager
def _lab(choice: Choice, config: Config, scope: Scope, *, probe: bool) -> Iterator[Source]:
    from agent.lab.scenarios import build
    from agent.lab.world import LabWorld  # a web server: only a lab run pays for it

    if config.vantage:
        raise UsageError("A lab brings its own vantages: remove [[vantage]] from the configuration, or --lab.")
    with LabWorld(build(choice.lab, choice.breaks)) as world:
        merged = merge(_without_vantages(config), world.declared)
        cloud = CLOUDS[world.cloud]
        arm = ArmCalls(world.credential, cloud, config, world.endpoint)

        def read(progress: Progress) -> Snapshot:
            closure = closure_of(scope, merged) if choice.closure else None
            endpoint = world.endpoint
            collected = _collect(
                world.credential, cloud, config, scope, merged, progress, endpoint=endpoint, closure=closure
            )
            return without_transfers(collected, config)

        yield Source(
            name=f"lab {choice.lab}",
            read=read,
            declared=merged,
            ask=asker(config, own_servers=True) if probe else None,
            diagnose=arm.diagnose if choice.diagnose else None,
            recheck_within=config.probe.recheck_within,
            deeds=arm.deeds,
            greet=arm.greet,
        )


def _reuse(age: timedelta, notice: Notice) -> Reuse:
    return Reuse(age=age, directory=StateDirectory(state_directory(os.environ), notice), notice=notice)


@contextmanager
def _live(choice: Choice, config: Config, scope: Scope, reuse: Reuse | None, *, probe: bool) -> Iterator[Source]:
    from collectors.azure.credential import open_credential
    from collectors.dns.system import system_resolvers

    cloud = CLOUDS[config.azure.cloud]
    said = declared(config)
    if probe and not said.public_resolvers:
        said = replace(said, public_resolvers=system_resolvers())
    transfers = planned(config, said, os.environ) if probe else None
    with open_credential(config.azure.tenant, cloud, config.azure.audience) as credential:
        arm = ArmCalls(credential, cloud, config, config.azure.endpoint)

        def read(progress: Progress) -> Snapshot:
            closure = closure_of(scope, said) if choice.closure else None
            endpoint = config.azure.endpoint
            collected = _collect(
                credential, cloud, config, scope, said, progress, endpoint=endpoint, reuse=reuse, closure=closure
            )
            if transfers is None:
                return without_transfers(collected, config)
            return with_transfers(collected, transfers, config, progress)

        connect = _connector(config) if probe and config.probe.connect else None
        yield Source(
            name="live",
            read=read,
            declared=said,
            ask=asker(config) if probe else None,
            connect=connect,
            diagnose=arm.diagnose if choice.diagnose else None,
            recheck_within=config.probe.recheck_within,
            deeds=arm.deeds,
            greet=arm.greet,
        )


def _collect(
    credential: Any,
    cloud: Cloud,
    config: Config,
    scope: Scope,
    said: Declared,
    progress: Progress,
    *,
    endpoint: str,
    reuse: Reuse | None = None,
    closure: Closure | None = None,
) -> Snapshot:
    """Read Azure once, through the SDK, or as much of it as `reuse` does not spare."""
    from collectors.azure.session import Session
    from collectors.azure.walk import collect

    started = _now()
    with Session(
        credential,
        cloud,
        endpoint=endpoint,
        audience=config.azure.audience,
        user_agent=f"agent/{__version__}",
        posts=(RESOURCE_GRAPH,) if config.azure.use_resource_graph else (),
    ) as session:
        header = _header(session, started, config, scope, reuse)
        former = reuse.former(header, session.endpoint.url) if reuse else None
        collected = collect(
            session,
            subscriptions=config.azure.subscriptions,
            exclude=config.azure.exclude,
            known=_known(former),
            closure=closure,
            progress=progress,
            now=_now,
        )
    header = replace(header, scope={**header.scope, **late_scope(collected.through_graph)})
    footer = Footer(finished=_now(), removed=collected.removed)
    read = Snapshot(header=header, documents=collected.documents, gaps=collected.gaps, footer=footer)
    if reuse:
        read = reuse.filled(read, collected.asked, former)
    read = replace(read, gaps=(*read.gaps, *_excluded(collected.excluded)))
    if reuse:
        reuse.keep(read, collected.asked, session.endpoint.url)
    return replace(read, declared=said)


def _header(session: Session, started: datetime, config: Config, scope: Scope, reuse: Reuse | None) -> Header:
    identity = _identity(session)
    return Header(
        tool_version=__version__,
        cloud=session.cloud.name,
        started=started,
        scope=_scope_json(scope) if reuse is None else {**_scope_json(scope), **_reused_scope(config, reuse)},
        identity=identity.object_id,
        tenant=identity.tenant,
    )


def _known(former: Former | None) -> Callable[[Document], bool]:
    """Whether what is below a document need not be read again."""
    from collectors.reuse import unchanged

    return lambda document: former is not None and unchanged(document, former)


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


def asker(config: Config, *, own_servers: bool = False) -> Asker:
    """Asks real servers within the configured limits; the budget holds for the whole run, not for a round.

    The lab's own servers need no mercy.
    """
    left = config.probe.budget
    silence: Silence | None = None

    def ask_all(questions: Sequence[Question], vantages: Sequence[Vantage]) -> tuple[Answer, ...]:
        nonlocal left, silence
        from collectors.dns.ask import ask
        from collectors.dns.limits import Limits, Silence

        limits = Limits(
            timeout=config.probe.timeout,
            patience=config.probe.patience,
            budget=left,
            queries_per_second=_LAB_PACE if own_servers else config.probe.queries_per_second,
        )
        silence = silence or Silence(limits)  # one for the whole run: a server given up stays so
        answers = ask(questions, vantages, limits, _now, lambda _done, _all: None, silence)
        left -= sum(1 for answer in answers if answer.tries)
        return answers

    return ask_all


def _connector(config: Config) -> Connector:
    """Connects to addresses of endpoints, for no longer than a question may take."""
    from collectors.tls.connect import ConnectLimits, connect

    limits = ConnectLimits(timeout=config.probe.timeout)
    return lambda attempts, vantages: connect(attempts, vantages, limits, _now)


def merge(own: Declared, brought: Declared) -> Declared:
    """What the configuration declares over what the source brings; vantages of the source explain its answers."""
    servers = {server.place: server for server in (*brought.servers, *own.servers)}
    sites = {site.name: site for site in (*brought.sites, *own.sites)}
    vantages = {vantage.name: vantage for vantage in (*own.vantages, *brought.vantages)}
    places = {place.public: place for place in (*brought.names, *own.names)}
    return Declared(
        servers=tuple(servers[key] for key in sorted(servers)),
        sites=tuple(sites[name] for name in sorted(sites)),
        clients=tuple(dict.fromkeys((*brought.clients, *own.clients))),
        vantages=tuple(vantages.values()),
        public_resolvers=own.public_resolvers or brought.public_resolvers,
        assumptions={**brought.assumptions, **own.assumptions},
        names=tuple(places[public] for public in sorted(places)),
        foreign=tuple(dict.fromkeys((*brought.foreign, *own.foreign))),
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


def _reused_scope(config: Config, reuse: Reuse) -> Mapping[str, Any]:
    """What a snapshot must say of itself so that a later run can tell whether it may reuse it."""
    azure = {
        "subscriptions": sorted(config.azure.subscriptions),
        "exclude": sorted(config.azure.exclude),
        "use_resource_graph": config.azure.use_resource_graph,
    }
    return {ALLOWED: f"{reuse.age.total_seconds():.0f}s", "azure": azure}


def _now() -> datetime:
    """The present, in whole seconds: finer times would only make reports unlike."""
    return datetime.now(UTC).replace(microsecond=0)
