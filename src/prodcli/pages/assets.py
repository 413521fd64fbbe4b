"""The files that pages share: DataTables as the Python package itables ships it, and a style and a script of our own."""

from __future__ import annotations

import re
from importlib.util import find_spec
from pathlib import Path

from prodcli.errors import ConfigError
from prodcli.resources import shipped

_EXPORTS = re.compile(r"export\s*\{[^}]*\b(\w+) as default\b[^}]*\};?")
_OWN = ("pages.css", "pages.js")


def write_assets(folder: Path) -> None:
    """Write the shared files into a folder; raises ConfigError where the extra `pages` is not installed, OSError."""
    folder.mkdir()
    for name, content in shared_files().items():
        (folder / name).write_bytes(content)


def shared_files() -> dict[str, bytes]:
    """The shared files by name; raises ConfigError where the extra `pages` is not installed."""
    html = _itables() / "html"
    script = _as_script((html / "dt_bundle.js").read_text("utf-8")).encode("utf-8")
    own = {name: (shipped("templates") / "pages" / name).read_bytes() for name in _OWN}
    return {"datatables.css": (html / "dt_bundle.css").read_bytes(), "datatables.js": script, **own}


def _itables() -> Path:
    """The folder of the package, which is not imported: only its files matter."""
    found = find_spec("itables")
    if found is None or found.origin is None:
        raise ConfigError(
            "the pages need the Python package itables", where="dashboard html", todo="pip install 'prodcli[pages]'"
        )
    return Path(found.origin).parent


def _as_script(module: str) -> str:
    """The module as a script, as browsers load no module from a file; it leaves the global DataTable."""
    script, count = _EXPORTS.subn(r"globalThis.DataTable = \1;", module, count=1)
    if count != 1:
        raise ConfigError(
            "the DataTables file of itables is not the known one", where="itables", todo="install itables 2.9"
        )
    return f"(() => {{\n{script}\n}})();\n"
