"""The files that are shipped with prodcli: in the wheel beside the package, else in the source tree."""

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent
_DIALECTS = {"sqlite", "postgresql"}


def shipped(folder: str) -> Path:
    """The folder `templates` or `prodflow-examples`, in a wheel or in an editable install."""
    inside = _PACKAGE / folder
    return inside if inside.is_dir() else _PACKAGE.parent.parent / folder


def worker_kit() -> Path:
    """The folder of prodcli's own files for worker nodes."""
    return _PACKAGE / "worker"


def profile_file(name: str) -> Path:
    """The built-in site profile of that name; it need not exist."""
    return _PACKAGE / "profiles" / f"{name}.yaml"


def profile_names() -> list[str]:
    """The built-in site profiles."""
    return sorted(path.stem for path in (_PACKAGE / "profiles").glob("*.yaml"))


def error_files() -> list[Path]:
    """The files of the built-in error catalog, in order."""
    return sorted((_PACKAGE / "error_catalog" / "built_in").glob("*.yaml"))


def query_files(dialect: str) -> list[Path]:
    """The files of named queries beside the code of each room: for both dialects, and for this one."""
    files = sorted(_PACKAGE.glob("*/queries*.sql"))
    return [file for file in files if file.stem.rpartition("_")[2] not in _DIALECTS - {dialect}]


def sql_file(name: str) -> Path:
    """A file of SQL that one module alone reads, by its path in the package."""
    return _PACKAGE / f"{name}.sql"


def migration_files(dialect: str) -> list[Path]:
    """The numbered migrations of a dialect, in order."""
    return sorted((_PACKAGE / "db" / "migrations" / dialect).glob("[0-9][0-9][0-9][0-9]_*.sql"))


def template_folders(own_templates: Path | None) -> list[str]:
    return [str(folder) for folder in (own_templates, shipped("templates")) if folder is not None]
