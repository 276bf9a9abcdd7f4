"""The history that a configuration names, opened for as long as a block lasts."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

from agent.config import Config
from agent.history.keeping import FileHistory, History
from collectors.graph.clouds import CLOUDS

if TYPE_CHECKING:
    from azure.storage.blob import BlobClient

_FILE = "sqlite:///"


@contextmanager
def open_history(config: Config) -> Iterator[History]:
    """A file, or a blob in a container. Raises UsageError where it cannot be used."""
    url = config.history.url
    if url.startswith(_FILE):
        with FileHistory(Path(url.removeprefix(_FILE))) as history:
            yield history
        return
    with _blob_history(config) as history:
        yield history


def trouble(config: Config) -> str:
    """Why a history could not be used, `""` where it could. Nothing is made or changed."""
    url = config.history.url
    if url.startswith(_FILE):
        path = Path(url.removeprefix(_FILE))
        target = path if path.exists() else path.absolute().parent
        if not target.exists():
            return f"{target} does not exist"
        return "" if os.access(target, os.W_OK) and not path.is_dir() else f"{path} cannot be written"
    from agent.history.blob import refusal

    with _blob(config) as client:
        return refusal(client)


@contextmanager
def _blob_history(config: Config) -> Iterator[History]:
    from agent.history.blob import BlobHistory, copy_path

    path = Path(config.history.copy) if config.history.copy else copy_path(config.history.url)
    with _blob(config) as client, BlobHistory(client, path) as history:
        yield history


@contextmanager
def _blob(config: Config) -> Iterator[BlobClient]:
    """Only a run that keeps its history in Azure pays for loading the SDK."""
    from azure.storage.blob import BlobClient, ExponentialRetry

    from agent.history.blob import BLOB
    from collectors.azure.credential import untried_credential

    parts = urlsplit(config.history.url)
    signed = "sig" in parse_qs(parts.query)
    address = parts._replace(path=f"{parts.path.rstrip('/')}/{BLOB}").geturl()
    with untried_credential(config.azure.tenant, CLOUDS[config.azure.cloud]) as credential:
        client = BlobClient.from_blob_url(
            address,
            credential=None if signed else credential,
            retry_policy=ExponentialRetry(initial_backoff=1, increment_base=2, retry_total=2, random_jitter_range=1),
            connection_timeout=10,
            read_timeout=60,
        )
        with client:
            yield client
