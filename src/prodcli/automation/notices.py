"""Notices to the site's hook: a command that gets JSON on stdin; at most one of a kind in an hour, over all hosts."""

from __future__ import annotations

import json
import logging
import os
import signal
import subprocess
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from prodcli.books.claimant import account, short_host
from prodcli.errors import ProdError

if TYPE_CHECKING:
    from prodcli.db import Database

log = logging.getLogger(__name__)


class NoticeKind(StrEnum):
    """What a notice is about."""

    LOOP_SILENT = "loop_silent"
    STARVATION = "starvation"
    FAILURE_RATE = "failure_rate"
    STALLED = "stalled"
    QUALITY = "quality"
    DISK_FULL = "disk_full"
    PASS_FAILED = "pass_failed"


@dataclass(frozen=True)
class Notice:
    """A notice: the lines that people see, too."""

    kind: NoticeKind
    file: str
    lines: Sequence[str]

    def as_json(self) -> str:
        """The notice as the hook gets it."""
        said = {"kind": self.kind, "host": short_host(), "account": account(), "file": self.file}
        return json.dumps({**said, "text": "; ".join(self.lines), "lines": list(self.lines)}) + "\n"


@dataclass(frozen=True)
class Notifier:
    """Runs the site's hook; without a command nothing is sent. `timeout` is in seconds."""

    database: Database
    command: Sequence[str] = field(default_factory=list)
    timeout: int = 20

    def send(self, notice: Notice) -> None:
        """Send a notice with lines, unless one of its kind was sent in the last hour; what fails is logged, and harms nobody."""
        if not self.command or not notice.lines:
            return
        try:
            if self._is_ours(notice):
                self._run(notice.as_json())
        except (ProdError, OSError) as failure:
            log.warning("no notice of %s is sent: %s", notice.kind, failure)

    def _is_ours(self, notice: Notice) -> bool:
        """True if no other process sends a notice of this kind in this hour."""
        values = {"kind": notice.kind, "host": short_host(), "text": "; ".join(notice.lines)}
        return bool(self.database.write(lambda tx: tx.run("take_notice", **values)))

    def _run(self, text: str) -> None:
        null = subprocess.DEVNULL
        # a session of its own: what the command starts ends with it
        with subprocess.Popen(
            self.command, stdin=subprocess.PIPE, stdout=null, stderr=null, text=True, start_new_session=True
        ) as hook:
            try:
                hook.communicate(text, timeout=self.timeout)
            except subprocess.TimeoutExpired:
                log.warning("%s has not ended after %d s, and is killed", self.command[0], self.timeout)
            finally:
                with suppress(ProcessLookupError):
                    os.killpg(hook.pid, signal.SIGKILL)
        if hook.returncode > 0:
            log.warning("%s ended with %d", self.command[0], hook.returncode)
