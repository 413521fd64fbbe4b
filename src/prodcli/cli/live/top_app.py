"""`prodcli top` on a full screen: the way from campaigns to the log of a job, and the keys of recovery verbs."""

from __future__ import annotations

import asyncio
import signal
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from rich.text import Text
from textual.app import App
from textual.binding import Binding
from textual.css.query import NoMatches
from textual.message import Message
from textual.widgets import Input, Static

from prodcli.books.claimant import myself
from prodcli.cli.live.action_course import Planned
from prodcli.cli.live.action_screen import ActionScreen
from prodcli.cli.live.help_screen import HelpScreen
from prodcli.cli.live.lines_view import LinesView
from prodcli.cli.live.log_reader import KINDS, LogQuestion, job_lines, log_lines
from prodcli.cli.live.rescue_screen import Causes, RescueScreen, causes_of
from prodcli.cli.live.rows_view import RowsView
from prodcli.cli.live.top_parts import TopParts
from prodcli.cli.live.verb_keys import VERB_KEYS
from prodcli.errors import one_line
from prodcli.live.head import Reading, end_of, head_lines, way_to
from prodcli.live.place import Level, Place
from prodcli.live.refresher import Look, Refresher
from prodcli.live.side_thread import SideThread
from prodcli.live.trail import Stop
from prodcli.tables.table import Table

if TYPE_CHECKING:
    from textual.app import ComposeResult

    from prodcli.books.rollup import Totals
    from prodcli.jobs.log_files import FoundLines
    from prodcli.live.level_tables import LevelTable
    from prodcli.live.snapshot import Snapshot

_LATE = 3  # times the pause between two looks, after which figures are called stale
_KEYS = "Enter in  Esc out  / filter  <> sort  a all  R rescue  rmspuhk verbs  ? keys"
_LOG_KEYS = "o out  e err  l log  / filter  Left Right aside  Esc out  rmspuhk verbs  ? keys"


class TopApp(App[None]):
    """Levels of rows, each with its own order and filter; Enter goes in, Esc goes out."""

    ENABLE_COMMAND_PALETTE = False
    CSS = "Static, Input { height: auto; } Input { border: none; padding: 0; } #detail { max-height: 4; }"
    BINDINGS = [
        ("enter,right", "into"), ("escape,left,backspace", "out"), ("less_than_sign", "sort(-1)"),
        ("greater_than_sign", "sort(1)"), ("i", "invert"), ("a", "every"), ("f5,g", "again"), ("question_mark,f1", "keys"),
        ("ctrl+z", "suspend_process"), ("q,ctrl+c,ctrl+q", "leave"), ("R", "rescue"), ("o", "file('out')"), ("e", "file('err')"),
        ("l", "file('log')"), *((one.key, f"verb('{one.key}')") for one in VERB_KEYS),
        Binding("slash", "filter", priority=True),  # so that letters that follow at once, as of a paste, are no verbs
    ]  # fmt: skip

    class Told(Message):
        """Something came from another thread: what the screen does with it."""

        def __init__(self, act: Callable[[], None]) -> None:
            super().__init__()
            self.act = act

    def __init__(self, parts: TopParts, text: str = "") -> None:
        super().__init__(ansi_color=True)
        self._parts = parts
        self._trail = [Stop(Place(), text=text)]
        self._first: Totals | None = None
        self._read = (Reading(None, 0, parts.every * _LATE), time.monotonic())
        self._books = Refresher(parts.look, self._from_thread(self._saw), parts.every)
        self._log_files: Refresher[LogQuestion, FoundLines] | None = None
        self._found: FoundLines | None = None
        self._kind = KINDS[0]
        self._actions = SideThread()
        self.terminated = False
        self.failure: Exception | None = None

    def compose(self) -> ComposeResult:
        """What stands above, the rows or lines, and what stands below."""
        yield Static(id="head")
        yield Static(id="way")
        yield Static(id="detail")
        yield RowsView(self._parts.zone, self._parts.plain, id="rows")
        yield LinesView(follow=True, id="lines")
        yield Input(placeholder="filter", id="filter", compact=True)
        yield Static(id="keys")

    def on_mount(self) -> None:
        """Look at once, and every second at the clock."""
        with suppress(RuntimeError, ValueError):  # a loop in another thread, as of tests, hears no signals
            asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, self._terminate)
        self.set_interval(1, lambda: self._tell(self._show_head))
        self.query_one("#filter").display = False
        self._arrive()

    def on_unmount(self) -> None:
        """Look no more."""
        self._books.end()
        self._end_log()

    def on_resize(self) -> None:
        """Show all anew in the new width."""
        self._show()

    def on_top_app_told(self, message: Told) -> None:
        """Do what came from another thread, unless the screen is being taken down."""
        with suppress(NoMatches):
            message.act()

    def hear(self, text: str) -> None:
        """Take a line of the log, from any thread; the newest alone is shown, as tries again say the same."""
        self._tell(self.clear_notifications)
        self._tell(lambda: self.notify(text, severity="warning", markup=False))

    def close(self, work: Callable[[], None]) -> None:
        """Close what the thread of actions has opened, there."""
        self._actions.finish(work)

    def _from_thread(self, act: Callable[[Any], None]) -> Callable[[Any], None]:
        return lambda result: self._tell(lambda: act(result))

    def _tell(self, act: Callable[[], None]) -> None:
        self.post_message(self.Told(act))

    def _handle_exception(self, error: Exception) -> None:
        self.failure = error
        super()._handle_exception(error)

    def _fatal_error(self) -> None:
        """End without the page of a traceback, which the log gets."""
        self._close_messages_no_wait()

    def _terminate(self) -> None:
        self.terminated = True
        self.exit()

    # What is seen

    @property
    def stop(self) -> Stop:
        """The place that is looked at."""
        return self._trail[-1]

    def _change(self, **changed: Any) -> None:
        self._trail[-1] = replace(self.stop, **changed)

    def _rows(self) -> LevelTable | None:
        return None if self.stop.place.level is Level.LOG else self.stop.rows(self._parts.family)

    def _arrive(self) -> None:
        """Look at the place of the last stop from now on."""
        at_log = self.stop.place.level is Level.LOG
        self._end_log()
        self.query_one(RowsView).display, self.query_one(LinesView).display = not at_log, at_log
        if at_log:
            self.query_one(LinesView).begin()
        self._focus()
        self._books.ask(self.stop.place)
        self._show()

    def _focus(self) -> None:
        self.query_one(LinesView if self.stop.place.level is Level.LOG else RowsView).focus()

    def _saw(self, look: Look[Place, Snapshot]) -> None:
        """Take what was read, or why nothing was."""
        reading, when = self._read
        if look.answer is None:
            self._read = replace(reading, trouble=str(look.failure)), when
            self._show_head()
            return
        due = look.rest + _LATE * self._parts.every
        self._read = Reading(look.answer, 0, due), time.monotonic()
        self._first = self._first or look.answer.totals
        self._trail = [replace(one, seen=look.answer) if one.place == look.question else one for one in self._trail]
        if self.stop.place.level is Level.LOG:
            self._read_log()
        self._show()

    def _show(self) -> None:
        self._show_head()
        stop, rows = self.stop, self._rows()
        keys = _LOG_KEYS if stop.place.level is Level.LOG else _KEYS
        self.query_one("#keys", Static).update(Text(keys, style="dim", no_wrap=True, overflow="ellipsis"))
        if rows is not None:
            self._trail[-1] = stop = stop.kept(rows)
            note = "nothing here" if not stop.text else f"no row has {stop.text}"
            self.query_one(RowsView).show_table(rows.table, stop.number, note, stop.sort)
        elif stop.place.level is not Level.LOG:
            self.query_one(RowsView).show_table(Table((), ()), note="reading ...")
        elif self._found is not None:
            self.query_one(LinesView).show_lines(log_lines(self._found, stop.text))
        self._show_way(rows)
        self._show_detail(rows)

    def _show_head(self) -> None:
        reading, when = self._read
        me, seen = myself(), reading.seen
        reading = replace(reading, age=time.monotonic() - when)
        silent = [one for one in seen.loops if one.silent(me)] if seen is not None else []
        width = max(20, self.size.width)
        lines = head_lines(reading, self._parts.title, self._first, silent, width, self._parts.zone)
        shown = Text("\n").join(_totals(text) if not style else Text(text, style=style) for text, style in lines)
        self.query_one("#head", Static).update(shown)

    def _show_way(self, rows: LevelTable | None) -> None:
        stop = self.stop
        said = [f"sorted by {stop.sort} {'down' if stop.descending else 'up'}"] if stop.sort else []
        said += [f"filter {stop.text!r}"] if stop.text else []
        said += [f"{rows.hidden} all done hidden (a)"] if rows is not None and rows.hidden else []
        said += [f"{rows.over} more not shown"] if rows is not None and rows.over else []
        words = f"  [{', '.join(said)}]" if said else ""
        room = self.size.width - len(words)
        way = way_to(stop.place, [one.place.name for one in self._trail[1:]], max(20, room))
        self.query_one("#way", Static).update(Text(way, style="cyan").append(words, style="yellow"))

    def _show_detail(self, rows: LevelTable | None) -> None:
        """Below the way: the job whose file is shown; the reason of the job under the cursor."""
        stop, lines = self.stop, []
        if stop.place.level is Level.LOG and stop.seen is not None:
            place = "" if self._found is None else self._file_line(one_line(self._found.place) or "no file")
            lines = job_lines(next(iter(stop.seen.jobs), None), place, self._parts.zone)
        elif stop.place.level is Level.JOBS and rows is not None and rows.places:
            row = dict(zip(rows.table.keys, rows.table.rows[stop.number], strict=True))
            lines = [str(row["reason"])] if row.get("reason") else []
        detail = self.query_one("#detail", Static)
        detail.display = bool(lines)
        detail.update(Text("\n".join(map(one_line, lines)), style="magenta"))

    # Files of a job

    def _file_line(self, path: str) -> str:
        return f"{self._kind}: {end_of(path, self.size.width - len(self._kind) - 2)}"

    def _read_log(self) -> None:
        seen = self.stop.seen
        if seen is None or seen.files is None or seen.place.dbid is None:
            return
        if self._log_files is None:
            self._log_files = Refresher(self._parts.read_log, self._from_thread(self._saw_log), self._parts.every)
        self._log_files.ask(LogQuestion(seen.place.dbid, self._kind, seen.files))

    def _saw_log(self, look: Look[LogQuestion, FoundLines]) -> None:
        if look.answer is not None and self.stop.place.dbid == look.question.dbid and look.question.kind == self._kind:
            self._found = look.answer
            self._show()

    def _end_log(self) -> None:
        self._found = None
        if self._log_files is not None:
            self._log_files.end()
            self._log_files = None

    def action_file(self, kind: str) -> None:
        """Show another file of the job."""
        if self.stop.place.level is Level.LOG and kind != self._kind:
            self._kind, self._found = kind, None
            self.query_one(LinesView).begin()
            self._read_log()

    # Keys

    def on_rows_view_moved(self, message: RowsView.Moved) -> None:
        """Remember the row of the cursor."""
        rows = self._rows()
        if rows is not None:
            self._trail[-1] = self.stop.at(rows, message.number)
            self._show_detail(rows)

    def action_into(self) -> None:
        """Go into the row under the cursor."""
        if self.stop.place.level is not Level.LOG and self.stop.cursor is not None:
            self._trail.append(Stop(self.stop.cursor))
            self._arrive()

    def action_out(self) -> None:
        """Go out by one level; the filter goes first."""
        if self.stop.text:
            self._set_filter("")
        elif len(self._trail) > 1:
            self._trail.pop()
            self._arrive()

    def check_action(self, action: str, _: tuple[object, ...]) -> bool:
        """Slashes within the filter, and those of another screen, are letters."""
        return action != "filter" or (len(self.screen_stack) == 1 and not isinstance(self.focused, Input))

    def action_filter(self) -> None:
        """Ask for the text that rows must have."""
        box = self.query_one("#filter", Input)
        box.display = True
        box.value = self.stop.text
        self.set_focus(box)  # at once: box.focus() would do it after the next key

    def on_input_changed(self, message: Input.Changed) -> None:
        """Show only the rows that have the text so far."""
        if message.input.display:
            self._change(text=message.value)
            self._show()

    def on_input_submitted(self) -> None:
        """Go on among the rows that are left."""
        self.query_one("#filter").display = False
        self._focus()

    def _set_filter(self, text: str) -> None:
        self.query_one("#filter").display = False
        self._change(text=text)
        self._focus()
        self._show()

    def action_sort(self, step: int) -> None:
        """Sort by the next column, or by the one before."""
        rows = self._rows()
        if rows is not None:
            self._trail[-1] = self.stop.sorted_by(rows, step)
            self._show()

    def action_invert(self) -> None:
        """Sort the other way round."""
        self._change(descending=not self.stop.descending)
        self._show()

    def action_every(self) -> None:
        """Show rows that are all done, too, or hide them again."""
        self._change(every=not self.stop.every)
        self._show()

    def action_again(self) -> None:
        """Look now."""
        self._books.ask(self.stop.place)

    def action_keys(self) -> None:
        """Show all keys."""
        self.push_screen(HelpScreen())

    def action_leave(self) -> None:
        """Leave, unless an action is under way."""
        if self._actions.busy:
            self.notify("an action is under way; leave when it has ended", markup=False)
        else:
            self.exit()

    @property
    def _chosen(self) -> Place | None:
        """The place that verbs are about: the row under the cursor, or the job whose log is shown."""
        return self.stop.place if self.stop.place.level is Level.LOG else self.stop.cursor

    def action_rescue(self) -> None:
        """Show the causes of held and failed jobs of the row."""
        place, parts = self._chosen, self._parts
        if place is None:
            return

        def find() -> Causes:
            return causes_of(parts.recovery(), place.jobs, parts.max_memory)

        title = f"rescue {one_line(place.name)}: held and failed jobs by cause"
        self.push_screen(RescueScreen(title, find, self._aside, parts.author, parts.family, parts.zone), self._acted)

    def action_verb(self, key: str) -> None:
        """Show what a verb would do to the jobs of the row, and ask."""
        place = self._chosen
        if place is None:
            return
        verb = next(one for one in VERB_KEYS if one.key == key)
        parts = self._parts

        def course() -> Planned:
            made = verb.make(parts.recovery(), parts.max_memory)
            return Planned(made, made.plan(verb.selection(place.jobs)))

        title = f"{verb.words} of {one_line(place.name)}"
        self.push_screen(ActionScreen(title, course, self._aside, parts.author, parts.family), self._acted)

    def _aside(self, work: Callable[[], Any], done: Callable[[Any], None]) -> None:
        self._actions.do(work, self._from_thread(done))

    def _acted(self, _: None) -> None:
        self.action_again()


def _totals(text: str) -> Text:
    """Totals with the colours that their words have in tables."""
    shown = Text(text, no_wrap=True)
    for word, style in (
        ("held", "bold magenta"),
        ("fail", "bold red"),
        ("stalled", "bold yellow"),
        ("run", "cyan"),
        ("done", "green"),
    ):
        shown.highlight_regex(rf"\b{word} [1-9]\d*( \([+-]\d+\))?", style)
    return shown
