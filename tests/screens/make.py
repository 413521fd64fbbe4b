"""Write the screens of prodcli into a folder: `make screens`. Each step has a clock that stands, so that each run writes the same."""

import os
import pwd
import shutil
import socket
import subprocess
import sys
import tempfile
import uuid
from datetime import datetime
from importlib import import_module
from itertools import count
from pathlib import Path
from pkgutil import walk_packages

_COUNT = count()


def _same_each_time() -> uuid.UUID:
    """An id that a step of the world gives each time; commands that are shown get ids of their own."""
    of = os.getpid() if sys.argv[0] == "prodcli" else sys.argv[1:3]
    return uuid.uuid5(uuid.NAMESPACE_OID, f"{of} {next(_COUNT)}")


uuid.uuid4 = _same_each_time
socket.gethostname = lambda: "submit01"
_DISK = os.statvfs_result((4096, 4096, 2_500_000_000, 400_000_000, 400_000_000, 10**9, 10**9, 10**9, 0, 255))
os.statvfs = lambda _: _DISK
pwd.getpwuid = lambda number: pwd.struct_passwd(("anna", "x", number, number, "", "/", "/bin/sh"))

import prodcli  # noqa: E402 - loaded when ids and the host are settled
from tests.screens.screens import SCREENS, Screen  # noqa: E402
from tests.screens.terminal import FACES, captured  # noqa: E402
from tests.screens.world import NOW, STEPS  # noqa: E402

# Time-outs go by a clock that runs; the fix is for programs that wait by the clock that stands, and costs ten times more.
CLOCK = {"TZ": "UTC", "FAKETIME_DONT_FAKE_MONOTONIC": "1", "FAKETIME_FORCE_MONOTONIC_FIX": "0"}
PREFIX = "prodcli-screens-"
APART = ("prodcli.worker", "prodcli.__main__")
SHOWN = "a_folder"  # stands for what differs in the name of a temporary folder, and is as long


def why_missing() -> str | None:
    """Say in one line why no screens can be made here, or return None."""
    return None if shutil.which("faketime") else "no faketime here (apt-get install faketime)"


def make(target: Path, *names: str) -> None:
    """Make the world, and write a page for each screen, or for some; raises CalledProcessError if a step fails."""
    folder = Path(tempfile.mkdtemp(prefix=PREFIX, dir="/tmp"))  # noqa: S108 - pages show the path, the same everywhere
    try:
        for number, (moment, _) in enumerate(STEPS):
            _at(moment, "step", str(number), str(folder))
        _at(NOW, "capture", str(folder), str(target), *names)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _at(moment: datetime, *words: str) -> None:
    """Run a part of this module in a process whose clock stands."""
    command = ["faketime", "-f", f"{moment:%Y-%m-%d %H:%M:%S}", sys.executable, "-m", "tests.screens.make", *words]
    environment = {key: value for key, value in os.environ.items() if not key.startswith("PYTEST")}
    subprocess.run(command, check=True, env=environment | CLOCK)


def capture(folder: Path, target: Path, *names: str) -> None:
    """Write a page for each screen, or for some."""
    _load_all()
    target.mkdir(parents=True, exist_ok=True)
    for screen in (one for one in SCREENS if not names or one.name in names):
        text = page(screen, folder).replace(folder.name, PREFIX + SHOWN)
        (target / f"{screen.name}.md").write_text(text)


def _load_all() -> None:
    """Load every module once, rather than in each of the processes that show a screen."""
    for module in walk_packages(prodcli.__path__, "prodcli."):
        if not module.name.startswith(APART):
            import_module(module.name)
    for name in ("rich.table", "rich.progress", "sqlite3"):
        import_module(name)


def page(screen: Screen, folder: Path) -> str:
    """A screen on each face, as Markdown; a face that shows the same as the one before refers to that one."""
    parts, before = [f"# {screen.title}\n"], ("", "")
    for face in FACES:
        shown = captured(screen.words, folder, face, screen.typed if face.columns else "")
        same = shown == before[1]
        parts.append(f"## {face.name}\n\n" + (f"As {before[0]}.\n" if same else f"```text\n{shown}```\n"))
        before = before if same else (face.name, shown)
    return "\n".join(parts)


def main(words: list[str]) -> None:
    """Make all screens, or a part of them."""
    match words:
        case ["step", number, folder]:
            STEPS[int(number)][1](Path(folder))
        case ["capture", folder, target, *names]:
            capture(Path(folder), Path(target), *names)
        case [target, *names]:
            make(Path(target), *names)


if __name__ == "__main__":
    main(sys.argv[1:])
