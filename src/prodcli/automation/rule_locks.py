"""Locks of the rules of a steering file on a host; a lock ends with the process that holds it."""

import re
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from zlib import crc32

from prodcli.submission.pass_lock import PassRuns, pass_lock

_LONGEST = 60  # letters of a part of the name of a lock


@dataclass(frozen=True)
class RunningPass:
    """A pass that holds the lock of a rule; `seconds` since it took the lock."""

    rule: str
    pid: str
    seconds: float


@dataclass(frozen=True)
class RuleLocks:
    """The locks of the rules that a file steers on a host."""

    folder: Path
    host: str
    file: Path

    def lock(self, rule: str) -> AbstractContextManager[None]:
        """Keep other passes of a rule away; raises PassRuns if one runs, ProdError without a file for the lock."""
        return pass_lock(self.folder, self.name(rule))

    def name(self, about: str) -> str:
        """A name of its own for a rule, or anything else, of this file on this host."""
        file = self.file.resolve()
        parts = (self.host, file.stem, f"{crc32(str(file).encode()):08x}", about)
        return "-".join(re.sub(r"[^A-Za-z0-9_.+-]", "_", part)[:_LONGEST] for part in parts)

    @contextmanager
    def take(self, rules: list[str]) -> Iterator[tuple[list[str], list[RunningPass]]]:
        """Hold the locks of those rules that are free: their names, and the passes that run of the others."""
        free, running = [], []
        with ExitStack() as held:
            for rule in rules:
                try:
                    held.enter_context(self.lock(rule))
                    free.append(rule)
                except PassRuns:
                    running.append(self._running(rule))
            yield free, running

    def _running(self, rule: str) -> RunningPass:
        path = self.folder / f"{self.name(rule)}.lock"
        return RunningPass(rule, path.read_text(errors="replace").strip(), time.time() - path.stat().st_mtime)
