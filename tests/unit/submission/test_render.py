"""Templates: what a description cannot hold never gets into one, and a site may bring its own."""

from pathlib import Path
from typing import Any

import pytest

from prodcli.errors import ConfigError, ProdError, RuleError
from prodcli.rules.layout import Job, Layout
from prodcli.submission.context import make_items, render_context
from prodcli.submission.render import SUBMIT_TEMPLATE, arguments, expression, render, string_literal, text
from tests.support.library_rules import load


@pytest.mark.parametrize("filter_", [text, expression, arguments, string_literal])
@pytest.mark.parametrize("value", ["a\nqueue 1000", "a\rb", "a\0b", "a\x1b[0m", "a\\", "\ud800", "a\u2028b"])
def test_more_than_one_line_is_refused_anywhere(filter_: Any, value: str) -> None:
    with pytest.raises(RuleError, match="cannot stand in a submit description"):
        filter_(value)


def test_each_place_refuses_its_own_quotes() -> None:
    for filter_, value in ((text, "'"), (text, '"'), (arguments, '"'), (string_literal, '"')):
        with pytest.raises(RuleError, match="cannot stand"):
            filter_(value)
    assert expression('Arch == "X86_64"') == 'Arch == "X86_64"'
    assert arguments("a 'b c' größer") == "a 'b c' größer"
    assert string_literal("größer 'x'") == "\"größer 'x'\""
    assert string_literal("a\\b") == '"a\\b"'
    assert text(7) == "7"


def context(**more: Any) -> dict[str, Any]:
    """What the template of a small submission gets."""
    layout = Layout(load("seed"))
    return render_context(layout, make_items([layout.fields(Job(1, 0, 1, 1))]), "claim", "/c/items.csv") | more


@pytest.mark.parametrize("key", ["batch_name", "executable", "items_file", "claim", "tag"])
def test_hostile_values_do_not_get_through(key: str) -> None:
    with pytest.raises(RuleError, match="cannot stand in a submit description"):
        render(SUBMIT_TEMPLATE, context(**{key: 'x"\nexecutable = /bin/rm'}))


def test_on_hold_for_inspection() -> None:
    assert "\nhold = true\n" in render(SUBMIT_TEMPLATE, context(hold=True))
    assert "hold = true" not in render(SUBMIT_TEMPLATE, context())


def own(folder: Path, content: str | bytes) -> Path:
    """A site's own folder of templates with a submit template."""
    file = folder / SUBMIT_TEMPLATE
    file.parent.mkdir()
    file.write_bytes(content.encode() if isinstance(content, str) else content)
    return folder


@pytest.mark.parametrize(
    "code",
    [
        "{{ ''.__class__.__mro__[1].__subclasses__() }}",
        "{{ cycler.__init__.__globals__.os.system('touch /tmp/x') }}",
        "{{ self.__init__.__globals__ }}",
        "{{ '{0.__class__}'.format(batch_name) }}",
        "{% set _ = items.append(1) %}",
    ],
)
def test_a_template_runs_no_code(tmp_path: Path, code: str) -> None:
    with pytest.raises(ConfigError, match=r"template condor/job\.sub\.j2.*(unsafe|not safely callable)"):
        render(SUBMIT_TEMPLATE, context(items=[]), own(tmp_path, code))


def test_a_sites_own_template_comes_first(tmp_path: Path) -> None:
    assert render(SUBMIT_TEMPLATE, context(), own(tmp_path, "{{ batch_name | text }}!\n")).startswith("main.seed_")
    assert "executable" in render(SUBMIT_TEMPLATE, context(), tmp_path / "nothing here")


@pytest.mark.parametrize(
    "content",
    ["{{ nobody }}", "{{ rule.nobody.x }}", "{% if %}", "{{ 1 + 'a' }}", "{{ rule | nobody }}", "{{ 1 / 0 }}", b"\xff"],
)
def test_a_template_that_does_not_work_is_one_line(tmp_path: Path, content: str | bytes) -> None:
    with pytest.raises(ConfigError, match="template condor/job.sub.j2"):
        render(SUBMIT_TEMPLATE, context(), own(tmp_path, content))


def test_a_template_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(ProdError, match="there is no template nobody.j2"):
        render("nobody.j2", {}, tmp_path)
