"""What a submission needs on disk: script, payload, installed build. Asked when submitting, not when loading a rule."""

import os
from collections.abc import Iterator
from pathlib import Path

from prodcli.errors import RuleError
from prodcli.names import fill
from prodcli.rule import Rule


def lacks(rule: Rule) -> Iterator[str]:
    """One line for each thing that the jobs of a rule would not find."""
    script = Path(rule.folder / rule.job.script)
    if not _there(script):
        yield f"job.script: {script} does not exist"
    elif not os.access(script, os.X_OK):
        yield f"job.script: {script} is not executable; chmod +x it"
    for entry in rule.job.payload:
        if not _matches(Path(rule.folder / entry)):
            yield f"job.payload: nothing matches {Path(rule.folder / entry)}"
    yield from _build_lacks(rule)


def require_ready(rule: Rule) -> None:
    """Raise RuleError for the first thing that is not there."""
    for problem in lacks(rule):
        raise RuleError(problem, where=f"{rule.file}: rule {rule.name}")


def _there(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError:
        return False


def _matches(pattern: Path) -> bool:
    anchor = Path(pattern.anchor)
    try:
        return pattern == anchor or any(anchor.glob(str(pattern.relative_to(anchor))))
    except (OSError, ValueError):
        return False


def _build_lacks(rule: Rule) -> Iterator[str]:
    """Look where the site keeps its builds; where that area is not mounted, nobody can tell."""
    if not rule.site.builds:
        return
    build = rule.params.build
    pattern = Path(fill(rule.site.builds, {"build": build, "kind": build.partition(".")[0]}))
    area = pattern.parent
    if area.is_dir() and not any(area.glob(pattern.name)):
        yield f"params.build: {build} is not installed in {area}"
