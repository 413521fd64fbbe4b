"""The addresses of pages: plain names, and none that two pages share."""

import re

from prodcli.pages import links


def test_a_plain_tag_names_its_page() -> None:
    assert links.campaign("ana537_2025p010_v001") == "campaign-ana537_2025p010_v001.html"


def test_names_of_files_are_plain_and_tell_hostile_tags_apart() -> None:
    pages = [links.campaign(tag) for tag in ("../x", "__/x", ".._x", "<b>", "x" * 300, "x" * 301)]
    assert len(set(pages)) == len(pages)
    assert all(re.fullmatch(r"[A-Za-z0-9_.-]{1,200}", one) for one in pages)
    assert links.step("a.b", "c", "d") != links.step("a", "b.c", "d")


def test_tracking_and_calo_of_a_tag_have_pages_of_their_own() -> None:
    pages = [
        links.campaign("t"),
        links.campaign("t", "calo"),
        links.campaign("t", "tracking"),
        links.campaign("t.calo"),
    ]
    assert len(set(pages)) == len(pages)


def test_the_address_of_rows_says_what_is_chosen() -> None:
    assert links.rows("x.html", "jobs", run=66456, state="held") == "x.html#jobs.run=66456&jobs.state=held"
    assert links.rows("x.html", "jobs", node="a b&c") == "x.html#jobs.node=a%20b%26c"
    assert links.found_rows("x.html", "jobs", "a b&c") == "x.html#jobs.search=a%20b%26c"
