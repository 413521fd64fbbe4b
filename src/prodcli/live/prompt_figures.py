"""What is wrong in the books, in three numbers: kept for the prompts of shells whenever a command has looked."""

from __future__ import annotations

import json
import os
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from prodcli.books.claimant import myself
from prodcli.live.loop_cells import loop_of_cells
from prodcli.live.prompt_word import cache_file, read_lines

if TYPE_CHECKING:
    from prodcli.db import Database

_MOST = 30  # configurations of which the figures are kept


def keep_figures(books: Database, key: str) -> None:
    """Read the numbers by one statement, and keep them under the name of a configuration; raises DatabaseError if the books cannot be read."""
    found: dict[str, list[Any]] = {"jobs": [], "loop": []}
    for kind, cells in books.read(lambda tx: list(tx.rows("prompt_figures"))):
        found[kind].append(json.loads(cells))
    me = myself()
    silent = sum(loop_of_cells(*cells).silent(me) for cells in found["loop"])
    ((now, held, failed),) = found["jobs"]
    _keep(key, now, held or 0, failed or 0, silent)


def _keep(path: str, when: int, held: int, failed: int, silent: int) -> None:
    """Keep what is wrong by a configuration; a folder that cannot be written is no trouble."""
    file = Path(cache_file())
    others = [line for line in read_lines() if line[0] != path][-_MOST:]
    with suppress(OSError, ValueError):  # ValueError: a path that is no text
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        new = file.with_name(f"{file.name}.{os.getpid()}")
        lines = ("\t".join(map(str, line)) for line in [*others, (path, when, held, failed, silent)])
        new.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
        new.replace(file)
