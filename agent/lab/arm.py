"""Azure Resource Manager over an estate of the lab, good enough for the real SDK clients; it only reads.

What is served follows from the table of kinds: lists, single resources, paging, errors, faults on demand.
"""

from __future__ import annotations

import asyncio
import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass, replace
from urllib.parse import quote

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Mount, Route
from starlette.types import ASGIApp, Receive, Scope, Send

from agent.lab import arm_answers as answers
from agent.lab.activity import ACTIVITY, ActivityLog
from agent.lab.arm_call import Call, action_of
from agent.lab.arm_diagnose import Diagnoses
from agent.lab.arm_faults import UNSEEN, ArmFault, Behaviour
from agent.lab.builders import guid
from agent.lab.estate import LabEstate
from agent.lab.identity import IdentityEndpoints, Issuer
from agent.lab.metadata import cloud_metadata
from agent.lab.request_log import Logged, RequestLog
from agent.lab.resource_graph import POLITE, GraphManners, ResourceGraph
from agent.lab.rights import READER, Rights
from agent.lab.throttle import Limits, Throttle
from collectors.arm.kinds import KINDS, Kind
from collectors.arm.read_posts import DIAGNOSE, RESOURCE_GRAPH
from collectors.graph.documents import Document
from collectors.graph.ids import ArmId

PAGE_SIZE = 100
UNLIMITED = Limits()
_API_VERSION = re.compile(r"\d{4}-\d{2}-\d{2}(-preview)?")
_PERMISSIONS = KINDS["permissions"]
_TAKES_RIGHTS = (Behaviour.FORBIDDEN, Behaviour.PARTIAL)  # of one kind: the permissions of the scope show it


def build_app(
    estate: LabEstate,
    issuer: Issuer,
    identity_header: str,
    log: RequestLog,
    *,
    faults: tuple[ArmFault, ...] = (),
    page_size: int = PAGE_SIZE,
    limits: Limits = UNLIMITED,
    graph: GraphManners = POLITE,
    rights: Rights = READER,
) -> ASGIApp:
    """The whole server: Resource Manager, cloud metadata, the two managed-identity endpoints; all requests logged."""
    identity = IdentityEndpoints(issuer, identity_header)
    routes = [
        Route("/msi/token", identity.app_service),
        Route("/metadata/identity/oauth2/token", identity.imds),
        Route("/metadata/endpoints", cloud_metadata),
        Mount(
            "/",
            Emulator(estate, issuer, faults=faults, page_size=page_size, limits=limits, graph=graph, rights=rights),
        ),
    ]
    return Logged(Starlette(routes=routes), log)


@dataclass(frozen=True, slots=True, kw_only=True)
class _View:
    """How faults bend a listing: the one resource group that is seen, and where nextLink leads."""

    group: str = ""
    foreign: str = ""
    looping: bool = False


class Emulator:
    """An ASGI app that answers as Resource Manager would, for one estate."""

    def __init__(
        self,
        estate: LabEstate,
        issuer: Issuer,
        *,
        faults: tuple[ArmFault, ...] = (),
        page_size: int = PAGE_SIZE,
        limits: Limits = UNLIMITED,
        graph: GraphManners = POLITE,
        rights: Rights = READER,
    ) -> None:
        self._documents = estate.documents
        self._issuer = issuer
        self._faults = faults
        self._page_size = page_size
        self._latency = limits.latency
        self._throttle = Throttle(limits)
        self._rights = rights
        seen = [held for held in estate.documents.values() if rights.may(KINDS[held.kind].action, held.id.text)]
        self._graph = ResourceGraph(seen, graph, faults)
        self._diagnoses = Diagnoses(estate.documents)
        self._activity = ActivityLog(estate.changed)
        self._encoded: dict[ArmId, bytes] = {}
        self._hits: Counter[tuple[int, str]] = Counter()
        self._answered = 0
        self._left = 0
        self._groups = {(id.subscription, id.resource_group.lower()) for id in estate.documents}
        self._listed: dict[tuple[str, str], list[Document]] = defaultdict(list)
        for document in estate.documents.values():
            self._listed[document.kind, _parent_key(document)].append(document)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        request = Request(scope, receive)
        if self._latency:
            await asyncio.sleep(self._latency)
        response = await self._answer(request)
        self._add_headers(response, request)
        await response(scope, receive, send)

    async def _answer(self, request: Request) -> Response:
        is_query = request.method == "POST" and request.url.path.lower() == RESOURCE_GRAPH.path.lower()
        diagnosed = self._diagnoses.path_of(request.method, _plain_path(request))
        if request.method != "GET" and not (is_query or diagnosed):
            return answers.method_not_allowed(request.method)
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer":
            return answers.unauthenticated("")
        if refusal := self._issuer.refusal(token.strip()):
            return answers.unauthenticated(refusal)
        query = {name.lower(): value for name, value in request.query_params.items()}
        if not _API_VERSION.fullmatch(query.get("api-version", "")):
            return answers.bad_api_version(query.get("api-version", ""))
        if is_query:
            return self._graph.answer(await request.body())
        if diagnosed:
            body = await request.body()
            call = Call(
                request=request, path=diagnosed, query=query, kind=None, parent=None, operation=DIAGNOSE.name, body=body
            )
            return self._hidden(call) or self._refused(call) or self._throttled(call) or await self._faulty(call)
        path = _plain_path(request)
        if not path.isprintable() or not path:
            return answers.unknown_type(path)
        if self._activity.is_asked(path):
            scope = "/".join(path.split("/")[:3])
            may = self._rights.may(ACTIVITY, scope)
            return self._activity.answer(query.get("$filter", "")) if may else answers.forbidden(ACTIVITY, scope)
        kind, parent = self._target(path)
        call = Call(request=request, path=path, query=query, kind=kind, parent=parent)
        return self._hidden(call) or self._refused(call) or self._throttled(call) or await self._faulty(call)

    def _target(self, path: str) -> tuple[Kind | None, str | None]:
        """What a path asks for: a kind and, for a listing, the scope."""
        found = self._documents.get(ArmId(path))
        if found is not None and not KINDS[found.kind].single:
            return KINDS[found.kind], None
        for suffix in ("/".join(["", *path.split("/")[-parts:]]) for parts in (1, 3)):
            for kind in _BY_SUFFIX.get(suffix.lower(), ()):
                scope = path[: len(path) - len(suffix)]
                if self._may_hold(kind, scope):
                    return kind, scope
        return _kind_of_id(path), None

    def _may_hold(self, kind: Kind, scope: str) -> bool:
        if kind.parent is None:
            return not scope
        if kind.single:
            return scope.lower().startswith("/subscriptions/")
        if kind.parent == "subscription":
            return re.fullmatch(r"/subscriptions/[^/]+(/resourcegroups/[^/]+)?", scope.lower()) is not None
        return ArmId(scope).type.lower() == KINDS[kind.parent].type.lower() if scope else False

    def _hidden(self, call: Call) -> Response | None:
        for fault in self._faults:
            if fault.behaviour in UNSEEN and fault.covers("*", call.path):
                is_hidden = fault.behaviour is Behaviour.HIDDEN
                return answers.subscription_not_found(call.subscription) if is_hidden else answers.wrong_tenant()
        return None

    def _refused(self, call: Call) -> Response | None:
        """403 where no role grants the request. A list that is granted on some groups only is cut, not refused."""
        lists_tenant = call.kind is not None and call.kind.parent is None and call.parent is not None
        scope = call.parent or call.path
        if lists_tenant or not call.name or self._rights.may(call.action, scope):
            return None
        is_cut = call.parent is not None and ArmId(scope).resource_group == ""
        if is_cut and self._rights.groups(call.action, call.subscription):
            return None
        return answers.forbidden(call.action, scope)

    def _throttled(self, call: Call) -> Response | None:
        listed = call.kind.name if call.kind and call.parent is not None else ""
        wait, self._left = self._throttle.take(call.subscription, listed)
        return answers.throttled(call.subscription, str(wait)) if wait else None

    async def _faulty(self, call: Call) -> Response:
        view, damage = _View(), None
        for fault in self._hitting(call):
            match fault.behaviour:
                case Behaviour.SLOW:
                    await asyncio.sleep(fault.seconds)
                case Behaviour.PARTIAL:
                    view = replace(view, group=fault.argument)
                case Behaviour.FOREIGN_NEXT_LINK:
                    view = replace(view, foreign=fault.argument)
                case Behaviour.LOOPING_NEXT_LINK:
                    view = replace(view, looping=True)
                case Behaviour.CUT | Behaviour.BROKEN_JSON:
                    damage = fault.behaviour
                case _:
                    return _refusal(fault, call)
        response = self._read(call, view)
        if response.status_code == 202:  # it has no body that could be damaged
            return response
        if damage is Behaviour.CUT:
            return answers.Cut(response.body, response.status_code, dict(response.headers))
        if damage is Behaviour.BROKEN_JSON:
            return Response(bytes(response.body)[:-2], response.status_code, media_type="application/json")
        return response

    def _hitting(self, call: Call) -> Iterator[ArmFault]:
        """The faults that hit this call, each counted against its path."""
        for position, fault in enumerate(self._faults):
            if fault.behaviour in UNSEEN or not fault.covers(call.name, call.path):
                continue
            self._hits[position, call.path.lower()] += 1
            if fault.times is None or self._hits[position, call.path.lower()] <= fault.times:
                yield fault

    def _read(self, call: Call, view: _View) -> Response:
        if call.kind is _PERMISSIONS and call.parent is not None:
            return self._permissions(call, call.parent, view)
        if view.group and not _within(call, view.group):
            return answers.forbidden(call.action, call.path)
        if call.operation:
            return self._diagnoses.answer(call, view.foreign, looping=view.looping)
        missing = self._missing_above(call)
        if missing is not None:
            return missing
        if call.parent is None or call.kind is None:
            return self._single(call)
        return self._list(call, call.kind, call.parent, view)

    def _missing_above(self, call: Call) -> Response | None:
        """Why nothing can be at this path: its subscription, group, type or parent does not exist."""
        wanted = ArmId(call.path)
        if call.subscription and ArmId(f"/subscriptions/{call.subscription}") not in self._documents:
            return answers.subscription_not_found(call.subscription)
        group = (wanted.subscription, wanted.resource_group.lower())
        if group[1] and group not in self._groups:
            return answers.group_not_found(wanted.resource_group)
        if call.kind is None:
            return answers.unknown_type(call.path)
        if call.kind.parent in (None, "subscription") or not call.subscription:
            return None
        parent = ArmId(call.parent) if call.parent is not None else wanted.parent
        if parent in self._documents:
            return None
        private_dns = call.kind.client == "privatedns"
        return answers.parent_not_found(parent.name) if private_dns else answers.resource_not_found(parent)

    def _single(self, call: Call) -> Response:
        document = self._documents.get(ArmId(call.path))
        if document is None:
            return answers.resource_not_found(ArmId(call.path))
        return answers.json_response(document.body, pretty=True)

    def _list(self, call: Call, kind: Kind, parent: str, view: _View) -> Response:
        group, owner = view.group.lower(), parent.lower()
        if kind.parent == "subscription":
            owner, _, only = owner.partition("/resourcegroups/")
            group = only or group
        found = [
            document
            for document in self._listed[kind.name, owner]
            if not self._is_hidden(document)
            and group in ("", document.id.resource_group.lower() or group)  # a subscription is in no group
        ]
        return self._page(call, kind, found, view)

    def _is_hidden(self, document: Document) -> bool:
        if document.kind == "subscription":
            may = self._rights.sees(document.id.subscription)
        else:
            may = self._rights.may(KINDS[document.kind].action, document.id.text)
        if not may:
            return True
        return any(f.behaviour in UNSEEN and f.covers("*", str(document.id)) for f in self._faults)

    def _page(self, call: Call, kind: Kind, found: list[Document], view: _View) -> Response:
        start, size = call.offset, self._page_size
        top = call.query.get("$top", "")
        if kind.page_size is not None and top:  # other providers ignore it
            if not re.fullmatch(r"[1-9]\d{0,5}", top):
                return answers.error(400, "BadRequest", f"The value '{top}' of $top is not valid.")
            size = min(size, int(top))
        if start is None:
            return answers.error(400, "BadRequest", "The value of $skipToken is not valid.")
        link = ""
        if view.looping:
            link = f"{call.origin}{quote(call.path)}?{call.request.url.query}"
        elif view.foreign or start + size < len(found):
            link = call.next_link(view.foreign, start + size)
        return answers.page([self._encode(document) for document in found[start : start + size]], link)

    def _encode(self, document: Document) -> bytes:
        """The body as bytes; encoding is by far the most work of an answer, so it is done once."""
        encoded = self._encoded.get(document.id)
        if encoded is None:
            encoded = self._encoded[document.id] = answers.compact(document.body)
        return encoded

    def _permissions(self, call: Call, parent: str, view: _View) -> Response:
        scope = ArmId(parent)
        document = self._documents.get(ArmId(f"/subscriptions/{scope.subscription}/providers/{_PERMISSIONS.type}"))
        if document is None:
            return answers.subscription_not_found(call.subscription)
        if view.group and scope.resource_group.lower() != view.group.lower():
            return answers.json_response({"value": []})
        body = deepcopy(dict(document.body))
        if self._rights is not READER:
            body["value"] = self._rights.rows(parent)
        denied = [
            action_of(fault.kind)
            for fault in self._faults
            if fault.behaviour in _TAKES_RIGHTS and fault.kind != "*" and fault.covers(fault.kind, parent)
        ]
        for row in body["value"]:
            row["notActions"] = [*row["notActions"], *denied]
        return answers.json_response(body)

    def _add_headers(self, response: Response, request: Request) -> None:
        self._answered += 1
        number = guid(f"request {self._answered}")
        left = self._left
        response.headers["x-ms-request-id"] = number
        response.headers["x-ms-correlation-request-id"] = number
        response.headers["x-ms-routing-request-id"] = f"WESTEUROPE:20260112T081530Z:{number}"
        response.headers["Cache-Control"] = "no-cache"
        if "/privatednszones" in request.url.path.lower():
            response.headers["x-ms-ratelimit-remaining-subscription-resource-requests"] = "499"
            response.headers["x-ms-ratelimit-remaining-subscription-resource-entities-read"] = "59999"
        else:
            response.headers["x-ms-ratelimit-remaining-subscription-reads"] = str(left)
            response.headers["x-ms-ratelimit-remaining-subscription-global-reads"] = str(3500 + left)


def _plain_path(request: Request) -> str:
    return re.sub(r"/{2,}", "/", request.scope["path"]).rstrip("/")


def _by_suffix() -> Mapping[str, list[Kind]]:
    found: dict[str, list[Kind]] = defaultdict(list)
    for kind in KINDS.values():
        if not kind.by_reference:
            found[kind.path.removeprefix("{scope}").lower()].append(kind)
    return found


_BY_SUFFIX = _by_suffix()


def _parent_key(document: Document) -> str:
    """Under which scope a document is listed."""
    kind = KINDS[document.kind]
    if kind.parent is None:
        return ""
    if kind.parent == "subscription":
        return f"/subscriptions/{document.id.subscription}"
    return document.id.parent.key


def _kind_of_id(path: str) -> Kind | None:
    """The kind of a resource that is not there."""
    wanted = ArmId(path).type.lower()
    if wanted == "subscriptions":
        return KINDS["subscription"]
    records = re.fullmatch(r"microsoft\.network/privatednszones/(a|aaaa|cname|mx|ptr|soa|srv|txt)", wanted)
    if records:
        return KINDS["record-set"]
    return next((kind for kind in KINDS.values() if kind.type.lower() == wanted), None)


def _within(call: Call, group: str) -> bool:
    """Whether a right on one resource group lets this call through; lists of a subscription are only cut."""
    asked = ArmId(call.path).resource_group
    return not asked or asked.lower() == group.lower()


def _refusal(fault: ArmFault, call: Call) -> Response:
    """What a fault answers instead."""
    match fault.behaviour:
        case Behaviour.FORBIDDEN:
            return answers.forbidden(call.action, call.parent or call.path)
        case Behaviour.THROTTLED:
            return answers.throttled(call.subscription, fault.argument)
        case Behaviour.SERVER_ERROR:
            return answers.server_error()
        case Behaviour.REGISTRATION:
            return answers.not_registered(call.namespace)
        case Behaviour.REDIRECT:
            query = call.request.url.query
            return RedirectResponse(f"{fault.argument}{call.path}?{query}", status_code=307)
        case _:
            return answers.resource_not_found(ArmId(call.path))
