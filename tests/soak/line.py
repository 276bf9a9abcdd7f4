"""A way over TCP to a service of this machine, which can be cut and mended while both ends live on."""

from __future__ import annotations

import socket
from contextlib import suppress
from threading import Lock, Thread
from types import TracebackType
from typing import Self

_HOST = "127.0.0.1"


class Line:
    """Takes connections at a port of its own and leads them to `target`, a port; as a context manager.

    While it is cut, connections are refused and those that stand are torn.
    """

    def __init__(self, target: int) -> None:
        self._target = target
        self._open: set[socket.socket] = set()
        self._lock = Lock()
        self._listener = socket.create_server((_HOST, 0))
        self.port = int(self._listener.getsockname()[1])
        self._accept()

    def cut(self) -> None:
        """Nobody gets through any more."""
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)  # wakes whoever waits for connections
        self._listener.close()
        with self._lock:
            for end in self._open:
                with suppress(OSError):
                    end.shutdown(socket.SHUT_RDWR)

    def mend(self) -> None:
        """Everybody gets through again."""
        self._listener = socket.create_server((_HOST, self.port))
        self._accept()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.cut()

    def _accept(self) -> None:
        listener = self._listener

        def serve() -> None:
            with suppress(OSError):  # cut
                while True:
                    client, _ = listener.accept()
                    self._lead(client)

        Thread(target=serve, daemon=True).start()

    def _lead(self, client: socket.socket) -> None:
        try:
            service = socket.create_connection((_HOST, self._target))
        except OSError:
            client.close()
            return
        with self._lock:
            self._open |= {client, service}
        for source, sink in ((client, service), (service, client)):
            Thread(target=self._pump, args=(source, sink), daemon=True).start()

    def _pump(self, source: socket.socket, sink: socket.socket) -> None:
        with suppress(OSError):
            while data := source.recv(65536):
                sink.sendall(data)
        for end in (source, sink):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
        with self._lock:
            self._open.discard(source)
        source.close()
