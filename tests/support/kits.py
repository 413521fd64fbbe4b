"""A worker kit for tests, and the site that gives it to its jobs."""

from pathlib import Path
from typing import Any

FILES = {"prep.sh": 'echo "prepared by $SPHENIXPROD_SCRIPT_PATH"\n', "more/stageout.sh": "#!/bin/sh\necho out\n"}


def make_kit(folder: Path, **changed: str) -> Path:
    """Write a kit; `changed` are other contents by the name of a file without its ending."""
    for name, content in FILES.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(changed.get(path.stem, content))
        path.chmod(0o755 if content.startswith("#!") else 0o644)
    return folder


def site_with_kit(folder: Path) -> dict[str, Any]:
    """The keys of a site profile for a kit."""
    return {
        "kit_folder": str(folder),
        "kit": ["{kit}/prep.sh", "{kit}/more/stageout.sh"],
        "environment": {"SPHENIXPROD_SCRIPT_PATH": "{kit}", "PRODCLI_ATTEMPT": "{attempt}", "WHO": 'it\'s "me" {run}'},
    }
