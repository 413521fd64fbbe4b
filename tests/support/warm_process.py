"""Processes of prodcli that need not load its modules: copies (forks) of one process that has loaded them.

Loading takes a third of a second of a processor, most of what a short command takes. A copy is a process like any other: a
child of the test, with its own process id and begin, that can be stopped, killed and waited for. A test of the begin of a
process itself, or of signals at any time, starts Python.
"""

import atexit
import ctypes
import gc
import json
import os
import pkgutil
import runpy
import socket
import subprocess
import sys
import time
from collections.abc import Sequence
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

COMMAND = [sys.executable, "-m", "prodcli"]
# What commands load late. HTCondor's bindings are not among them: they read their configuration when they are loaded.
LATE = (
    "jinja2.sandbox",
    "multiprocessing.popen_spawn_posix",
    "multiprocessing.connection",
    "pyodbc",
    "rich.console",
    "rich.text",
)
NAMES = ("stdin", "stdout", "stderr")
_PR_SET_CHILD_SUBREAPER = 36  # source: linux/prctl.h
_MOST = 1 << 17  # bytes of a command with its environment


class WarmProcess(subprocess.Popen[str]):
    """As `Popen` of `python -m prodcli ...`; `closed` are the numbers of standard streams that it shall not have."""

    def __init__(self, words: Sequence[str], closed: Sequence[int] = (), **more: Any) -> None:
        self._closed = closed
        super().__init__(words, **more)

    def _execute_child(self, args: Sequence[str], *more: Any) -> None:
        """Let the process that has loaded all make a copy of itself; `more` is what Popen hands over."""
        *_, folder, environment = more[:6]
        streams = more[9:15]
        read, write, error = (
            mine if mine != -1 else number for number, mine in enumerate((streams[0], *streams[3::2]))
        )
        try:
            assert list(args[:3]) == COMMAND
            about = [*args[3:]], str(folder or Path.cwd()), dict(environment or os.environ), _mask(), self._closed
            self.pid = _start(about, (read, write, error))
            self._child_created = True
        finally:
            self._close_pipe_fds(*streams)


def _start(about: tuple[Any, ...], streams: tuple[int, int, int]) -> int:
    """Start a command: words, folder, environment, umask, and closed streams; returns its process id.

    It has lost its parent when this process adopts it, as the next above that asks for orphans: for a moment only, as other
    orphans are nobody's here.
    """
    ready, _ = _ready()
    _adopt(True)
    try:
        socket.send_fds(ready, [json.dumps(about).encode()], streams)
        pid = int(ready.recv(_MOST))
        assert ready.recv(_MOST) == b"orphaned"
        return pid
    finally:
        _adopt(False)


def _mask() -> int:
    """The umask of this process, which can only be read by a change."""
    mask = os.umask(0)
    os.umask(mask)
    return mask


def _adopt(orphans: bool) -> None:
    """Become, or be no more, the parent of processes below this one that lose theirs."""
    assert ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, int(orphans), 0, 0, 0) == 0


@cache
def _ready() -> tuple[socket.socket, subprocess.Popen[bytes]]:
    """Start the process that loads all; the end of this process ends it.

    Its streams are the channel: as no file and no terminal, they are made like those of its copies.
    """
    here, there = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with there:
        return here, subprocess.Popen([sys.executable, "-P", __file__], stdin=there, stdout=there, stderr=there)


# ---- what follows runs in the process that has loaded all


def _load() -> None:
    """Load all modules but those of worker nodes."""
    import prodcli

    for module in pkgutil.walk_packages(prodcli.__path__, "prodcli."):
        if not module.name.startswith(("prodcli.worker", "prodcli.__main__")):
            import_module(module.name)
    for name in LATE:
        import_module(name)
    gc.collect()
    gc.freeze()


def _serve(channel: socket.socket) -> None:
    """Make a copy of this process for each request; returns in the copy."""
    while True:
        request, streams, _, _ = socket.recv_fds(channel, _MOST, 3)
        if not request:  # the tests have ended
            os._exit(0)
        middle = os.fork()
        if middle == 0:
            if pid := os.fork():
                channel.send(str(pid).encode())
                os._exit(0)
            channel.close()
            return _become(streams, *json.loads(request))
        os.waitpid(middle, 0)
        channel.send(b"orphaned")
        for number in streams:
            os.close(number)


def _become(
    streams: list[int], words: list[str], folder: str, environment: dict[str, str], mask: int, closed: list[int]
) -> None:
    """Have the streams, words, folder, environment and umask of a command."""
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
        os.close(stream)
    for number in closed:  # as Python finds them at its start
        os.close(number)
        setattr(sys, NAMES[number], None)
    os.chdir(folder)
    os.umask(mask)
    os.environ.clear()
    os.environ.update(environment)
    time.tzset()
    sys.argv += words


def _leave_modules() -> None:
    """Let Python end without taking its modules apart, which would copy their memory first; the rest of its end is as always."""
    modules = dict(sys.modules)
    ctypes.pythonapi.Py_IncRef(ctypes.py_object(modules))
    for name in modules.keys() - {"builtins", "sys"}:
        del sys.modules[name]


if __name__ == "__main__":
    atexit.register(_leave_modules)  # the first that is registered is the last that is called
    _load()
    _serve(socket.socket(fileno=os.dup(0)))
    runpy.run_module("prodcli", run_name="__main__", alter_sys=True)
