"""A recovery verb on a screen of its own: what it will do, the question, and what came of it."""

from __future__ import annotations

import time
from textwrap import wrap
from typing import TYPE_CHECKING, Any

from rich.text import Text
from textual.screen import Screen
from textual.widgets import Static

from prodcli.cli.live.lines_view import LinesView

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from textual.app import ComposeResult

    from prodcli.books.actions import Author
    from prodcli.cli.live.action_course import Course, Planned
    from prodcli.recovery.preview import Family

    Aside = Callable[[Callable[[], Any], Callable[[Any], None]], None]  # does work, and tells its result to the screen

_LEAVE = "Esc: back"


class ActionScreen(Screen[None]):
    """Plans, shows the preview, asks, acts, and shows the outcome; nothing is changed before `y`."""

    DEFAULT_CSS = "ActionScreen Static { height: auto; }"
    BINDINGS = [("y", "agree"), ("n,escape,q", "leave")]

    def __init__(self, title: str, course: Course, aside: Aside, author: Author, family: Family) -> None:
        super().__init__()
        self._title, self._course, self._aside, self._author, self._family = title, course, aside, author, family
        self._planned: Planned | None = None
        self._waits: tuple[str, float] | None = None

    def compose(self) -> ComposeResult:
        """A title, lines, and a line for the question."""
        yield Static(Text(self._title, style="bold"))
        yield LinesView(id="said")
        yield Static(Text(""), id="asked")

    def on_mount(self) -> None:
        """Plan at once."""
        self.query_one(LinesView).focus()
        self.set_interval(1, self._tick)
        self._wait("asking the schedds, and planning", self._course, self._show_plan)

    def action_agree(self) -> None:
        """Carry out what was shown."""
        planned, self._planned = self._planned, None
        if planned is not None:
            self._wait("at work", lambda: planned.act(self._author), self._show_outcome)

    def action_leave(self) -> None:
        """Go back; what is at work goes on."""
        self.dismiss()

    def on_resize(self) -> None:
        """Draw the preview anew in the new width."""
        if self._planned is not None:
            self._say(self._planned.preview(self._family, self.size.width))

    def _wait(self, words: str, work: Callable[[], Any], done: Callable[[Any], None]) -> None:
        self._waits = words, time.monotonic()
        self._tick()
        self._aside(work, done)

    def _tick(self) -> None:
        if self._waits is not None:
            words, since = self._waits
            self._ask(f"{words} ... {time.monotonic() - since:.0f} s", "cyan")

    def _ask(self, text: str, style: str = "bold") -> None:
        self.query_one("#asked", Static).update(Text(text, style=style))

    def _show_plan(self, planned: Planned | Exception) -> None:
        if not self.is_attached:
            return
        self._waits = None
        if isinstance(planned, Exception):
            self._end([str(planned)], "red")
            return
        lines = planned.preview(self._family, self.size.width)
        if not planned.question:
            self._end(lines)
            return
        self._planned = planned
        self._say(lines)
        self._ask(f"{planned.question} y: do it   n, Esc: leave all as it is")

    def _show_outcome(self, said: Sequence[str] | Exception) -> None:
        self._waits = None
        failed = isinstance(said, Exception)
        if not self.is_attached:
            text = str(said) if failed else "; ".join(said)  # type: ignore[arg-type]
            self.app.notify(text, severity="error" if failed else "information", markup=False)
            return
        self._end([str(said)] if failed else list(said), "red" if failed else "green")  # type: ignore[arg-type]

    def _end(self, lines: Sequence[str], style: str = "") -> None:
        self._say([part for line in lines for part in wrap(line, max(20, self.size.width))], style)
        self._ask(_LEAVE, "dim")

    def _say(self, lines: Sequence[str], style: str = "") -> None:
        self.query_one(LinesView).show_lines([(line, style) for line in lines])
