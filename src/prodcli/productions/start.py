"""Start a production: its folder is made aside, with branch and tag, and gets its name at the end."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import TypeVar

from prodcli.errors import ProdError, UsageError
from prodcli.productions.production_files import ProductionFiles
from prodcli.provenance.git import git

_UNWANTED = (".git", "*.yaml", "*.yml")  # of a template: YAML files are written filled in
T = TypeVar("T")


@dataclass(frozen=True)
class NewProduction:
    """A production that is to be started; `runs` is the text of its run list, empty without one.

    `repository` is the git repository of the template; None without git.
    """

    files: ProductionFiles
    runs: str
    repository: Path | None

    @property
    def root(self) -> Path:
        """The folder of the production."""
        return Path(self.files.filling.root)

    @property
    def folder(self) -> Path:
        """The copy of the template."""
        return Path(self.files.filling.folder)

    @property
    def name(self) -> str:
        """The name of the production."""
        return self.files.filling.name

    @property
    def branch(self) -> str:
        """The branch of the production."""
        return f"branch_{self.name}"

    @property
    def git_tag(self) -> str:
        """The annotated tag of the production."""
        return f"tag_{self.name}"

    @property
    def run_lists(self) -> list[PurePath]:
        """The places of the run lists that are written."""
        return (self.files.run_lists or [PurePath("runlist")]) if self.runs else []

    def require_possible(self) -> None:
        """Raise UsageError for a folder that is there already, and for a run list that nobody gives."""
        if self.root.exists():
            raise UsageError("the folder of the production is there already", where=str(self.root), todo="another name")
        if not self.root.parent.is_dir():
            raise UsageError("the folder does not exist", where=str(self.root.parent), todo="--into FOLDER")
        lacking = [one for one in self.files.run_lists if not (self.files.template / one).is_file()]
        if lacking and not self.runs:
            where = ", ".join(map(str, self.files.steering_files))
            raise UsageError(f"a run list is named: {lacking[0]}", where=where, todo="--runs RUNS or --runlist FILE")

    def act(self) -> None:
        """Make the folder; raises ProdError with the step that failed, and then nothing is left of it."""
        staging = self.root.with_name(f".{self.root.name}.{os.getpid()}")
        try:
            if self.repository is not None:
                self._clone(staging)
            self._step("copy the template", lambda: self._copy(staging / self.folder.name))
            if self.repository is not None:
                self._commit(staging)
            self._step("rename the folder", lambda: staging.rename(self.root))
        finally:
            with suppress(OSError):
                shutil.rmtree(staging)

    def undo(self) -> None:
        """Take the folder away again, as it was made just now; raises ProdError."""
        self._step("remove the folder", lambda: shutil.rmtree(self.root))

    def _step(self, what: str, work: Callable[[], T]) -> T:
        try:
            return work()
        except OSError as failure:
            why = failure.strerror or str(failure)
        except ProdError as failure:
            why = failure.what
        raise ProdError(f"step `{what}` failed: {why}", where=str(self.root), todo="nothing is left of the production")

    def _clone(self, staging: Path) -> None:
        """Clone the repository of the template, with the same remote, and begin the branch."""
        source = self.repository or Path()
        self._step("git clone", lambda: git(source, "clone", "--quiet", str(source), str(staging)))
        try:
            remote = git(source, "remote", "get-url", "origin").decode().strip()
        except ProdError:
            remote = str(source)
        self._step("git remote", lambda: git(staging, "remote", "set-url", "origin", remote))
        self._step("git checkout", lambda: git(staging, "checkout", "--quiet", "-b", self.branch))

    def _copy(self, copy: Path) -> None:
        shutil.copytree(self.files.template, copy, ignore=shutil.ignore_patterns(*_UNWANTED), symlinks=True)
        runs = dict.fromkeys(self.run_lists, self.runs)
        for place, text in (*self.files.texts.items(), *runs.items()):
            (copy / place).parent.mkdir(parents=True, exist_ok=True)
            (copy / place).write_text(text)

    def _commit(self, staging: Path) -> None:
        message = f"Set up the production {self.name}"
        for words in (
            ("add", "--force", self.folder.name),
            ("commit", "--quiet", "-m", message),
            ("tag", "-a", self.git_tag, "-m", message),
        ):
            self._step(f"git {words[0]}", lambda words=words: git(staging, *words))  # type: ignore[misc]


def repository_of(template: Path) -> Path | None:
    """The git repository of a template; None if there is none."""
    try:
        return Path(os.fsdecode(git(template, "rev-parse", "--show-toplevel")).strip())
    except ProdError:
        return None
