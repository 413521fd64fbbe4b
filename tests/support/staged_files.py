"""Staged files for tests: written where jobs stage them out, under the names that say what they hold."""

import hashlib
from pathlib import Path
from typing import Any

from prodcli.config.settings import load_config
from prodcli.registration.production import Production
from tests.support.workspace import Workspace

DATASET, TAG = "run3auau", "ana537_2025p010_v001"
WHEN = 1_760_000_000  # 2025-10-09 08:53:20 UTC
COLUMNS = "filename, runnumber, segment, size, dataset, dsttype, events, firstevent, lastevent, status, tag"


def base(run: int = 69650, segment: int = 0, dsttype: str = "DST_TRKR_CLUSTER") -> str:
    """The file name of an output."""
    return f"{dsttype}_{DATASET}_{TAG}-{run:08d}-{segment:05d}.root"


def staged_name(filename: str, content: bytes, older: bool = False, **said: int) -> str:
    """The name of a staged file."""
    values: dict[str, Any] = {"nevents": 1000, "first": 0, "last": 999}
    values["md5"] = hashlib.md5(content, usedforsecurity=False).hexdigest()
    if not older:
        values |= {"size": len(content), "ctime": WHEN}
    values |= {"dbid": 1} | said
    return ":".join([filename, *(f"{key}:{value}" for key, value in values.items())])


def folder_of(workspace: Workspace, run: int = 69650, dsttype: str = "DST_TRKR_CLUSTER") -> Path:
    """The folder of the outputs of a run."""
    low = run // 100 * 100
    home = workspace.folder / "files/production" / DATASET / "physics" / TAG
    return home / dsttype / f"run_{low:08d}_{low + 100:08d}"


def stage(folder: Path, filename: str, content: bytes = b"content", **said: int) -> Path:
    """Write a staged file."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / staged_name(filename, content, **said)
    path.write_bytes(content)
    return path


def production(workspace: Workspace) -> Production:
    """The production of these files in a workspace."""
    return Production(DATASET, TAG, load_config(workspace.file, workspace.folder).site)


def datasets(workspace: Workspace) -> list[tuple[Any, ...]]:
    """The rows of `datasets` in the file catalog."""
    return workspace.sql(f"SELECT {COLUMNS} FROM datasets ORDER BY filename, dataset", role="filecatalog")  # noqa: S608


def places(workspace: Workspace) -> list[tuple[Any, ...]]:
    """The rows of `files` in the file catalog: host and path, size, md5, time."""
    rows = workspace.sql(
        "SELECT full_host_name, full_file_path, size, md5, time FROM files ORDER BY lfn, full_file_path",
        role="filecatalog",
    )
    return [(*row[:4], str(row[4])[:19].replace("T", " ")) for row in rows]


def names(folder: Path) -> list[str]:
    """The names of the files in a folder."""
    return sorted(path.name for path in folder.iterdir())
