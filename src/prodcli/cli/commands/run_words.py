"""Runs without an option: `prodcli why 66478` is `prodcli why --runs 66478`, for every verb that has no words of its own."""

from typing import Any

from typer.core import TyperArgument

from prodcli.cli.complete import complete_selectors
from prodcli.errors import UsageError


def take_runs_as_words(command: Any) -> None:
    """Give a command that chooses runs an argument for them, unless the command has arguments already."""
    arguments = hasattr(command, "commands") or any(one.param_type_name == "argument" for one in command.params)
    if arguments or all(one.name != "runs" for one in command.params):
        return
    words: Any = TyperArgument(param_decls=["run_words"], nargs=-1, metavar="[RUNS]...", help="Runs, as for --runs.")
    words._custom_shell_complete = lambda context, _parameter, incomplete: complete_selectors(context, incomplete)
    command.params.append(words)
    work = command.callback

    def with_runs(run_words: tuple[str, ...], runs: list[str] | None, **said: Any) -> Any:
        for word in run_words:
            if word.endswith((".yaml", ".yml")):
                raise UsageError(f"{word!r:.200} is no run", todo=f"a rule file stands after -c: -c {word:.200}")
        return work(runs=[*run_words, *(runs or ())] or None, **said)

    command.callback = with_runs
