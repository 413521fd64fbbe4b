"""A TCP proxy before a server that can cut its connections, or fall silent with them open."""

import socket
import threading
from contextlib import suppress
from types import TracebackType
from typing import Self


class Proxy:
    """Forwards connections to a port of this machine; use it as a context manager."""

    def __init__(self, target: int) -> None:
        self._target = target
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listening.getsockname()[1])
        self._pairs: list[tuple[socket.socket, socket.socket]] = []
        self._speaks = threading.Event()
        self._speaks.set()
        self._over = False

    def __enter__(self) -> Self:
        """Begin to take connections."""
        self._start(self._accept)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Take no more, and cut those that are open."""
        self._over = True
        self._speaks.set()
        self._listening.close()
        self.cut()

    def cut(self) -> None:
        """End every open connection."""
        for one in (end for pair in self._pairs for end in pair):
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
        self._pairs.clear()

    def mute(self) -> None:
        """Forward nothing from now on, on open connections and on new ones, which are taken all the same."""
        self._speaks.clear()

    def speak(self) -> None:
        """Forward again."""
        self._speaks.set()

    def _accept(self) -> None:
        while not self._over:
            try:
                here, _ = self._listening.accept()
                there = socket.create_connection(("127.0.0.1", self._target))
            except OSError:
                continue
            self._pairs.append((here, there))
            self._start(self._forward, here, there)
            self._start(self._forward, there, here)

    def _forward(self, source: socket.socket, sink: socket.socket) -> None:
        with suppress(OSError), source, sink:
            while data := source.recv(65536):
                self._speaks.wait()
                sink.sendall(data)
            sink.shutdown(socket.SHUT_RDWR)

    def _start(self, work: object, *given: object) -> None:
        threading.Thread(target=work, args=given, daemon=True).start()  # type: ignore[arg-type]
