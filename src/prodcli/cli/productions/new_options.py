"""The options that say what a new production is; what they leave open is asked on a terminal."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from prodcli.cli import options
from prodcli.cli.option_groups import Verb, takes
from prodcli.errors import UsageError

if TYPE_CHECKING:
    from prodcli.productions.template import Filling

_TAGGED = re.compile(r".*_(?P<build>[^_]+)_(?P<dbtag>[^_]+)_v(?P<version>\d{3,})")


@dataclass(frozen=True)
class NewOptions:
    """What the command line says of a new production."""

    name: str
    template: Path
    into: Path
    build: str
    dbtag: str
    version: int | None
    prefix: str
    intriplets: tuple[str, ...]
    runs: tuple[str, ...]
    runlist: Path | None
    no_git: bool
    dry_run: bool
    yes: bool

    def filling(self) -> Filling:
        """What the template is filled with; raises UsageError for what cannot be."""
        from prodcli.names import TOKEN
        from prodcli.productions.template import Filling

        if not TOKEN.fullmatch(self.name):
            raise UsageError(f"{self.name!r:.80} is no name: letters, digits and . _ + - are allowed", where="NAME")
        build, dbtag = self._word("build", self.build), self._word("dbtag", self.dbtag)
        version = self._version()
        if not version and build != "new":
            raise UsageError(f"the fixed build {build} needs version 1 or more", where="--version")
        prefix = self.prefix or build.replace(".", "")
        for option, word in (("--build", build), ("--dbtag", dbtag), ("--prefix", prefix)):
            if not TOKEN.fullmatch(word):
                raise UsageError(f"{word!r:.80}: letters, digits and . _ + - are allowed", where=option)
        root = self.into / self.name
        return Filling(
            self.name, build, dbtag, version, prefix, str(root), str(root / f"dir_{self.name}"), self._intriplets()
        )

    def _version(self) -> int:
        if self.version is not None:
            return self.version
        word = self._word("version", "").removeprefix("v")
        if not word.isdecimal():
            raise UsageError(f"{word!r:.80} is no number", where="--version")
        return int(word)

    def _word(self, what: str, given: str) -> str:
        """A word of the tag: by its option, else by the name of the production, else by a question."""
        from prodcli.cli.consent import can_ask, typed

        named = _TAGGED.fullmatch(self.name)
        if given:
            return given
        if named:
            return named[what]
        if not can_ask():
            raise UsageError(
                f"the {what} is not known",
                where=self.name,
                todo=f"--{what}, or a name like run3oo_calo_pro001_pcdb001_v001",
            )
        return typed(f"{what} of the production: ")

    def _intriplets(self) -> dict[str, str]:
        from prodcli.names import is_triplet

        found = dict(one.partition("=")[::2] for one in self.intriplets)
        for rule, tag in found.items():
            if not rule or not is_triplet(tag):
                raise UsageError(
                    f"'{rule}={tag}' is no RULE=TRIPLET", where="--intriplet", todo="like CALO=ana537_2025p010_v001"
                )
        return found


def _new_options(
    context: typer.Context,
    name: Annotated[str, typer.Argument(metavar="NAME", help="Like run3oo_calo_pro001_pcdb001_v001.")],
    template: Annotated[Path, typer.Option("--from", metavar="DIR", help="Template folder with rules and a pilot.")],
    into: Annotated[Path, typer.Option("--into", metavar="DIR", help="Folder that gets the production.")] = Path(),
    build: Annotated[str, typer.Option("--build", help="Default: by the name.")] = "",
    dbtag: Annotated[str, typer.Option("--dbtag", help="Default: by the name.")] = "",
    version: Annotated[int | None, typer.Option("--version", min=0, help="Default: by the name.")] = None,
    prefix: Annotated[str, typer.Option("--prefix", help="Of the names of rules; default: the build.")] = "",
    intriplet: Annotated[
        list[str] | None,
        typer.Option("--intriplet", metavar="RULE=TRIPLET...", help="Inputs of rules, by name or dsttype."),
    ] = None,
    runs: options.Runs = None,
    runlist: options.RunList = None,
    no_git: Annotated[bool, typer.Option("--no-git", help="Make no clone, branch and tag.")] = False,
    dry_run: options.DryRun = False,
    yes: options.Yes = False,
) -> NewOptions:
    from prodcli.config.find_config import current_folder

    here = current_folder()
    given = (tuple(intriplet or ()), tuple(runs or ()), runlist, no_git, dry_run, yes)
    return NewOptions(name, (here / template).resolve(), (here / into).resolve(), build, dbtag, version, prefix, *given)


def says_what_is_new(function: Verb) -> Verb:
    """Give a verb the options of a new production; the verb gets their values as its second argument."""
    return takes(_new_options)(function)
