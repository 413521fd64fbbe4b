"""File names that tools trip over: blanks, quotes, commands, patterns, escapes, bytes that are no text; the same at each call."""

import os
import random

_PARTS = (
    *(
        " ",
        "  ",
        "'",
        '"',
        "\\",
        "`id`",
        "$(touch x)",
        "${HOME}",
        "$$",
        "!!",
        "%d",
        "%s%n",
        "#",
        "&",
        "|",
        ";",
        "<",
        ">",
    ),
    *(
        "*",
        "?",
        "[x]",
        "[!x]",
        "{a,b}",
        "~",
        "^",
        "=",
        "@",
        ",",
        "+",
        "--",
        "-n",
        "..",
        "(",
        ")",
        "\n",
        "\r",
        "\t",
        "\x1b[31m",
    ),
    *(
        "\x01",
        "\x7f",
        ":",
        "::",
        "\u00fc",
        "\u65e5\u672c",
        "e\u0301",
        "\u202e",
        "\u200b",
        "\u00a0",
        "\U0001f600",
        "\udcff",
        "\udcc3",
    ),
    *("NULL", "1e9", "x' OR '1'='1", "x" * 40),
)
_LONGEST = 240  # bytes; the last of them leave no room for what is written behind a name


def hostile_names(number: int) -> list[str]:
    """Different names that end in `.root`, each part of the list above once alone, then many parts; bytes as Python has them."""
    dice = random.Random(number)
    names = dict.fromkeys(f"{part}.root" for part in _PARTS)
    while len(names) < number:
        name = "".join(dice.choices((*_PARTS, "DST_CALO", "run3auau", "00066456"), k=dice.randint(2, 8))) + ".root"
        if len(os.fsencode(name)) <= _LONGEST:
            names[name] = None
    return list(names)[:number]
