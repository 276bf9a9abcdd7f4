"""Rules between settings: what each key may hold alone is said in the model, what must agree is said here.

They look at the raw tree, so that they speak up beside wrong types elsewhere; what is not of its type they skip.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from typing import Any
from urllib.parse import urlsplit

from agent.config.problems import Problem, unknown_key
from agent.config.values import shown
from checks.resolution.rules import ASSUMPTIONS
from collectors.graph.addresses import address
from collectors.graph.clouds import CLOUDS

_AZURE_HOSTS = {urlsplit(cloud.endpoint).hostname or "": cloud.name for cloud in CLOUDS.values()}
Tree = Mapping[str, Any]


def inconsistencies(tree: Tree) -> Iterator[Problem]:
    """What does not fit together in a configuration tree."""
    yield from _cloud(tree)
    yield from _unique(tree, "site")
    yield from _unique(tree, "vantage")
    yield from _site_names(tree)
    yield from _servers(tree)
    yield from _places(tree)
    yield from _waivers(tree)
    yield from _patience(tree)
    yield from _schedule(tree)
    yield from _assumptions(tree)


def is_azure_endpoint(endpoint: str) -> bool:
    """Whether a control plane's URL leads to one of Azure's own hosts."""
    try:
        url = urlsplit(endpoint)
        return url.scheme == "https" and url.hostname in _AZURE_HOSTS and url.port in (None, 443)
    except ValueError:
        return False


def rows(tree: Tree, *path: str) -> Iterator[tuple[str, Tree]]:
    """Key and table of every row of an array of tables."""
    here: Any = tree
    for part in path:
        here = here.get(part) if isinstance(here, Mapping) else None
    for number, row in enumerate(here if isinstance(here, list) else (), start=1):
        if isinstance(row, Mapping):
            yield f"{'.'.join(path)}#{number}", row


def _cloud(tree: Tree) -> Iterator[Problem]:
    """A token of one cloud must not be sent to another."""
    azure = tree.get("azure")
    if not isinstance(azure, Mapping):
        return
    cloud, endpoint = azure.get("cloud", "AzureCloud"), azure.get("endpoint")
    if isinstance(endpoint, str) and isinstance(cloud, str) and cloud in CLOUDS and is_azure_endpoint(endpoint):
        owner = _AZURE_HOSTS[urlsplit(endpoint).hostname or ""]
        if owner != cloud:
            wanted = f"expected no other cloud's endpoint than that of azure.cloud ({shown(cloud)})"
            yield Problem("azure.endpoint", f"{wanted}, found {shown(endpoint)} of {shown(owner)}")


def _unique(tree: Tree, table: str) -> Iterator[Problem]:
    seen: dict[object, str] = {}
    for key, row in rows(tree, table):
        name = row.get("name", "here" if table == "vantage" else None)
        if not isinstance(name, str):
            continue
        if name in seen:
            yield Problem(f"{key}.name", f"expected a name of its own, found {shown(name)} as in {seen[name]}")
        seen.setdefault(name, key)


def _site_names(tree: Tree) -> Iterator[Problem]:
    """Every site that is referred to must be declared."""
    known = [row["name"] for _, row in rows(tree, "site") if isinstance(row.get("name"), str)]
    used = [(f"{key}.site", row.get("site")) for key, row in rows(tree, "dns", "server")]
    for key, row in rows(tree, "scope", "clients"):
        sites = row.get("sites")
        used += [(f"{key}.sites#{n}", site) for n, site in enumerate(sites if isinstance(sites, list) else (), 1)]
    for key, site in used:
        if isinstance(site, str) and site and site not in known:
            near = get_close_matches(site, known, n=1)
            hint = f"; the nearest is {shown(near[0])}" if near else ""
            yield Problem(key, f"expected the name of a [[site]], found {shown(site)}{hint}")


def _servers(tree: Tree) -> Iterator[Problem]:
    seen: dict[tuple[str, str, str], str] = {}
    for key, row in rows(tree, "dns", "server"):
        if row.get("network") and row.get("site"):
            yield Problem(key, "expected either a network or a site, found both")
        if row.get("tsig_file") and row.get("tsig_env"):
            yield Problem(key, "expected the key of its transfers in either tsig_file or tsig_env, found both")
        for setting in ("forwards", "records"):
            table = row.get(setting)
            yield from _rrsets(f"{key}.{setting}", table if isinstance(table, Mapping) else {})
        place = _place(row)
        if place in seen:
            yield Problem(key, f"expected each server once, found the address and place of {seen[place]} again")
        if place:
            seen[place] = key


def _place(row: Tree) -> tuple[str, str, str] | None:
    parts = [row.get("address"), row.get("network", ""), row.get("site", "")]
    texts = [part for part in parts if isinstance(part, str)]
    try:
        return (address(texts[0]), texts[1].lower(), texts[2]) if len(texts) == 3 else None
    except ValueError:
        return None


def _rrsets(key: str, table: Mapping[str, Any]) -> Iterator[Problem]:
    """Names that are the same once normalised would silently replace one another."""
    seen: dict[str, str] = {}
    for name, values in table.items():
        normalised = name.strip().rstrip(".").lower()
        if normalised in seen:
            yield Problem(f'{key}."{name}"', f"expected each name once, found it as {shown(seen[normalised])} too")
        seen[normalised] = name
        if values == []:
            yield Problem(f'{key}."{name}"', "expected at least one address, found an empty array")


def _places(tree: Tree) -> Iterator[Problem]:
    """Of two zones for the names below one suffix, one would silently replace the other."""
    seen: dict[str, str] = {}
    for key, row in rows(tree, "names", "override"):
        public = row.get("public")
        if not isinstance(public, str):
            continue
        suffix = public.strip().rstrip(".").lower()
        if suffix in seen:
            yield Problem(f"{key}.public", f"expected each suffix once, found {shown(public)} as in {seen[suffix]}")
        seen.setdefault(suffix, key)


def _waivers(tree: Tree) -> Iterator[Problem]:
    for key, row in rows(tree, "waiver"):
        by_code = bool(row.get("code") or row.get("subject"))
        if bool(row.get("fingerprint")) == by_code:
            found = "both" if by_code else "neither"
            yield Problem(key, f"expected either a fingerprint, or code and subject, found {found}")
        elif by_code and not (row.get("code") and row.get("subject")):
            missing = "subject" if row.get("code") else "code"
            yield Problem(key, f"expected code and subject together, found no {missing}")


def _patience(tree: Tree) -> Iterator[Problem]:
    probe = tree.get("probe")
    timeout, patience = (
        probe.get(name, default) if isinstance(probe, Mapping) else default
        for name, default in (("timeout", 2.0), ("patience", 12.0))
    )
    numbers = all(isinstance(n, int | float) and not isinstance(n, bool) for n in (timeout, patience))
    if numbers and patience < timeout:
        yield Problem("probe.patience", f"expected at least probe.timeout ({timeout:g}), found {shown(patience)}")


def _schedule(tree: Tree) -> Iterator[Problem]:
    """An expression of the right form may still mean no time at all."""
    watch = tree.get("watch")
    check = watch.get("check") if isinstance(watch, Mapping) else None
    if not isinstance(check, str) or len(check.split()) not in (1, 5):
        return
    from agent.schedule import trigger_of  # a scheduler: only who sets a schedule pays for loading it

    try:
        trigger_of(check)
    except ValueError as error:
        if len(check.split()) == 5:
            yield Problem("watch.check", f"expected a schedule that means a time, found {shown(check)}: {error}")


def _assumptions(tree: Tree) -> Iterator[Problem]:
    """A switch that the model does not know would be believed to be off."""
    table = tree.get("assumptions")
    known = [assumption.name for assumption in ASSUMPTIONS]
    for name in sorted(table if isinstance(table, Mapping) else ()):
        if name not in known:
            yield Problem(f"assumptions.{name}", unknown_key(name, known, "assumptions."))
