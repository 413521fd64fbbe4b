"""Lines of text to scroll through, in both directions; they never count as markup."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip
from textual.widget import Widget

if TYPE_CHECKING:
    from collections.abc import Sequence

Line = tuple[str, str]  # a text and its style
_ASIDE = 20  # columns


class LinesView(Widget, can_focus=True):
    """Shows lines; with `follow` the last ones, until somebody scrolls up."""

    DEFAULT_CSS = "LinesView { height: 1fr; width: 1fr; }"
    BINDINGS = [
        ("up", "scroll(-1)"), ("down", "scroll(1)"), ("pageup", "page(-1)"), ("pagedown", "page(1)"), ("home", "scroll(-1000000)"),
        ("end", "scroll(1000000)"), ("left", "aside(-1)"), ("right", "aside(1)"),
    ]  # fmt: skip

    def __init__(self, follow: bool = False, id: str | None = None) -> None:
        super().__init__(id=id)
        self._lines: Sequence[Line] = ()
        self._top = self._left = 0
        self._follow = self._follows = follow

    def begin(self) -> None:
        """Forget what was shown, and where."""
        self._lines, self._top, self._left, self._follows = (), 0, 0, self._follow
        self.refresh()

    def show_lines(self, lines: Sequence[Line]) -> None:
        """Show other lines at the same place, or at their end."""
        self._lines = lines
        self.action_scroll(0)

    def action_scroll(self, lines: int) -> None:
        """Scroll by some lines."""
        last = self._last
        top = last if self._follows and not lines else self._top + lines
        self._top = max(0, min(top, last))
        self._follows = self._follow and self._top == last
        self.refresh()

    def action_page(self, pages: int) -> None:
        """Scroll by some screens."""
        self.action_scroll(pages * max(1, self.size.height - 1))

    def action_aside(self, steps: int) -> None:
        """Scroll aside, no further than the longest line that is seen."""
        seen = self._lines[self._top : self._top + self.size.height]
        most = max((cell_len(text) for text, _ in seen), default=0)
        self._left = max(0, min(self._left + steps * _ASIDE, most - self.size.width))
        self.refresh()

    @property
    def _last(self) -> int:
        return max(0, len(self._lines) - self.size.height)

    def render_line(self, y: int) -> Strip:
        """A line of the screen."""
        if self._follows:
            self._top = self._last
        number = self._top + y
        text, style = self._lines[number] if number < len(self._lines) else ("", "")
        # tabs would move the cursor of the terminal
        strip = Strip([Segment(text.expandtabs(), Style.parse(style))])
        return strip.crop(self._left, self._left + self.size.width).adjust_cell_length(self.size.width)
