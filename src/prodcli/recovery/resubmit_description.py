"""The description of a new submission from stored jobs.

The same jobs, with the same arguments, environment, folders and outputs. New are attempt and claim, by which the books
know the jobs, and the requested resources.

Pure: data in, data out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from prodcli.batch.description import ATTRIBUTES, Description, climbing, parse_description, steps_of
from prodcli.rules.layout import ITEM_FIELDS
from prodcli.submission.context import make_items

_LADDER = "my.prodclimemory"
_MEMORY = ("request_memory", "retry_request_memory", _LADDER)
_BIT_BY_BIT = ("max_idle", "max_materialize")


@dataclass(frozen=True, slots=True)
class StoredJob:
    """A stored job: the lines that it shares with others, in which its own fields are macros, and the fields."""

    lines: tuple[str, ...]
    fields: Mapping[str, str]

    @property
    def commands(self) -> dict[str, str]:
        """The values of the lines, by lower-case command."""
        return _commands(self.lines)

    @property
    def steps(self) -> tuple[int, ...]:
        """The requested memory in MB, step by step; None if the description does not have numbers."""
        return _steps(self.commands, None)

    @property
    def rule(self) -> str:
        """The rule of the job."""
        return self.said(_attribute("rule"))

    @property
    def tag(self) -> str:
        """The tag of the job."""
        return self.said(_attribute("tag"))

    @property
    def run(self) -> int:
        """The run of the job; 0 if unknown."""
        return self._number("run")

    @property
    def order(self) -> tuple[int, int]:
        """Newest run first, then by segment."""
        return -self.run, self._number("seg")

    @property
    def kit(self) -> str:
        """The copy of the worker kit that the job uses; empty if the job uses none."""
        return self.fields.get("kit", "")

    def _number(self, field: str) -> int:
        text = self.fields.get(field, "")
        return int(text if text.isdecimal() else 0)

    def said(self, command: str) -> str:
        """The value of a command, without quotes; empty if there is none."""
        return self.commands.get(command, "").strip('"')


@dataclass(frozen=True, slots=True)
class Resources:
    """The resources and the priority to request; None keeps the stored value. Memory in MB, disk in KB."""

    memory: int | None = None
    disk: int | None = None
    cpus: int | None = None
    priority: int | None = None


@dataclass(frozen=True, slots=True)
class ScheddTerms:
    """Commands that depend on the schedd, and `commands` that depend on the present, like excluded nodes."""

    retries_memory: bool = False
    bit_by_bit: bool = True
    commands: Mapping[str, str] = field(default_factory=dict)


def _attribute(name: str) -> str:
    return f"my.{ATTRIBUTES[name]}".casefold()


def shared_lines(description: str, where: str) -> tuple[Description, tuple[str, ...]]:
    """A stored description, and its lines that are the same in every submission of such jobs.

    Raises BatchError for a description that prodcli's templates cannot have made.
    """
    parsed = parse_description(description, where)
    constants = set(ITEM_FIELDS) - set(parsed.fields)
    lines = []
    for line in description.splitlines():
        key = _key(line)
        if key and key not in constants and key != _attribute("claim"):
            lines.append(line.strip())
    return parsed, tuple(lines)


def stored_job(parsed: Description, lines: tuple[str, ...], row: Mapping[str, str]) -> StoredJob:
    """The stored job of one row of a submission's items."""
    constants = {key: parsed.commands[key] for key in ITEM_FIELDS if key in parsed.commands and key not in row}
    return StoredJob(lines, {**constants, **row})


def describe_again(
    jobs: Sequence[StoredJob],
    attempts: Sequence[int],
    claim: str,
    items_file: str,
    wanted: Resources,
    terms: ScheddTerms,
) -> tuple[str, str]:
    """The description and the items of jobs that share their lines, each as a new attempt under a claim."""
    rows = [{**job.fields, "attempt": str(attempt)} for job, attempt in zip(jobs, attempts, strict=True)]
    items = make_items(rows, tuple(rows[0]))
    lines = _changed(jobs[0].lines, wanted, terms)
    name = _commands(jobs[0].lines).get("batch_name", "")
    text = "\n".join(
        [
            f"# {len(jobs)} jobs of {name}, submitted again.",
            "# Valid for condor_submit by hand, once, if prodcli could not submit it.",
            *(f"{key} = {value}" for key, value in items.constant.items()),
            "",
            *lines,
            f'My.{ATTRIBUTES["claim"]} = "{claim}"',
            "",
            f"queue {','.join(items.fields)} from {items_file}",
            "",
        ]
    )
    return text, items.text()


def _changed(lines: Sequence[str], wanted: Resources, terms: ScheddTerms) -> list[str]:
    commands = _commands(lines)
    new = dict(terms.commands)
    dropped: set[str] = set() if terms.bit_by_bit else set(_BIT_BY_BIT)
    steps = _steps(commands, wanted.memory)
    if steps:
        new |= climbing(steps, terms.retries_memory)
        dropped |= {*_MEMORY, *(("periodic_release",) if _LADDER in commands else ())}
    if wanted.disk is not None:
        new["request_disk"] = f"{wanted.disk}KB"
    if wanted.cpus is not None:
        new["request_cpus"] = str(wanted.cpus)
    if wanted.priority is not None:
        new["priority"] = str(wanted.priority)
    dropped |= {key.casefold() for key in new}
    return [line for line in lines if _key(line) not in dropped] + [f"{key} = {value}" for key, value in new.items()]


def _steps(commands: Mapping[str, str], memory: int | None) -> tuple[int, ...]:
    """The ladder from the new memory upward; the stored ladder without new memory, empty if it cannot be read."""
    try:
        old = steps_of(commands)
    except ValueError:
        old = ()
    return old if memory is None else (memory, *(step for step in old if step > memory))


def _commands(lines: Sequence[str]) -> dict[str, str]:
    return {_key(line): line.partition("=")[2].strip() for line in lines}


def _key(line: str) -> str:
    """The command of a line in lower case; empty for a line without command."""
    key, equals, _ = line.strip().partition("=")
    return key.strip().casefold() if equals and not key.startswith("#") else ""
