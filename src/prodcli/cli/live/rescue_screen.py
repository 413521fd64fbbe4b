"""The causes of held and failed jobs of a place, with what is proposed for each; Enter shows what that would do."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rich.text import Text
from textual.screen import Screen
from textual.widgets import Static

from prodcli.cli.diagnosis.cause_table import doable, table_of
from prodcli.cli.live.action_course import Planned
from prodcli.cli.live.action_screen import ActionScreen
from prodcli.cli.live.rows_view import RowsView
from prodcli.recovery.recovery_plan import JobSelection
from prodcli.recovery.rescue import find_groups
from prodcli.sizes import counted

if TYPE_CHECKING:
    from datetime import tzinfo

    from textual.app import ComposeResult

    from prodcli.books.actions import Author
    from prodcli.books.job_filter import JobFilter
    from prodcli.cli.live.action_screen import Aside
    from prodcli.recovery.preview import Family
    from prodcli.recovery.recovery import Recovery
    from prodcli.recovery.rescue import Failures

_WEEK = 7 * 86400  # seconds; failed jobs of longer ago are left to the command line


@dataclass(frozen=True)
class Causes:
    """The causes of held and failed jobs, and what recovers them."""

    found: Failures
    recovery: Recovery

    def planned(self, row: int, park: bool) -> Planned:
        """The proposal of a row, or parking its jobs."""
        group = self.found.groups[row]
        verb = self.found.verb_for(self.recovery, group, park)
        return Planned(verb, verb.plan_of(group.jobs))


def causes_of(recovery: Recovery, jobs: JobFilter, most: int | None) -> Causes:
    """Harvest, and group held and failed jobs by cause; `most` is the largest memory to request in MB."""
    return Causes(find_groups(recovery, JobSelection(jobs), int(time.time()) - _WEEK, most), recovery)


class RescueScreen(Screen[None]):
    """A row for each cause; Enter applies what is proposed, `p` parks the jobs, each after its preview."""

    DEFAULT_CSS = "RescueScreen Static { height: auto; }"
    BINDINGS = [("enter,right", "apply(False)"), ("p", "apply(True)"), ("escape,left,q", "leave")]

    def __init__(  # noqa: PLR0913 - what actions need
        self, title: str, find: Callable[[], Causes], aside: Aside, author: Author, family: Family, zone: tzinfo
    ) -> None:
        super().__init__()
        self._title, self._find, self._aside, self._author, self._family = title, find, aside, author, family
        self._zone = zone
        self._causes: Causes | None = None
        self._row = 0

    def compose(self) -> ComposeResult:
        """A title, the rows, and a line below."""
        yield Static(Text(self._title, style="bold"))
        yield RowsView(self._zone, id="causes")
        yield Static(Text("asking the schedds, and reading logs ...", style="cyan"), id="said")

    def on_mount(self) -> None:
        """Look for causes at once."""
        self.query_one(RowsView).focus()
        self._look()

    def on_resize(self) -> None:
        """Cut the causes to the new width."""
        self._show()

    def on_rows_view_moved(self, message: RowsView.Moved) -> None:
        """Remember the row of the cursor."""
        message.stop()
        self._row = message.number

    def action_apply(self, park: bool) -> None:
        """Show what the proposal of the row would do, and ask."""
        causes = self._causes
        if causes is None or not causes.found.groups:
            return
        row = self._row
        group = causes.found.groups[row]
        if park and not group.in_queue:
            self._say("these jobs are in no queue, and cannot be parked", "yellow")
        elif not park and not doable(group):
            self._say(f"this is for a person: {group.why}", "yellow")
        else:
            title = f"row {row + 1}: {counted(len(group.jobs), 'job')}"
            screen = ActionScreen(title, lambda: causes.planned(row, park), self._aside, self._author, self._family)
            self.app.push_screen(screen, lambda _: self._look())

    def action_leave(self) -> None:
        """Go back."""
        self.dismiss()

    def _look(self) -> None:
        self._causes = None
        self._say("asking the schedds, and reading logs ...", "cyan")
        self._aside(self._find, self._found)

    def _found(self, causes: Causes | Exception) -> None:
        if not self.is_attached:
            return
        if isinstance(causes, Exception):
            self._say(str(causes), "red")
            return
        self._causes = causes
        silence = causes.found.silence
        self._say(str(silence) if silence else "Enter: apply what is proposed   p: park   Esc: back", "dim")
        self._show()

    def _show(self) -> None:
        if self._causes is not None:
            groups = self._causes.found.groups
            self._row = max(0, min(self._row, len(groups) - 1))
            self.query_one(RowsView).show_table(table_of(groups, self.size.width), self._row, "nothing is wrong")

    def _say(self, text: str, style: str) -> None:
        self.query_one("#said", Static).update(Text(text, style=style))
