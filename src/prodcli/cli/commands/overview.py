"""What `prodcli` alone shows: the verbs in groups, on a screen of 80 by 24."""

from itertools import groupby

from prodcli.cli.command_groups import ENTRIES

MOST_DAYS = "Most days: prodcli harvest; prodcli query; prodcli rescue"
_WIDTH = 78
_END = f"""
{MOST_DAYS}
All verbs: prodcli help; one verb: prodcli help VERB; words: prodcli help words
A first try without a lab: prodcli demo"""


def overview() -> str:
    """The verbs by what people do, and where to read on."""
    lines = ["Usage: prodcli [OPTIONS] VERB ...", ""]
    for group, verbs in groupby(ENTRIES, key=lambda verb: ENTRIES[verb].group):
        name, _, meaning = group.removesuffix(")").partition(" (")
        lines += [f"{name}: {meaning}", *_filled(list(verbs))]
    return "\n".join([*lines, _END])


def _filled(words: list[str]) -> list[str]:
    """Words in lines that are no longer than the screen is wide."""
    lines = [" "]
    for word in words:
        if len(lines[-1]) + 2 + len(word) > _WIDTH:
            lines.append(" ")
        lines[-1] += f" {word} "
    return [line.rstrip() for line in lines]
