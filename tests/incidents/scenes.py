"""How an incident is played: the lab's healthy estate after what somebody did, and a real run over it.

Each incident is a function, registered by its key in `expected.csv`. It gets the healthy estate of its architecture.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, nullcontext
from copy import deepcopy
from dataclasses import dataclass, field, replace
from typing import Any

from agent.config import Config
from agent.lab.arm_faults import ArmFault
from agent.lab.estate import LabEstate
from agent.lab.scenarios import build
from agent.sources import Connector
from collectors.graph.declared import Declared
from collectors.graph.documents import Document
from collectors.graph.ids import ArmId
from tests.agent.lab_runs import LabRun, run_estate
from tests.incidents.expected import EXPECTED


def _as_it_is(declared: Declared) -> Declared:
    return declared


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """An estate, how its Resource Manager fails, and what the configuration says beside the lab's own.

    `recheck_within` and `connect` are those of a source; `during`: what is the matter with this program meanwhile.
    """

    estate: LabEstate
    faults: tuple[ArmFault, ...] = ()
    config: Config = field(default_factory=Config)
    declared: Callable[[Declared], Declared] = _as_it_is
    recheck_within: float = 0.0
    connect: Connector | None = None
    during: Callable[[], AbstractContextManager[object]] = nullcontext

    def run(self) -> LabRun:
        """A whole run: Resource Manager over http, questions to the lab's servers."""
        with self.during():
            return run_estate(
                self.estate,
                self.faults,
                config=self.config,
                declared=self.declared,
                recheck_within=self.recheck_within,
                connect=self.connect,
            )


Make = Callable[[LabEstate], LabEstate | Scene]
SCENES: dict[str, Make] = {}
"""Every incident that can be played, by its key."""
HEALTHY: dict[str, Callable[[], LabEstate | Scene]] = {}
"""Estates in which nothing is wrong although they look like it, by what they are."""


def incident(key: str) -> Callable[[Make], Make]:
    """Register what somebody does in the incident of a key."""
    if key not in EXPECTED or key in SCENES:
        raise ValueError(f"{key} is no incident of the table, or is played twice")

    def register(make: Make) -> Make:
        SCENES[key] = make
        return make

    return register


def healthy(name: str, architecture: str) -> Callable[[Make], Make]:
    """Register a healthy look-alike under a name that says what it is."""
    if name in HEALTHY:
        raise ValueError(f"there are two estates of the name {name}")

    def register(make: Make) -> Make:
        HEALTHY[name] = lambda: make(build(architecture))
        return make

    return register


def scene(key: str) -> Scene:
    """The scene of an incident."""
    return _as_scene(SCENES[key](build(EXPECTED[key].architecture)))


def healthy_scene(name: str) -> Scene:
    """The scene of a healthy look-alike."""
    return _as_scene(HEALTHY[name]())


def _as_scene(made: LabEstate | Scene) -> Scene:
    return made if isinstance(made, Scene) else Scene(estate=made)


def find(estate: LabEstate, kind: str, name: str = "") -> tuple[Document, ...]:
    """The documents of a kind whose name contains a word, whatever its case."""
    return tuple(d for d in estate.documents.values() if d.kind == kind and name.lower() in d.id.name.lower())


def one(estate: LabEstate, kind: str, name: str = "") -> Document:
    """The one document of a kind whose name contains a word. Raises ValueError when there is not exactly one."""
    (found,) = find(estate, kind, name)
    return found


def edited(estate: LabEstate, document: Document, edit: Callable[[dict[str, Any]], None]) -> LabEstate:
    """The estate with one document's body changed in place by a function."""
    body = deepcopy(dict(document.body))
    edit(body)
    return adding(estate, replace(document, body=body))


def adding(estate: LabEstate, *documents: Document | Iterable[Document]) -> LabEstate:
    """The estate with more documents, or others in the place of those that have their ids."""
    return replace(estate, documents={**estate.documents, **{d.id: d for d in _flat(documents)}})


def without(estate: LabEstate, *documents: Document | Iterable[Document]) -> LabEstate:
    """The estate without some documents and all that is inside of them."""
    gone = [document.id for document in _flat(documents)]
    kept = {id: d for id, d in estate.documents.items() if not any(_inside(id, other) for other in gone)}
    return replace(estate, documents=kept)


def _flat(documents: Iterable[Document | Iterable[Document]]) -> Iterator[Document]:
    for each in documents:
        if isinstance(each, Document):
            yield each
        else:
            yield from each


def _inside(id: ArmId, other: ArmId) -> bool:
    return id == other or id.key.startswith(f"{other.key}/")
