"""Where prodcli.yaml is, and the working directory."""

import os
from collections.abc import Callable, Mapping
from pathlib import Path

from prodcli.config.trust import LIST, require_trusted
from prodcli.errors import ConfigError

FILE = "prodcli.yaml"


def find_config(given: Path | None, environment: Mapping[str, str], here: Path) -> Path:
    """Find prodcli.yaml as `search_config` does; raises ConfigError if there is none."""
    found = search_config(given, environment, here)
    if found is None:
        raise ConfigError(
            f"no {FILE} is found from {here} upward, in ~/.config/prodcli or /etc/prodcli",
            todo="prodcli init writes one; prodcli demo DIR makes one to play with",
        )
    return found


def search_config(given: Path | None, environment: Mapping[str, str], here: Path) -> Path | None:
    """Search prodcli.yaml: --site, $PRODCLI_SITE, from `here` upward, ~/.config/prodcli, /etc/prodcli.

    Raises ConfigError for a named file that does not exist, and for a file upward that belongs to another user.
    """
    for named, source in ((given, "--site"), (environment.get("PRODCLI_SITE") or None, "$PRODCLI_SITE")):
        if named is not None:
            path = Path(named)
            path = path / FILE if looks_so(Path.is_dir, path) else path
            if not looks_so(Path.is_file, path):
                raise ConfigError(f"{source} names a file that does not exist", where=str(path))
            return path.resolve()
    own = _own_folders(environment)
    for folder in (here, *here.parents):
        if looks_so(Path.is_file, folder / FILE):
            require_trusted(folder / FILE, here, environment, [one / LIST for one in own])
            return (folder / FILE).resolve()
    return next(((folder / FILE).resolve() for folder in own if looks_so(Path.is_file, folder / FILE)), None)


def _own_folders(environment: Mapping[str, str]) -> list[Path]:
    """The configuration folders of the user and of the host."""
    xdg, home = environment.get("XDG_CONFIG_HOME"), environment.get("HOME")
    users = [Path(xdg)] if xdg else [Path(home) / ".config"] if home else []
    return [*(folder / "prodcli" for folder in users), Path("/etc/prodcli")]


def looks_so(look: Callable[[Path], bool], path: Path) -> bool:
    """True if a path exists; a path that cannot be read counts as missing."""
    try:
        return look(path)
    except OSError:
        return False


def current_folder(environment: Mapping[str, str] = os.environ) -> Path:
    """The working directory as the shell names it: a path through a link stays as people typed it.

    Raises ConfigError if the directory does not exist any more.
    """
    shell = environment.get("PWD")
    try:
        here = Path.cwd()
    except FileNotFoundError:
        raise ConfigError("the working directory does not exist any more", todo="cd to one that does") from None
    return (
        Path(shell)
        if shell and Path(shell).is_absolute() and Path(shell).exists() and Path(shell).samefile(here)
        else here
    )
