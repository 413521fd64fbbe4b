"""The screens under docs/screens are those that prodcli shows, and at 80 columns no word or number is cut."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import missing
from tests.screens.make import make, why_missing
from tests.screens.screens import SCREENS
from tests.support.rule_files import REPOSITORY

KEPT = REPOSITORY / "docs" / "screens"
NAMES = [screen.name for screen in SCREENS]
WHOLE = re.compile(r"[A-Za-z]*[0-9_][\w.:/@+-]*")  # words that a fold would make wrong: names, numbers, paths
AGE = re.compile(r"([0-9]+(s|m|h|d|min)-?)+")  # narrow screens have a shorter form of these

pytestmark = pytest.mark.limit(400)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder with the screens as they are now."""
    if reason := why_missing():
        missing("faketime", reason)
    folder = tmp_path_factory.mktemp("screens")
    make(folder)
    yield folder


def face(page: Path, name: str) -> str:
    """What a page has for a face; a face that is as another one is that one's."""
    parts = dict(re.findall(r"^## (.+?)\n\n(.*?)(?=^## |\Z)", page.read_text(), re.MULTILINE | re.DOTALL))
    same = re.fullmatch(r"As (.+)\.\n*", parts[name])
    return face(page, same[1]) if same else str(parts[name])


@pytest.mark.parametrize("name", NAMES)
def test_a_screen_is_as_it_was_looked_at(made: Path, name: str) -> None:
    """After a change: `make screens`, look at each difference, and commit what you like."""
    assert (made / f"{name}.md").read_text() == (KEPT / f"{name}.md").read_text()


def test_no_page_is_left_of_a_screen_that_is_gone() -> None:
    assert sorted(page.stem for page in KEPT.glob("*.md")) == sorted(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_no_name_or_number_is_cut_at_80_columns(made: Path, name: str) -> None:
    narrow, *wide = (set(WHOLE.findall(face(made / f"{name}.md", one))) for one in ("80x24", "200x50", "piped"))
    assert {word for word in narrow.difference(*wide) if not AGE.fullmatch(word)} == set()
