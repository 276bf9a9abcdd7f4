"""One name explained from every view: the shapes of `explain --format json`, and how they come about."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from ipaddress import ip_address
from typing import Literal
from urllib.parse import urlsplit

from agent.report import HopShape, SeenShape, Shape, hop_shape, seen_shape
from agent.run import gather
from agent.sources import Progress, Source
from checks.context import Context, make_context, observe_name
from checks.diagnosis.observed import Hypothesis, hypotheses
from checks.disagreement import answer_seen
from checks.names.expected import ExpectedRecord
from checks.questions import vantages_for
from checks.requirements import Client, Scope
from checks.resolution.path import Opaque, Path
from checks.resolution.places import AzureDns, Place, inbound_door, place_name
from checks.views import ViewClass, asked_form, records_for, view_classes
from collectors.graph.addresses import is_address
from collectors.graph.answers import Question
from collectors.graph.documents import Change
from collectors.graph.errors import UsageError
from collectors.graph.ids import ArmId, Fqdn, fqdn
from collectors.graph.nodes import InboundEndpoint

_TYPES = ("A", "AAAA", "CNAME", "PTR")


class OtherShape(Shape):
    """Another way that the same question may take: when, and which assumption must fail for it (null: none)."""

    condition: str
    against: str | None
    simulated: list[HopShape]


class ViewShape(Shape):
    """How the name resolves for some clients."""

    view: str
    clients: list[str]
    expected: list[str]
    simulated: list[HopShape]
    observed: SeenShape | None
    alternatives: list[OtherShape]


class ExplanationShape(Shape):
    """`explain --format json`."""

    schema: Literal[1]
    name: str
    type: str
    views: list[ViewShape]


@dataclass(frozen=True, slots=True, kw_only=True)
class WayOut:
    """Where a server that nobody can see into might send a question: a place in words, and the path from there."""

    place: str
    path: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """A name, what is expected of it, and how it resolves from each view."""

    name: Fqdn
    type: str
    records: tuple[ExpectedRecord, ...]
    views: tuple[ViewClass, ...]
    without: tuple[str, ...]
    hypotheses: tuple[Hypothesis, ...] = ()
    near: str = ""
    """For a name that nobody expects: the expected name that looks most like it."""

    ways_out: Mapping[str, tuple[WayOut, ...]] = field(default_factory=dict)
    """By an opaque server: where it could send the question, and what would come of that."""

    before: Mapping[str, Path] = field(default_factory=dict)
    """By client: what it gets while the resources that are left out are there."""

    said: Mapping[str, bool] = field(default_factory=dict)
    """What the configuration says of assumptions."""

    @property
    def unread(self) -> bool:
        """Whether a required client's path leads into something that could not be read."""
        return any(isinstance(v.path.outcome, Opaque) and v.path.outcome.gaps for v in self.views)

    def shape(self) -> ExplanationShape:
        """The explanation as JSON shows it."""
        return ExplanationShape(
            schema=1, name=self.name, type=self.type, views=[_view_shape(view) for view in self.views]
        )


def _view_shape(view: ViewClass) -> ViewShape:
    first = view.observed[0] if view.observed else None
    return ViewShape(
        view=view.view,
        clients=[client.id for client in view.clients],
        expected=list(view.expected),
        simulated=[hop_shape(hop) for hop in view.path.hops],
        observed=seen_shape(answer_seen(first.answer, first.seen)) if first else None,
        alternatives=[
            OtherShape(condition=way.condition, against=way.against, simulated=[hop_shape(hop) for hop in way.hops])
            for way in view.path.alternatives
        ],
    )


def explain(
    source: Source,
    scope: Scope,
    name: Fqdn,
    type: str,
    networks: Sequence[str],
    without: Sequence[str],
    progress: Progress,
) -> Explanation:
    """Explain one name. Raises UsageError for a type, network or id that cannot be."""
    type = type.upper()
    if type not in _TYPES:
        raise UsageError(f"Records of type {type} are not simulated: choose one of {', '.join(_TYPES)}.")
    snapshot, context, _ = gather(replace(source, ask=None), scope, progress)
    clients, asked = _clients(context, networks), asked_form(name)
    answers = list(snapshot.answers)
    if source.ask:
        answers += source.ask(_questions(context, asked, type, clients), source.declared.vantages)
        context = make_context(context.estate, context.required, answers, context.now)
    observations = observe_name(context.estate, context.required, answers, asked, type)
    before = {client.id: context.solver.path(client, asked, type) for client in clients} if without else {}
    supposed = hypotheses(context)  # answers are about the estate as it is
    context = _removed(context, without)
    views = view_classes(context, name, type, clients, observations)
    return Explanation(
        name=name,
        type=type,
        records=records_for(context, name),
        views=views,
        without=tuple(without),
        hypotheses=supposed,
        near=_nearest(context, name),
        ways_out=_ways_out(context, asked, type, views),
        before=before,
        said=context.estate.declared.assumptions,
    )


def _nearest(context: Context, name: Fqdn) -> str:
    """The expected name that somebody may have meant; none for one that is expected."""
    if records_for(context, name):
        return ""
    close = get_close_matches(name, sorted({record.name for record in context.required.records}), n=1)
    return close[0] if close else ""


def _ways_out(context: Context, asked: Fqdn, type: str, views: Sequence[ViewClass]) -> dict[str, tuple[WayOut, ...]]:
    """Where the opaque servers could send the question: to Azure DNS in their own network, or to inbound endpoints."""
    estate = context.estate
    found: dict[str, tuple[WayOut, ...]] = {}
    for view in views:
        last = view.path.last
        if not isinstance(view.path.outcome, Opaque) or view.path.outcome.gaps or last.at.type != "server":
            continue
        network = next((n.id for n in estate.networks if n.id.text == last.at.id.partition("@")[2]), None)
        doors: list[Place] = [AzureDns(network)] if network else []
        for endpoint in estate.of_type(InboundEndpoint):
            held = (inbound_door(estate, endpoint, address.address) for address in endpoint.addresses)
            doors += (door for door in held if door.view and not (network and estate.apart(network, door.view)))
        found[last.at.id] = tuple(
            WayOut(place=place_name(door), path=context.solver.at(door, asked, type)) for door in doors
        )
    return found


def asked_name(text: str) -> Fqdn:
    """The name that a person asks for. Raises UsageError for what is none, such as a URL or an address."""
    _refuse_what_is_no_name(text.strip())
    try:
        name = fqdn(text)
    except ValueError:
        raise UsageError(f"{text!r} is not a domain name: expected labels of visible ASCII joined by dots.") from None
    if not name:
        raise UsageError("The name is empty: expected a domain name such as ID.workspace.REGION.api.azureml.ms.")
    return name


def _refuse_what_is_no_name(text: str) -> None:
    """DNS could carry most URLs and addresses as labels, but nobody asks for such a name."""
    host = _host(text)
    if is_address(host.removesuffix(".")):
        raise UsageError(
            f"{host!r} is an address: expected a domain name. `agent names` lists names and addresses; "
            f"for its pointer ask for {_reverse(host)} with --type PTR."
        )
    if host != text:
        asked = f"ask for its host, {host}" if host else "expected a domain name"
        raise UsageError(f"{text!r} is a URL or has parts of one: {asked}.")


def _reverse(host: str) -> str:
    """The name that holds the pointer of an address."""
    return ip_address(host.removesuffix(".").partition("%")[0]).reverse_pointer


def _host(text: str) -> str:
    """The host where the text is a URL, or has a port, path or range; an address or name itself is its host."""
    if is_address(text.partition("%")[0]):
        return text.partition("%")[0]
    if not set("/:@?#") & set(text):
        return text
    try:
        return urlsplit(text if "://" in text else f"//{text}").hostname or ""
    except ValueError:
        return ""


def _clients(context: Context, networks: Sequence[str]) -> tuple[Client, ...]:
    """The clients to explain for: those named, else the required ones and every other network and site."""
    estate = context.estate
    if networks:
        found = [network for text in networks for network in estate.find_networks(text)]
        missing = [text for text in networks if not estate.find_networks(text)]
        if missing:
            known = ", ".join(network.id.name for network in estate.networks[:10]) or "none"
            raise UsageError(f"There is no network {missing[0]!r} in what could be read. Networks: {known}.")
        return tuple(Client(id=network.id.text, network=network.id) for network in found)
    others = {Client(id=network.id.text, network=network.id) for network in estate.networks}
    others |= {Client(id=f"site:{site.name}", site=site.name) for site in estate.declared.sites}
    return tuple(sorted(others | set(context.required.clients)))


def _questions(context: Context, name: Fqdn, type: str, clients: Sequence[Client]) -> list[Question]:
    """What the clients would ask, from vantages in their own network where there are any."""
    found: dict[Question, None] = {}
    vantages = context.estate.declared.vantages
    for client in clients:
        for server in context.solver.servers(client)[:1]:
            for vantage in vantages_for(context.estate, vantages, client, server):
                found[Question(vantage=vantage.name, server=server, name=name, type=type)] = None
    return list(found)


def _not_there(context: Context, text: str) -> str:
    """What to say of an id that is none: a person may have given a name, or a server that was only declared."""
    named = [id.text for id in context.estate.documents if id.name.lower() == text.lower()]
    near = f"did you mean {named[0]}?" if named else 'expected an ARM id, such as one behind "decided by".'
    return f"There is no resource {text!r} in what could be read (--without): {near}"


def _removed(context: Context, ids: Sequence[str]) -> Context:
    """The context of an estate without some resources."""
    changes = []
    for text in ids:
        try:
            document = context.estate.documents[ArmId(text)]
        except (KeyError, ValueError):
            raise UsageError(_not_there(context, text)) from None
        changes.append(Change(id=document.id, before=document, after=None))
    return context.after(*changes) if changes else context
