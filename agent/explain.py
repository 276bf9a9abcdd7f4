"""One name explained from every view: the shapes of `explain --format json`, and how they come about."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
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
from checks.resolution.places import AzureDns
from checks.views import ViewClass, asked_form, records_for, view_classes
from collectors.graph.addresses import is_address
from collectors.graph.answers import Question
from collectors.graph.documents import Change
from collectors.graph.errors import UsageError
from collectors.graph.ids import ArmId, Fqdn, fqdn

_TYPES = ("A", "AAAA", "CNAME")


class ViewShape(Shape):
    """How the name resolves for some clients."""

    view: str
    clients: list[str]
    expected: list[str]
    simulated: list[HopShape]
    observed: SeenShape | None


class ExplanationShape(Shape):
    """`explain --format json`."""

    schema: Literal[1]
    name: str
    type: str
    views: list[ViewShape]


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

    forwarded: Mapping[str, tuple[ArmId, Path]] = field(default_factory=dict)
    """By an opaque server in a network: what Azure DNS in that network would have answered it."""

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
    context = _removed(context, without)
    views = view_classes(context, name, type, clients, observations)
    return Explanation(
        name=name,
        type=type,
        records=records_for(context, name),
        views=views,
        without=tuple(without),
        hypotheses=hypotheses(context),
        near=_nearest(context, name),
        forwarded=_forwarded(context, asked, type, views),
    )


def _nearest(context: Context, name: Fqdn) -> str:
    """The expected name that somebody may have meant; none for one that is expected."""
    if records_for(context, name):
        return ""
    close = get_close_matches(name, sorted({record.name for record in context.required.records}), n=1)
    return close[0] if close else ""


def _forwarded(context: Context, asked: Fqdn, type: str, views: Sequence[ViewClass]) -> dict[str, tuple[ArmId, Path]]:
    """What Azure DNS would answer the opaque servers, by server; the id of one ends in its network's."""
    networks = {network.id.text: network.id for network in context.estate.networks}
    found = {}
    for view in views:
        last = view.path.last
        network = networks.get(last.at.id.partition("@")[2])
        if isinstance(view.path.outcome, Opaque) and not view.path.outcome.gaps and network:
            found[last.at.id] = network, context.solver.at(AzureDns(network), asked, type)
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
        raise UsageError(f"{host!r} is an address: expected a domain name. `agent names` lists names and addresses.")
    if host != text:
        asked = f"ask for its host, {host}" if host else "expected a domain name"
        raise UsageError(f"{text!r} is a URL or has parts of one: {asked}.")


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


def _removed(context: Context, ids: Sequence[str]) -> Context:
    """The context of an estate without some resources."""
    changes = []
    for text in ids:
        try:
            document = context.estate.documents[ArmId(text)]
        except (KeyError, ValueError):
            raise UsageError(f"There is no resource {text!r} in what could be read (--without).") from None
        changes.append(Change(id=document.id, before=document, after=None))
    return context.after(*changes) if changes else context
