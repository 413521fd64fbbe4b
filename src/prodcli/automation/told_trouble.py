"""What was said of trouble before: a line is said once, and again only when it changes."""

import os
import re
from collections.abc import Collection
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from zlib import crc32

_NUMBER = re.compile(r"[0-9]+")


@dataclass(frozen=True)
class ToldTrouble:
    """The last trouble of each thing, in files of a folder, as the books may be what is in trouble."""

    folder: Path

    def is_new(self, about: str, trouble: str) -> bool:
        """Note the trouble of a thing, or none; True for trouble other than before, numbers apart.

        What cannot be noted is new each time.
        """
        file, line = self.folder / f"{about}.told", _without_numbers(trouble)
        with suppress(OSError):
            if not trouble:
                file.unlink(missing_ok=True)
            elif not file.exists() or file.read_text(errors="replace") != line:
                self._note(file, line)
                return True
            return False
        return bool(trouble)

    def forget(self, beginning: str, but: Collection[str]) -> None:
        """Forget the trouble of things of some beginning that are there no more."""
        with suppress(OSError):
            for file in self.folder.glob(f"{beginning}*.told"):
                if file.stem not in but:
                    file.unlink(missing_ok=True)

    def _note(self, file: Path, line: str) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        aside = file.with_name(f"{file.name}.{os.getpid()}")
        aside.write_text(line)
        aside.replace(file)


def about_of(line: str) -> str:
    """A name for a line that is about nothing in particular."""
    return f"{crc32(_without_numbers(line).encode()):08x}"


def _without_numbers(line: str) -> str:
    return _NUMBER.sub("#", line)
