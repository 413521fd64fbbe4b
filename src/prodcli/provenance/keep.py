"""Keep a record: texts as read-only files, one for each content, and all of it in the books."""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from prodcli.db import Database, Transaction
from prodcli.errors import ProdError
from prodcli.fault_points import reached

if TYPE_CHECKING:
    from prodcli.provenance.record import Invocation, Provenance

_READ_ONLY = 0o444


def keep(books: Database, campaigns: Path, record: Provenance, by: Invocation) -> None:
    """Keep a record; raises ProdError if a file or the books cannot be written."""
    texts = record.texts
    _write_files(folder_of(campaigns), texts)
    reached("provenance.written")
    rows = [{"hash": name, "content": text} for name, (text, _) in texts.items()]

    def work(tx: Transaction) -> None:
        tx.run("keep_texts", rows=rows)
        tx.run("keep_provenance", rows=[record.row(by)])
        tx.run("keep_repositories", rows=record.repositories())

    books.write(work)


def folder_of(campaigns: Path) -> Path:
    """The folder of the files."""
    return campaigns / "provenance"


def _write_files(folder: Path, texts: Mapping[str, tuple[str, str]]) -> None:
    """Write each text that has no file yet, aside and renamed, so that others see a whole file or none."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, (text, suffix) in texts.items():
            path, aside = folder / (name + suffix), folder / f".{name}-{os.getpid()}"
            if path.exists():
                continue
            with suppress(FileNotFoundError):
                aside.unlink()  # a killed process of the same number left it
            aside.write_bytes(text.encode())
            aside.chmod(_READ_ONLY)
            aside.rename(path)
    except OSError as failure:
        raise ProdError(f"the provenance cannot be written: {failure.strerror}", where=str(folder)) from None
