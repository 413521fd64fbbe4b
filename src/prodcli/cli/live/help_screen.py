"""The keys of `prodcli top`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.screen import Screen

from prodcli.cli.live.lines_view import LinesView
from prodcli.cli.live.verb_keys import VERB_KEYS

if TYPE_CHECKING:
    from textual.app import ComposeResult

_WAYS = (
    ("Up Down PgUp PgDn", "move"),
    ("Enter, Right", "go in: campaign, rule, run, job, log"),
    ("Esc, Left", "go out; a filter goes first"),
    ("/", "show only the rows, or lines of a log, that have a text"),
    ("< >", "sort by the column before, or by the next one"),
    ("i", "sort the other way round"),
    ("a", "show what is all done, too"),
    ("g, F5", "look now"),
    ("R", "rescue: held and failed jobs of the row by cause; Enter applies what is proposed, after a preview"),
    ("o e l", "the out, err or log file of the job"),
    ("q", "quit"),
)


class HelpScreen(Screen[None]):
    """The keys; any of the usual ones goes back."""

    BINDINGS = [("escape,q,question_mark,enter,left", "dismiss")]

    def compose(self) -> ComposeResult:
        """The lines."""
        yield LinesView()

    def on_mount(self) -> None:
        """Show them."""
        verbs = [(one.key, f"{one.words}, of the row; shows what it would do, and asks") for one in VERB_KEYS]
        keys = [*_WAYS[:-1], *verbs, _WAYS[-1]]
        lines = [(f"  {key:<19}{words}", "") for key, words in keys]
        self.query_one(LinesView).show_lines([("Keys of prodcli top", "bold"), *lines, ("Esc: back", "dim")])
        self.query_one(LinesView).focus()
