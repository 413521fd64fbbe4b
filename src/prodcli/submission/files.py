"""Folders and files of a submission: the folders that its jobs write to, and the rendered description with items."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from prodcli.batch.description import DESCRIPTION, ITEMS
from prodcli.config.profile import DIRECTORIES
from prodcli.errors import ProdError
from prodcli.planning.plan import Plan
from prodcli.rules.layout import Job, Layout
from prodcli.states import NO_ROW
from prodcli.submission.context import make_items, render_context
from prodcli.submission.render import SUBMIT_TEMPLATE, render

_FINE_FIELDS = ("{run}", "{run8}", "{seg}", "{seg5}", "{outseg}", "{outseg5}", "{dbid}")


class Directories:
    """Makes the directories of jobs, each once."""

    def __init__(self) -> None:
        self._made: set[str] = set()

    def make(self, layout: Layout, jobs: Sequence[Job]) -> None:
        """Make the folders that the jobs write to; raises ProdError for the first that cannot be made."""
        templates = [layout.formats[key] for key in (*DIRECTORIES, "initialdir")]
        templates.append(str(Path(layout.formats["log"]).parent))
        fine = (*_FINE_FIELDS, *("{" + column + "}" for column in layout.rule.input.columns))
        if not any(field in template for template in templates for field in fine):
            # then directories differ by the hundred of runs and the leaf only
            jobs = list({(job.run // 100, job.leaf): job for job in jobs}.values())
        for job in jobs:
            fields = layout.fields(job)
            for directory in {template.format_map(fields) for template in templates} - self._made:
                make_folder(Path(directory))
                self._made.add(directory)


def make_folder(folder: Path) -> None:
    """Make a folder with its parents; raises ProdError if it cannot be made."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as failure:
        raise ProdError(f"the folder cannot be made: {failure.strerror}", where=str(folder)) from None


def submission_place(campaigns: Path, rule: str, tag: str) -> Path:
    """The folder for the rendered files of a rule's claims, each in a folder with the claim's id."""
    return campaigns / rule / tag


def write_submission(
    layout: Layout,
    rows: Sequence[Mapping[str, str]],
    claim_id: str,
    folder: Path,
    templates: Path | None,
    commands: Mapping[str, str | int],
    hold: bool = False,
) -> Path:
    """Render the description and write it with its items; returns the description. Raises ProdError if the disk is full."""
    items = make_items(rows, layout.item_fields)
    context = render_context(layout, items, claim_id, str(folder / ITEMS), commands, hold)
    return write_files(folder, render(SUBMIT_TEMPLATE, context, templates), items.text())


def write_files(folder: Path, description: str, items: str) -> Path:
    """Write the files of a cluster; valid for condor_submit. Returns the description; raises ProdError if the disk is full."""
    make_folder(folder)
    try:
        (folder / ITEMS).write_text(items)
        (folder / DESCRIPTION).write_text(description)
    except OSError as failure:
        raise ProdError(f"the rendered files cannot be written: {failure.strerror}", where=str(folder)) from None
    return folder / DESCRIPTION


def render_only(plan: Plan, campaigns: Path, templates: Path | None, commands: Mapping[str, str | int]) -> Path | None:
    """Render a plan for inspection: row id -1, `hold = true`, nothing claimed. Returns the folder.

    Jobs under several masks have a folder for each mask in it.
    """
    if not plan.jobs:
        return None
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%S.%fZ")
    folder = submission_place(campaigns, plan.rule.name, plan.rule.outtriplet) / f"no-submit-{stamp}"
    by_mask: dict[int, list[Job]] = {}
    for job in plan.jobs:
        by_mask.setdefault(job.mask, []).append(job)
    for number, jobs in enumerate(by_mask.values()):
        layout = plan.layout_of(jobs[0])
        rows = [layout.fields(job, NO_ROW) for job in jobs]
        place = folder if len(by_mask) == 1 else folder / f"mask-{number}"
        write_submission(layout, rows, "none", place, templates, commands, hold=True)
    return folder
