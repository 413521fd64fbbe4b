"""Where the script of a rule's jobs lies: rules name it, and their payload has it.

The published rules of the newer dialect say `script: run_x.sh` and `payload: [x_code/*]`; the script stands in that folder.
"""

import os
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

from prodcli.errors import RuleError
from prodcli.rules.model import Rule

_MOST_SHOWN, _LONGEST = 5, 300  # places in a message, and letters of each


def script_of(rule: Rule) -> Path:
    """The script that is submitted.

    A path with a folder is taken as it is written, if a file is there. A bare name is looked for among the files of the
    payload, in folders to any depth; a script beside the rule file counts if the payload has none.

    Raises RuleError if there is no such file, if several files of the payload have its name, or if it is not executable.
    """
    script, *others = found = _places(rule)
    if others:
        shown = f"{len(found)} files of the payload are {script.name}: {_listed(found)}"
        raise _error(rule, f"{shown}; write the path of one")
    if not _is_file(script):
        places = [rule.path(entry) for entry in rule.job.payload]
        searched = f", nor {script.name:.{_LONGEST}} in {_listed(places)}" if places else ""
        raise _error(rule, f"{script!s:.{_LONGEST}} does not exist{searched}")
    if not os.access(script, os.X_OK):
        raise _error(rule, f"{script} is not executable; chmod +x it")
    return script


def with_script(rule: Rule) -> Rule:
    """The rule with the full path of its script, found once for all clusters of a pass; nothing is checked."""
    return replace(rule, job=rule.job.model_copy(update={"script": str(_places(rule)[0])}))


def payload_entry(rule: Rule, entry: str) -> Iterator[Path]:
    """The files and folders that an entry of the payload names; none if it cannot be read."""
    return matching(rule.path(entry))


def matching(path: str) -> Iterator[Path]:
    """The files and folders that a full path with wildcards names; none if it cannot be read."""
    pattern = Path(path)
    anchor = Path(pattern.anchor)
    try:
        yield from [pattern] if pattern == anchor else sorted(anchor.glob(str(pattern.relative_to(anchor))))
    except (OSError, ValueError):
        return


def _places(rule: Rule) -> list[Path]:
    """Where the script is: the path as it is written, else the files of its name in the payload, else beside the rule file."""
    beside = Path(rule.path(rule.job.script))
    if _says_a_folder(rule.job.script) and _is_file(beside):
        return [beside]
    return list(_in_payload(rule, beside.name)) or [beside]


def _is_file(path: Path) -> bool:
    """True if a file is there and can be seen."""
    try:
        return path.is_file()
    except OSError:
        return False


def _says_a_folder(script: str) -> bool:
    return "/" in script


def _in_payload(rule: Rule, name: str) -> Iterator[Path]:
    """The files of a name in the payload, each once, whatever number of entries or links lead to it."""
    seen = set()
    for entry in rule.job.payload:
        for path in payload_entry(rule, entry):
            for file in _files(path, name):
                real = file.resolve()
                if real not in seen:
                    seen.add(real)
                    yield file


def _files(path: Path, name: str) -> Iterator[Path]:
    """A file of the name, or those of the name in a folder."""
    if path.is_dir():
        for folder, _, files in os.walk(path):
            if name in files:
                yield Path(folder) / name
    elif path.name == name and _is_file(path):
        yield path


def _listed(paths: Iterable[object]) -> str:
    shown = [f"{path!s:.{_LONGEST}}" for path in paths]
    more = len(shown) - _MOST_SHOWN
    return ", ".join(shown[:_MOST_SHOWN]) + (f" and {more} more" if more > 0 else "")


def _error(rule: Rule, what: str) -> RuleError:
    return RuleError(f"job.script: {what}", where=f"{rule.file}: rule {rule.name}")
