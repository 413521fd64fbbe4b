"""dashboard html: the site in a folder."""

from pathlib import Path

import pytest

from prodcli.pages.links import campaign
from tests.support.waiting_jobs import submit_words
from tests.support.workspace import COMBINATIONS, Workspace

LOCAL = pytest.mark.parametrize(("database", "batch"), COMBINATIONS[:2])
TAG = "ana537_2025p010_v007"


def site_of(workspace: Workspace, *words: object) -> Path:
    """Write a site with the jobs of a tag; returns its folder."""
    workspace.ok(*submit_words(workspace, job_request_memory="2 GB", params_version=7), "--maxjobs", 8)
    workspace.ok("dashboard", "html", workspace.folder / "site", *words)
    return workspace.folder / "site"


@LOCAL
def test_the_index_has_each_campaign_and_leads_to_its_steps(real: Workspace) -> None:
    text = (site_of(real) / "index.html").read_text()
    page = campaign(TAG, "tracking")
    assert f'<a href="{page}">{TAG}</a>' in text
    assert f'<td class="right" data-order="8"><a href="{page}">8</a></td>' in text


@LOCAL
def test_files_that_are_no_pages_are_never_replaced(real: Workspace) -> None:
    folder = real.folder / "photos"
    folder.mkdir()
    (folder / "one.png").touch()
    answer = real.run("dashboard", "html", folder)
    assert (answer.code, "something else" in answer.err) == (2, True)
    assert [one.name for one in folder.iterdir()] == ["one.png"]


@LOCAL
def test_new_pages_take_the_place_of_the_old_ones(real: Workspace) -> None:
    folder = site_of(real)
    (folder / "campaign-gone.html").touch()
    real.ok("dashboard", "html", folder)
    assert not (folder / "campaign-gone.html").exists()
    assert [one.name for one in folder.parent.iterdir() if "site" in one.name] == ["site"]


@LOCAL
def test_a_tag_that_no_job_has_is_told(real: Workspace) -> None:
    folder = site_of(real, "--tag", TAG)
    answer = real.run("dashboard", "html", folder, "--tag", TAG, "ana537_2025p010_v008", quiet=False)
    assert (answer.code, "pages: " in answer.out) == (0, True)
    told = [line for line in answer.err.splitlines() if "no job has the tag" in line]
    assert told == [f"prodcli: no job has the tag 'ana537_2025p010_v008'; did you mean {TAG!r}?"]
