"""Start a production on the command line: preview, question, work, and what the check of its files finds."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from prodcli.errors import ProdError, RuleError, UsageError

if TYPE_CHECKING:
    from prodcli.cli.context import Session
    from prodcli.cli.productions.new_options import NewOptions
    from prodcli.productions.lint import ProductionFinding
    from prodcli.productions.start import NewProduction


def start(session: Session, said: NewOptions) -> None:
    """Show what will be made, ask, make it, and show the lines for crontabs; raises UsageError for a name that is taken."""
    from prodcli.cli.consent import require_consent
    from prodcli.cli.productions.production_tables import step_table
    from prodcli.db.schema import require_current
    from prodcli.productions.booked import productions

    books = session.database("production", read_only=said.dry_run)
    require_current(books)
    new = _new(session, said)
    if new.name in productions(books):
        raise UsageError(f"there is a production {new.name} already", todo="prodcli production list shows all")
    new.require_possible()
    (session.summarize_table if said.yes else session.show)(step_table(new, said.dry_run))
    if said.dry_run:
        return
    git = f", with the branch {new.branch} and the tag {new.git_tag}" if new.repository else ""
    require_consent(f"Make {new.root}{git}?", said.yes)
    new.act()
    _book(session, new)
    _tell(session, new)


def _new(session: Session, said: NewOptions) -> NewProduction:
    from prodcli.productions.production_files import ProductionFiles
    from prodcli.productions.start import NewProduction, repository_of

    if not said.template.is_dir():
        raise UsageError("the template folder does not exist", where=str(said.template), todo="--from FOLDER")
    files = ProductionFiles(said.template, said.filling())
    repository = None if said.no_git else repository_of(said.template)
    if repository is None and not said.no_git:
        session.warn(f"{said.template}: no git repository: no branch and no tag are made")
    return NewProduction(files, _runs(session, said), repository)


def _runs(session: Session, said: NewOptions) -> str:
    """The text of the run list: each run on its line; empty if no runs are named."""
    from prodcli.cli.run_options import read_selection

    if not said.runs and said.runlist is None:
        return ""
    chosen = read_selection(session, list(said.runs), said.runlist)
    return "".join(f"{run}\n" for low, high in chosen.spans for run in range(low, high + 1))


def _book(session: Session, new: NewProduction) -> None:
    """Write the production into the books; if they refuse, its folder is taken away again."""
    from prodcli.cli.notes import author_of, note_action
    from prodcli.hierarchy.books import declare
    from prodcli.hierarchy.declared import declared
    from prodcli.productions.booked import add
    from prodcli.productions.lint import ProductionFolder

    books, folder = session.database("production"), ProductionFolder(new.root, session.rule_site)
    try:
        there = add(books, new.name, str(new.root), folder.rules, author_of(""))
    except ProdError:
        new.undo()
        raise
    if not there:
        new.undo()
        raise UsageError(f"somebody else has started a production {new.name} just now", todo="another name")
    note_action(session, "production new", f"{new.root}", rule=new.name, tag=new.files.filling.tag)
    try:
        declare(books, declared(new.name, folder), author_of(""))
    except (RuleError, UsageError) as failure:  # the check of the files, which comes last, says the rest
        session.warn(f"steps and groups are not in the books: {failure}; then: prodcli campaign create {new.name}")


def _tell(session: Session, new: NewProduction) -> None:
    """Say what is left to do: findings, lines for crontabs, the push."""
    from prodcli.cli.steering.crontab_lines import of_files

    for one in found_by_lint(session, new.name):
        session.warn(f"{one.where}: {f'{one.rule}: ' if one.rule else ''}{one.what}")
    pilots = [new.folder / one for one in new.files.steering_files]
    lines = [f"# crontab.{host}\n{line}" for host in new.files.hosts for line in of_files(session, pilots, 20, host)]
    session.summarize("\n".join([f"{new.name} is started in {new.root}", *lines]))
    files = " ".join(map(str, pilots))
    session.say(f"next: prodcli cron install {files} on its hosts")
    if new.repository is not None:
        session.say(f"nothing is pushed: git -C {new.root} push --follow-tags -u origin {new.branch}")


def found_by_lint(session: Session, word: str) -> list[ProductionFinding]:
    """The findings in a production, by its name or folder; raises UsageError for an unknown one, RuleError for a circle."""
    from prodcli.chains.picture import Picture
    from prodcli.cli.chains.graph import with_progress
    from prodcli.config.find_config import current_folder
    from prodcli.names import did_you_mean
    from prodcli.productions.booked import productions
    from prodcli.productions.lint import ProductionFinding, ProductionFolder, ProductionLint

    booked = productions(session.database("production", read_only=True)) if session.has_config else {}
    folder = Path(booked[word].folder) if word in booked else (current_folder() / word).resolve()
    if not folder.is_dir():
        raise UsageError(
            f"there is no production {word!r:.80}{did_you_mean(word, booked) if booked else ''}", where="NAME|DIR"
        )
    production = ProductionFolder(folder, session.rule_site)
    found = list(ProductionLint(production, folder.name.removeprefix("dir_"), list(booked.values())).findings())
    if production.rules:
        picture = with_progress(session, Picture(production.chain))
        found += [ProductionFinding(str(folder), "", "error", line) for line in picture.warnings]
    return found
