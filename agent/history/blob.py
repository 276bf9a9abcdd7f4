"""History in a blob: fetched under a lease, worked on as a file of this machine, and returned.

A lease is one replica's claim for the time of a run; it is renewed while the run lasts and ends by itself where the
replica dies. The version of the blob (its ETag) that the file was made from stands in the file. Where the blob has
moved on meanwhile, what only the file knows is carried over. SQLite is never used on a network share.
"""

from __future__ import annotations

import os
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from hashlib import sha256
from pathlib import Path
from threading import Event, Thread
from typing import Any, Self

from azure.core import MatchConditions
from azure.core.exceptions import AzureError, HttpResponseError, ResourceExistsError, ResourceNotFoundError
from azure.storage.blob import BlobClient, BlobLeaseClient

from agent.history.keeping import ElsewhereError, Turn
from agent.history.store import Store
from collectors.azure.errors import plain
from collectors.graph.errors import UsageError

BLOB = "agent.db"
"""The name of the blob, below the container or folder that the configuration names."""
LEASE = 60
"""Seconds for which a replica that died keeps the others waiting, 15 to 60."""
_HELD = frozenset({"LeaseAlreadyPresent", "LeaseIdMissing", "LeaseIsBreakingAndCannotBeAcquired"})
_OVERTAKEN = frozenset(
    {"ConditionNotMet", "LeaseIdMismatchWithBlobOperation", "LeaseLost", "LeaseNotPresentWithBlobOperation"}
)
_NEVER = '"0x0"'
"""A version that no blob has: whoever may write is told that the condition is not met, and nothing changes."""
_MAY_WRITE = frozenset({"ConditionNotMet", "BlobNotFound", "LeaseIdMissing"})
_LONGEST_REASON = 200


class BlobHistory:
    """History in a blob, as a context manager. `path`: the file that is worked on; it outlives the process."""

    def __init__(self, blob: BlobClient, path: Path, lease: int = LEASE) -> None:
        self._blob = blob
        self._path = path
        self._seconds = lease
        self._store: Store | None = None

    def __enter__(self) -> Self:
        self._store = Store.open(self._path)
        return self

    def __exit__(self, *_: object) -> None:
        self.store.close()

    @property
    def store(self) -> Store:
        """The open file."""
        if self._store is None:
            raise RuntimeError("the history is not open")
        return self._store

    @contextmanager
    def turn(self) -> Iterator[Turn]:
        """The blob as nobody else changes it, or the file as it is where the blob cannot be reached."""
        lease, unavailable = self._leased_or_not()
        if lease is None:
            yield BlobTurn(self, self._blob, None, unavailable)
            return
        with _Held(lease, self._seconds):
            yield BlobTurn(self, self._blob, lease, self._fetched_or_not())

    def _leased_or_not(self) -> tuple[BlobLeaseClient | None, str]:
        """The lease, or why the blob cannot be reached."""
        try:
            if lease := self._leased():
                return lease, ""
        except AzureError as error:
            return None, _why(error)
        self._fetched_or_not()  # whoever waits keeps its copy young: it tells from it where the blob cannot be reached
        raise ElsewhereError("another replica has the history now; this one waits for its next turn")

    def _fetched_or_not(self) -> str:
        """Why the blob could not be fetched, `""` where it was."""
        try:
            self._fetch()
        except AzureError as error:
            return _why(error)
        return ""

    def _leased(self) -> BlobLeaseClient | None:
        """The lease, None while somebody else has it. An empty blob is made where there is none."""
        try:
            return self._acquired()
        except ResourceNotFoundError as error:
            if _code(error) == "ContainerNotFound":
                raise UsageError(
                    "history.url: there is no such container. Make it, or name one that is there."
                ) from None
        with suppress(ResourceExistsError):
            self._blob.upload_blob(b"", overwrite=False)
        return self._acquired()

    def _acquired(self) -> BlobLeaseClient | None:
        lease = BlobLeaseClient(self._blob)
        try:
            lease.acquire(lease_duration=self._seconds)
        except HttpResponseError as error:
            if _code(error) in _HELD:
                return None
            raise
        return lease

    def _fetch(self) -> None:
        """Make the file what the blob is, and carry over what only the file knows."""
        if self._blob.get_blob_properties().etag == self.store.copied_from()[0]:
            return
        loader = self._blob.download_blob(max_concurrency=1)
        body, etag = loader.readall(), str(loader.properties.etag)
        if not body:  # nobody has kept anything yet
            self.store.note_copy(etag, ahead=True)
            return
        with tempfile.TemporaryDirectory(prefix=".history-", dir=self._path.parent) as folder:
            fetched = Path(folder, BLOB)
            fetched.write_bytes(body)
            with _opened(fetched) as other:
                _, ahead = self.store.copied_from()
                if ahead:
                    other.take(self.store)
                other.note_copy(etag, ahead=ahead)
            self.store.close()
            fetched.replace(self._path)
        self._store = Store.open(self._path)


class BlobTurn:
    """A turn with a blob, or with the file alone where the blob cannot be reached."""

    def __init__(
        self, history: BlobHistory, blob: BlobClient, lease: BlobLeaseClient | None, unavailable: str = ""
    ) -> None:
        self._history = history
        self._blob = blob
        self._lease = lease
        self.unavailable = unavailable
        self.is_lost = bool(unavailable) and history.store.last_run() is None

    @property
    def store(self) -> Store:
        """The open file."""
        return self._history.store

    def keep(self) -> bool:
        """Return the file to the blob, unless somebody else did meanwhile."""
        if self._lease is None or self.unavailable:
            return False
        etag, ahead = self.store.copied_from()
        if not ahead:
            return True
        try:
            made: dict[str, Any] = self._blob.upload_blob(
                self.store.packed(),
                overwrite=True,
                lease=self._lease,
                etag=etag,
                match_condition=MatchConditions.IfNotModified,
            )
        except AzureError as error:
            self.unavailable = _why(error)
            return False
        self.store.note_copy(str(made["etag"]), ahead=False)
        return True


class _Held:
    """A lease that is renewed while the block lasts, and given back at its end."""

    def __init__(self, lease: BlobLeaseClient, seconds: int) -> None:
        self._lease = lease
        self._every = seconds / 3
        self._ends = Event()
        self._thread = Thread(target=self._renew, name="lease", daemon=True)

    def __enter__(self) -> None:
        self._thread.start()

    def __exit__(self, *_: object) -> None:
        self._ends.set()
        self._thread.join()
        with suppress(AzureError):  # it ends by itself
            self._lease.release()

    def _renew(self) -> None:
        while not self._ends.wait(self._every):
            with suppress(AzureError):  # the next try may do; else the upload says that it is lost
                self._lease.renew()


def refusal(blob: BlobClient) -> str:
    """Why a blob could not be written, `""` where it could. It is asked to be replaced if it is what it never is."""
    try:
        blob.upload_blob(b"", overwrite=True, etag=_NEVER, match_condition=MatchConditions.IfNotModified)
    except HttpResponseError as error:
        code = _code(error)
        if code == "ContainerNotFound":
            return "there is no such container"
        return "" if code in _MAY_WRITE else _why(error)
    except AzureError as error:
        return _why(error)
    return "it took what it should have refused"


def copy_path(url: str) -> Path:
    """Where the copy of a blob is worked on if nothing else is said: in a directory that only this user can enter.

    Raises UsageError where somebody else made that directory.
    """
    folder = Path(tempfile.gettempdir(), f"agent-{os.getuid()}")
    with suppress(FileExistsError):
        folder.mkdir(mode=0o700)
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid() or found.st_mode & 0o077:
        raise UsageError(f"{folder} is not a directory of this user alone. Remove it, or set history.copy.")
    return folder / f"{sha256(url.partition('?')[0].encode()).hexdigest()[:16]}.db"


def _opened(fetched: Path) -> Store:
    try:
        return Store.open(fetched)
    except UsageError as error:
        why = str(error).replace(str(fetched), BLOB)
        raise UsageError(f"history.url: what is kept there cannot be used. {why}") from error


def _code(error: HttpResponseError) -> str:
    code = getattr(error, "error_code", None) or ""
    return str(getattr(code, "value", code))


def _why(error: AzureError) -> str:
    if isinstance(error, HttpResponseError) and (code := _code(error)):
        return "another replica changed it meanwhile" if code in _OVERTAKEN else code
    return plain(str(error))[:_LONGEST_REASON] or type(error).__name__
