"""Make the pictures of README and docs: `make pictures`. They are of a terminal and of pages, in the night of the demo."""

import io
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from rich._export_format import CONSOLE_SVG_FORMAT
from rich.console import Console
from rich.terminal_theme import DIMMED_MONOKAI
from rich.text import Text

from tests.screens.pages import take
from tests.screens.terminal import UTF8, Face, coloured

TERMINAL = Face("picture", 100, 50, UTF8 | {"TZ": "UTC"})
COMMANDS = (("query",), ("rescue", "--dry-run"))
SHOWN = "~"  # stands for the folder that the night is made in
# without the font that Rich would ask a server for
SVG = re.sub(r"@font-face \{\{.*?\}\}", "", CONSOLE_SVG_FORMAT, flags=re.DOTALL)


def make(target: Path) -> None:
    """Make the night, and take the pictures; raises CalledProcessError if a command fails."""
    target.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="prodcli-pictures-") as home:
        _prodcli(Path(home), "demo", "--bad-night")
        night = Path(home) / "bad-night"
        (target / "terminal.svg").write_text(picture(night))
        _prodcli(night, "dashboard", "html", "site")
        take(night / "site", target)


def picture(folder: Path) -> str:
    """A terminal after some commands, as SVG."""
    screen = Console(record=True, width=TERMINAL.columns, file=io.StringIO(), force_terminal=True)
    for words in COMMANDS:
        screen.print(Text(f"$ prodcli {' '.join(words)}", "bold"))
        screen.print(
            Text.from_ansi(coloured(words, folder, TERMINAL).replace(str(folder.parent), SHOWN)), soft_wrap=True
        )
    return screen.export_svg(title="prodcli", theme=DIMMED_MONOKAI, code_format=SVG, unique_id="terminal")


def _prodcli(folder: Path, *words: str) -> None:
    subprocess.run([sys.executable, "-m", "prodcli", *words], cwd=folder, check=True, stdout=subprocess.DEVNULL)


if __name__ == "__main__":
    make(Path(sys.argv[1]))
