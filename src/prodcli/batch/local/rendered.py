"""A submission to the local batch: a description and its items, read and checked."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from prodcli.batch.description import ATTRIBUTES, expand, parse_description, read_items
from prodcli.errors import BatchError
from prodcli.sizes import parse_ladder, parse_mb
from prodcli.states import NO_ROW

MAX_PROCS = 100_000


@dataclass(frozen=True)
class LocalSubmission:
    """A description and its items, read and checked."""

    commands: Mapping[str, str]
    items: list[dict[str, str]]
    jobs: list[tuple[int, int, int, int | None]]  # dbid, attempt, priority, memory of each item

    @property
    def claim(self) -> str:
        """The claim of all jobs."""
        return self.commands.get(attribute("claim"), "").strip('"')

    @property
    def on_hold(self) -> bool:
        """True if the jobs wait for a release."""
        return self.commands.get("hold", "").casefold() in ("true", "yes", "1")


def attribute(name: str) -> str:
    return f"my.{ATTRIBUTES[name]}".casefold()


def read_submission(description: Path) -> LocalSubmission:
    """Read a rendered description and its items; raises BatchError if they cannot be read, or have a wrong value."""
    where = str(description)
    try:
        parsed = parse_description(description.read_text("utf-8"), where)
        text = (description.parent / parsed.items_file).read_text("utf-8")
    except (OSError, UnicodeDecodeError) as err:
        raise BatchError(f"cannot be read: {err}", where=where) from err
    items = read_items(text, [field.casefold() for field in parsed.fields], where)
    if not 0 < len(items) <= MAX_PROCS:
        raise BatchError(f"{len(items)} jobs; 1 to {MAX_PROCS} are allowed", where=where)
    try:
        retry_memory(parsed.commands)
        allowed_seconds(parsed.commands)
        return LocalSubmission(parsed.commands, items, [_numbers(parsed.commands, item) for item in items])
    except ValueError as err:
        raise BatchError(str(err), where=where) from err


def _numbers(commands: Mapping[str, str], item: Mapping[str, str]) -> tuple[int, int, int, int | None]:
    macros = {**commands, **item}
    memory = expand(commands.get("request_memory", ""), macros)
    return (
        int(expand(commands.get(attribute("dbid"), str(NO_ROW)), macros)),
        int(expand(commands.get(attribute("attempt"), "1"), macros)),
        int(expand(commands.get("priority", "0"), macros)),
        parse_mb(memory) if memory else None,
    )


def retry_memory(commands: Mapping[str, str]) -> tuple[int, ...]:
    """The steps in MB of a job that exceeds its memory; raises ValueError if they do not climb."""
    steps = expand(commands.get("retry_request_memory", ""), commands)
    return parse_ladder(steps) if steps else ()


def allowed_seconds(commands: Mapping[str, str]) -> int | None:
    """How long a job may run before it is held; None without a limit. Raises ValueError if the limit is no number."""
    seconds = expand(commands.get("allowed_job_duration", ""), commands)
    return int(seconds) if seconds else None
