"""The bundle of a job that is to run again: a folder with everything that the job had, and with a job that writes into it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from prodcli.batch.description import ITEMS, expand, parse_description, split_arguments
from prodcli.config.profile import Site, host_bits
from prodcli.errors import ProdError
from prodcli.provenance.keep import folder_of
from prodcli.reruns.elsewhere import elsewhere, still_named, without_row
from prodcli.reruns.failed_job import FailedJob
from prodcli.reruns.kept_files import keep_inputs, keep_logs, keep_payload
from prodcli.reruns.scripts import BY_HAND, TRACED, by_hand, traced
from prodcli.rules.layout import Layout
from prodcli.rules.load import load_rule
from prodcli.rules.model import Rule
from prodcli.states import NO_ROW
from prodcli.submission.context import make_items, render_context
from prodcli.submission.files import make_folder, write_files
from prodcli.submission.render import SUBMIT_TEMPLATE, render

RULE = "rule.yaml"
_WRITTEN = ("outdir", "finaldir", "histdir")
_OF_PATHS = ("outdir", "finaldir", "logdir", "histdir", "condor", "initialdir")


@dataclass(frozen=True)
class Bundle:
    """A bundle; `notes` say what people should know before they trust it."""

    folder: Path
    description: Path
    notes: tuple[str, ...]


@dataclass(frozen=True)
class Bundler:
    """The site, its own templates, the folder of submissions, and commands of a description that depend on the present."""

    site: Site
    templates: Path | None
    campaigns: Path

    def make(self, job: FailedJob, folder: Path, commands: dict[str, str | int]) -> Bundle:
        """Make the bundle of a job; raises RuleError if its rule does not fit the site any more, ProdError for a full disk."""
        made = folder.absolute()
        make_folder(made)
        try:
            (made / RULE).write_text(job.rule_text)
            was = replace(load_rule(made / RULE, job.record.rule, self.site), kit=job.stored.kit)
            notes = [
                *keep_payload(job, was, made, folder_of(self.campaigns)),
                *keep_inputs(job, made),
                *keep_logs(job, made),
            ]
            script = _script(made / TRACED, traced(was.path(was.job.script), made))
        except OSError as failure:
            raise ProdError(f"the bundle cannot be written: {failure.strerror}", where=str(made)) from None
        rule = elsewhere(was, str(made), str(script), f"{was.name}.{job.dbid}")
        description = self._describe(job, rule, made, commands)
        named = still_named(
            description.read_text(), (was.site.roots[kind] for kind in _WRITTEN), (str(made), str(self.campaigns))
        )
        notes += [f"the job still names {root}: see that it writes nothing there" for root in named]
        return Bundle(made, description, tuple(notes))

    def _describe(self, job: FailedJob, rule: Rule, folder: Path, commands: dict[str, str | int]) -> Path:
        """Write the description of the job, and the script that runs it by hand."""
        mask = str(job.row["mask"] or "")
        layout = Layout(rule, host_bits(rule.dsttype, mask.split(",")), job.stored.fields.get("lists", ""))
        known = {**job.stored.commands, **job.stored.fields, "dbid": str(NO_ROW)}
        items = make_items([{field: known[field] for field in layout.item_fields}], layout.item_fields)
        context = render_context(layout, items, "", str(folder / ITEMS), _memory(job) | commands)
        text = without_row(render(SUBMIT_TEMPLATE, context, self.templates))
        description = write_files(folder, text, items.text())
        parsed = parse_description(text, str(description))
        macros = {**parsed.commands, **dict(zip(items.fields, items.rows[0], strict=True))}
        value = {
            key: expand(parsed.commands.get(key, ""), macros) for key in ("executable", "arguments", "environment")
        }
        folders = [expand(layout.macro(key), macros) for key in _OF_PATHS]
        for one in folders:
            make_folder(Path(one))
        pairs = (word.partition("=") for word in split_arguments(value["environment"]))
        command = [value["executable"], *split_arguments(value["arguments"])]
        _script(folder / BY_HAND, by_hand(command, {name: word for name, _, word in pairs}, folders))
        return description


def _memory(job: FailedJob) -> dict[str, str | int]:
    """The memory that the job asked for last."""
    asked = job.row["memory_asked"]
    return {"request_memory": f"{asked}MB"} if asked else {}


def _script(path: Path, text: str) -> Path:
    path.write_text(text)
    path.chmod(0o755)
    return path
