"""Steering files for tests."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from prodcli.books.claimant import short_host


def write_steering(
    folder: Path,
    rules: Mapping[str, Any],
    hosts: Mapping[str, Mapping[str, Any]] | None = None,
    name: str = "steering.yaml",
) -> Path:
    """Write a steering file with rules of this host, and of other hosts; paths count from the folder."""
    locations = {"submitdir": "/nowhere/{rule}", "prodbase": "/nowhere", "configbase": str(folder)}
    data = {
        host: {"defaultlocations": dict(locations)} | dict(of)
        for host, of in ({short_host(): rules} | dict(hosts or {})).items()
    }
    (folder / name).write_text(yaml.safe_dump(data, sort_keys=False))
    return folder / name
