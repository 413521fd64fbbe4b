"""A part of making screens: a step of the world, or the pages. A process of its own, as ids, host, account and disk are made up."""

import os
import pwd
import socket
import sys
import uuid
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
from tests.screens.make import PREFIX  # noqa: E402
from tests.screens.screens import SCREENS, Screen  # noqa: E402
from tests.screens.terminal import FACES, captured  # noqa: E402
from tests.screens.world import STEPS  # noqa: E402

APART = ("prodcli.worker", "prodcli.__main__")
SHOWN = "a_folder"  # stands for what differs in the name of a temporary folder, and is as long


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


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["step", number, folder]:
            STEPS[int(number)][1](Path(folder))
        case ["capture", folder, target, *names]:
            capture(Path(folder), Path(target), *names)
