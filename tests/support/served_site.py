"""A server of pages as a process of its own."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

from tests.support.warm_process import COMMAND
from tests.support.workspace import Workspace


@contextmanager
def served(books: Workspace, *words: object) -> Iterator[tuple[str, "subprocess.Popen[str]"]]:
    """A server of pages with its address and its process, which is killed if it did not end."""
    command = [*COMMAND, "--site", str(books.file), "dashboard", "serve", "--port", "0", *map(str, words)]
    with subprocess.Popen(command, cwd=books.folder, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as one:
        try:
            assert one.stdout is not None
            yield one.stdout.readline().strip(), one
        finally:
            one.kill()
