"""What shells are told: file names only where a file is meant, and every word of an option that takes many.

Typer's own scripts let a shell offer file names wherever there is no other word.
"""

from collections.abc import Callable
from functools import cache
from typing import Any

from typer import _completion_classes as classes
from typer import _completion_shared as shared
from typer._click.shell_completion import CompletionItem

from prodcli.cli.commands.folding import open_option

FILES = "@files"  # the end of the answer where the shell itself is to offer files
_BASH = """
%(complete_func)s() {
    local IFS=$'\n'
    COMPREPLY=( $( env COMP_WORDS="${COMP_WORDS[*]}" \\
                   COMP_CWORD=$COMP_CWORD \\
                   %(autocomplete_var)s=complete_bash $1 ) )
    if [[ ${COMPREPLY[0]} == *@files ]]; then
        COMPREPLY=()
        compopt -o default
    fi
    return 0
}

complete -F %(complete_func)s %(prog_name)s
"""
_ZSH = """
#compdef %(prog_name)s

%(complete_func)s() {
  local answer
  answer="$(env _TYPER_COMPLETE_ARGS="${words[1,$CURRENT]}" %(autocomplete_var)s=complete_zsh %(prog_name)s)"
  case $answer in
    *@files*) _files ;;
    _files) ;;
    *) eval "$answer" ;;
  esac
}

if [[ $zsh_eval_context[-1] == loadautofunc ]]; then
  %(complete_func)s "$@"
else
  compdef %(complete_func)s %(prog_name)s
fi
"""
_FISH = """
function __%(prog_name)s_words
    env %(autocomplete_var)s=complete_fish _TYPER_COMPLETE_FISH_ACTION=get-args _TYPER_COMPLETE_ARGS=(commandline -cp) %(prog_name)s
end

complete --command %(prog_name)s --no-files --arguments "(__%(prog_name)s_words | string match --invert '*@files')"
complete --command %(prog_name)s --force-files --condition "__%(prog_name)s_words | string match --quiet '*@files'"
"""


@cache  # what is adapted already is not adapted again
def adapt_shells() -> None:
    """Put these scripts in the place of Typer's, and complete every word of an option that takes many."""
    classes.completion_init()
    kinds: dict[str, Any] = {"bash": classes.BashComplete, "zsh": classes.ZshComplete, "fish": classes.FishComplete}
    for shell, script in (("bash", _BASH), ("zsh", _ZSH), ("fish", _FISH)):
        kind = kinds[shell]
        shared._completion_scripts[shell] = kind.source_template = script
        kind.get_completion_args = _with_open_option(kind.get_completion_args)


def script_of(shell: str) -> str:
    """The script that a shell loads."""
    return shared.get_completion_script(prog_name="prodcli", complete_var="_PRODCLI_COMPLETE", shell=shell) + "\n"


def _with_open_option(read: Callable[[Any], tuple[list[str], str]]) -> Callable[[Any], tuple[list[str], str]]:
    """Say an option once more before its second word and those that follow."""

    def read_again(shell: Any) -> tuple[list[str], str]:
        args, incomplete = read(shell)
        return [*args, *filter(None, [open_option(args, incomplete)])], incomplete

    return read_again


def words_or_files(words: list[Any], incomplete: str) -> list[Any]:
    """The words for a place where a file may stand as well; files if there is no word."""
    return words or [CompletionItem(f"{incomplete}{FILES}")]


def offer_files(command: Any) -> None:
    """Let the shell offer files for the parameters of a command that are paths."""
    for one in command.params:
        if one.type.name in ("path", "file", "directory") and one._custom_shell_complete is None:
            one._custom_shell_complete = lambda _context, _parameter, incomplete: [f"{incomplete}{FILES}"]
