"""Groups of options: a verb takes several, in any order, and a group takes another one."""

from dataclasses import dataclass
from typing import Annotated

import pytest
import typer
from typer.testing import CliRunner

from prodcli.cli.option_groups import Verb, takes

Word = Annotated[str, typer.Option("--word")]
Count = Annotated[int, typer.Option("--count")]
Deep = Annotated[bool, typer.Option("--deep")]


@dataclass(frozen=True)
class Words:
    """The value of a group."""

    word: str


@dataclass(frozen=True)
class Counts:
    """The value of another group, which has the first one."""

    words: Words
    count: int
    unit: str


def words(context: typer.Context, word: Word = "none") -> Words:
    return Words(word)


@takes(words, first=True)
def counts(context: typer.Context, taken: Words, count: Count = 1, *, unit: str = "jobs") -> Counts:
    return Counts(taken, count, unit)


def said(verb: Verb, *options: str) -> list[str]:
    app = typer.Typer()
    app.command()(verb)
    found = CliRunner().invoke(app, list(options))
    assert found.exit_code == 0, found.output
    return found.output.splitlines()


def of_both(context: typer.Context, one: Words, other: Counts, deep: Deep = False) -> None:
    typer.echo(f"{one} {other} {deep}")


OUTER_COUNTS = takes(counts, {"word"}, unit="runs")(takes(words, first=True)(of_both))
OUTER_WORDS = takes(words)(takes(counts, {"word"}, first=True, unit="runs")(of_both))


@pytest.mark.parametrize("verb", [OUTER_COUNTS, OUTER_WORDS])
def test_each_group_gives_its_value_in_any_order(verb: Verb) -> None:
    expected = [f"{Words('a')} {Counts(Words('none'), 3, 'runs')} True"]
    assert said(verb, "--word", "a", "--count", "3", "--deep") == expected
    assert said(verb) == [f"{Words('none')} {Counts(Words('none'), 1, 'runs')} False"]


@pytest.mark.parametrize(
    ("verb", "order"), [(OUTER_COUNTS, ["--word", "--deep", "--count"]), (OUTER_WORDS, ["--count", "--deep", "--word"])]
)
def test_options_stand_in_the_order_of_the_groups(verb: Verb, order: list[str]) -> None:
    text = "\n".join(said(verb, "--help"))
    assert sorted(order, key=text.index) == order


def test_a_group_has_the_options_of_the_group_that_it_takes() -> None:
    @takes(counts)
    def verb(context: typer.Context, taken: Counts) -> None:
        typer.echo(str(taken))

    assert said(verb, "--word", "a") == [str(Counts(Words("a"), 1, "jobs"))]


def test_a_verb_must_have_one_parameter_of_the_type_of_the_group() -> None:
    def verb(context: typer.Context, deep: Deep = False) -> None:
        typer.echo(str(deep))

    with pytest.raises(ValueError, match="not enough values"):
        takes(words)(verb)
