"""campaign request, requests, approve; and passes that submit approved campaigns alone."""

from pathlib import Path

import pytest

from tests.support.request_forms import TAG, write_form
from tests.support.rule_files import RULES, write_rules
from tests.support.steering_files import write_steering
from tests.support.workspace import Workspace, seeded_catalog


@pytest.fixture
def site(workspace: Workspace) -> Workspace:
    """A site with runs of which nothing is submitted."""
    workspace.load(seeded_catalog(1))
    workspace.sql("DELETE FROM production_jobs")
    workspace.sql("DELETE FROM production_overview")
    return workspace


@pytest.fixture
def strict(site: Workspace) -> Workspace:
    """A site that submits approved campaigns alone."""
    site.settings["site"] = {**site.settings.get("site", {}), "approved_only": True}
    site.write()
    return site


def rules(workspace: Workspace) -> Path:
    return write_rules(workspace.folder / "rules", {"mvtxme": RULES["mvtxme"]})


def overview(workspace: Workspace) -> list[tuple[object, ...]]:
    found = workspace.sql("SELECT tag, production_type, priority, active FROM production_overview ORDER BY 1, 2")
    return [(tag, of, int(priority), active in (True, 1, "1")) for tag, of, priority, active in found]


def test_an_incomplete_form_is_refused_line_by_line(site: Workspace) -> None:
    file = write_form(site.folder, purpose=None, contact="", runs="everything", color="red")
    answer = site.run("campaign", "request", file, "--format", "json")
    assert answer.code == 3
    assert [row["key"] for row in answer.data] == ["contact", "purpose", "color", "runs"]
    assert "the form lacks 4 things: nothing is requested" in answer.err
    assert site.json("campaign", "requests") == []


def test_a_request_waits_until_it_is_approved(site: Workspace) -> None:
    site.ok("campaign", "request", write_form(site.folder), "--dry-run")
    assert site.json("campaign", "requests") == []
    site.ok("campaign", "request", write_form(site.folder, purpose="first"))
    site.ok("campaign", "request", write_form(site.folder, purpose="jet energy scale"))
    site.ok("campaign", "request", write_form(site.folder, tag="ana537_2025p010_v002"))
    rows = site.json("campaign", "requests")
    assert [(row["tag"], row["state"], row["priority"], row["purpose"]) for row in rows] == [
        (TAG, "requested", None, "jet energy scale"),
        ("ana537_2025p010_v002", "requested", None, "jet energy scale"),
    ]
    assert (rows[0]["dsttypes"], rows[0]["runs"]) == ("DST_TRKR_MVTXME, DST_CALO", "66400-66700")
    site.ok("campaign", "approve", TAG, "--priority", 3)
    assert overview(site) == [(TAG, "calo", 3, False), (TAG, "tracking", 3, False)]
    assert [row["state"] for row in site.json("campaign", "requests")] == ["requested", "approved"]
    answer = site.run("campaign", "request", write_form(site.folder))
    assert (answer.code, "is approved already" in answer.err) == (1, True)
    site.ok("campaign", "approve", TAG, "--priority=-1")
    assert overview(site) == [(TAG, "calo", -1, False), (TAG, "tracking", -1, False)]
    answer = site.run("campaign", "approve", "ana537_2025p010_v003")
    assert (answer.code, "nobody has requested 'ana537_2025p010_v003'; did you mean" in answer.err) == (2, True)


def test_passes_submit_approved_campaigns_alone(strict: Workspace) -> None:
    words = ("submit", "-c", rules(strict), "-r", "mvtxme", "--maxjobs", 1)
    answer = strict.run(*words)
    assert (answer.code, f"nobody has requested {TAG}" in answer.err) == (1, True)
    assert f"nobody has requested {TAG}" in strict.ok(*words, "-n").err
    strict.ok("campaign", "request", write_form(strict.folder))
    for scouts in ((), ("--scout", 1)):
        answer = strict.run(*words, *scouts)
        assert (answer.code, f"the request of {TAG} by the jet group is not approved" in answer.err) == (1, True)
    assert strict.sql("SELECT COUNT(*) FROM production_jobs") == [(0,)]
    strict.ok("campaign", "approve", TAG)
    strict.ok("submit", "-c", rules(strict), "-r", "mvtxme", "--scout", 1)
    strict.ok(*words)
    assert strict.sql("SELECT COUNT(*) FROM production_jobs") == [(2,)]


def test_loops_say_that_a_campaign_is_not_approved(strict: Workspace) -> None:
    file = write_steering(strict.folder, {"mvtxme": {"config": str(rules(strict)), "submit": True}})
    strict.ok("campaign", "request", write_form(strict.folder))
    said = f"the request of {TAG} by the jet group is not approved"
    answer = strict.run("control", "-f", file, "--format", "json")
    assert (answer.code, said in " ".join(answer.out.split())) == (0, True), answer
    assert strict.sql("SELECT COUNT(*) FROM production_jobs") == [(0,)]
    strict.ok("campaign", "approve", TAG)
    strict.ok("control", "-f", file)
    assert strict.sql("SELECT COUNT(*) FROM production_jobs") != [(0,)]
