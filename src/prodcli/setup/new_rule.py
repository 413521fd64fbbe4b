"""A new rule of a rule file, with the script of its jobs, from templates."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from prodcli.config.profile import Dsttype, Match, Site
from prodcli.config.yaml_files import read_yaml
from prodcli.errors import ProdError, RuleError, UsageError
from prodcli.rules.check import require_rule
from prodcli.rules.load import check_one
from prodcli.submission.render import render
from prodcli.text_files import why_unreadable

_LIKE = {
    "period": "--period run3auau",
    "build": "--build ana.541",
    "dbtag": "--dbtag 2025p014",
    "inputs": "--inputs ana541_nocdbtag_v001",
}
_EXECUTABLE = 0o755


@dataclass(frozen=True)
class NewRule:
    """What a new rule says: names and tags, `inputs` being the tag of its inputs; what is empty comes from the site."""

    site: Site
    dsttype: Dsttype
    name: str = ""
    period: str = ""
    build: str = ""
    dbtag: str = ""
    version: int | None = None
    inputs: str = ""
    script: str = ""
    memory: str = ""
    neventsper: int = 1000

    @property
    def called(self) -> str:
        """The name of the rule: by default Full_TRKR_CLUSTER for DST_TRKR_CLUSTER."""
        return self.name or f"Full_{self._short}"

    @property
    def run_by(self) -> str:
        """The script: by default run_trkr_cluster.sh for DST_TRKR_CLUSTER."""
        return self.script or f"run_{self._short.lower()}.sh"

    @property
    def _short(self) -> str:
        return self.dsttype.name.removeprefix("DST_")

    @property
    def reads_files(self) -> bool:
        """True if the inputs are files of the file catalog, which have a tag."""
        return self.dsttype.match not in (Match.COMBINING, Match.GENERATE)

    @property
    def lacks(self) -> list[str]:
        """The options that must be said: neither the site has a default, nor does the dsttype do without."""
        known = self.site.defaults.get("params", {})
        wanted = ["period", "build", *(["dbtag"] if self.reads_files else [])]
        lacking = [key for key in wanted if not getattr(self, key) and key not in known]
        return lacking + (["inputs"] if self.reads_files and not self.inputs else [])

    @property
    def params(self) -> Mapping[str, object]:
        """The keys of `params` that the rule says itself."""
        known = self.site.defaults.get("params", {})
        version = self.version if self.version is not None else int(self.build != "new")
        dbtag = self.dbtag or ("" if "dbtag" in known else "nocdbtag")
        said = {"period": self.period, "build": self.build, "dbtag": dbtag}
        return {key: value for key, value in said.items() if value} | {"version": version}


def write_rule(file: Path, new: NewRule) -> list[str]:
    """Add a rule to a rule file, which is made if need be, and make its script; returns what was made, in words.

    Raises UsageError for an option that is missing and for a rule that is there, RuleError for a value that no rule may
    have; then nothing is changed. A script that is there stays as it is.
    """
    _require_said(new)
    before = _before(file, new.called)
    text = (before.rstrip("\n") + "\n\n" if before else "") + render("rules/rule.yaml.j2", _rule_context(new))
    _write(file, text)
    try:
        rule = require_rule(check_one(file, new.called, new.site), str(file))
    except (RuleError, UsageError):
        _put_back(file, before)
        raise
    made = [f"{file}: rule {new.called}, for tag {rule.outtriplet}"]
    script = Path(rule.path(new.run_by))
    if not script.exists():
        _write(script, render("rules/payload.sh.j2", _script_context(new)), _EXECUTABLE)
        made.append(f"{script}: its script, which says where your macro goes")
    return made


def _require_said(new: NewRule) -> None:
    if new.lacks:
        options = [f"--{key}" for key in new.lacks]
        listed = " and ".join(filter(None, [", ".join(options[:-1]), options[-1]]))
        like = " ".join(_LIKE[key] for key in new.lacks)
        raise UsageError(f"a rule for {new.dsttype.name} needs {listed}", todo=f"like {like}")


def _before(file: Path, name: str) -> str:
    """The text of the file; empty if there is none. Raises UsageError if it has a rule of the name."""
    if not file.exists():
        return ""
    if name in read_yaml(file, RuleError):
        raise UsageError(
            f"rule {name} is there already; nothing was changed", where=str(file), todo="name it by --rule"
        )
    return file.read_text(encoding="utf-8")


def _put_back(file: Path, before: str) -> None:
    if before:
        file.write_text(before, encoding="utf-8")
    else:
        file.unlink()


def _write(file: Path, text: str, mode: int | None = None) -> None:
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
        if mode is not None:
            file.chmod(mode)
    except OSError as failure:
        raise ProdError(f"the file cannot be written: {why_unreadable(failure)}", where=str(file)) from None


def _rule_context(new: NewRule) -> dict[str, Any]:
    cuts = new.site.defaults.get("input", {})
    return {
        "about": f"{new.dsttype.name}: {_made_of(new.dsttype)}. docs/rules.md has every key.",
        "name": new.called,
        "dsttype": new.dsttype.name,
        "params": list(new.params.items()),
        "generated": new.dsttype.match is Match.GENERATE,
        "inputs": new.inputs,
        "cuts": [(key, cuts[key]) for key in ("min_run_events", "min_run_time") if key in cuts],
        "script": new.run_by,
        "payload": new.run_by,
        "neventsper": new.neventsper,
        "memory": new.memory or "2 GB, 4 GB",
    }


def _script_context(new: NewRule) -> dict[str, Any]:
    return {
        "name": new.called,
        "dsttype": new.dsttype.name,
        "script": new.run_by,
        "combining": new.dsttype.match is Match.COMBINING,
        "generated": new.dsttype.match is Match.GENERATE,
    }


def _made_of(dsttype: Dsttype) -> str:
    """What jobs are made of, in words."""
    if dsttype.match is Match.GENERATE:
        return "jobs without inputs"
    if dsttype.match is Match.COMBINING:
        return f"a job for each run and each of {len(dsttype.hosts)} hosts with raw files"
    first, *others = dsttype.inputs
    more = f" and {len(others)} more" if others else ""
    return f"a job for each segment of {first}{more}"
