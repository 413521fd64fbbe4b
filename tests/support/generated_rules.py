"""Rules without inputs, and a site profile that has their dsttype."""

from typing import Any

from prodcli.config.profile import Site, site_from_mapping
from prodcli.rules.model import Rule
from tests.support.library_rules import FILE, check_rule, check_templates, profile, require_rule
from tests.support.rule_files import rule

SITE: dict[str, Any] = {"dsttypes": {"DST_SIM": {"match": "generate"}}}


def generated_site() -> Site:
    """The built-in profile with a dsttype that is generated."""
    made = profile()
    made["dsttypes"] = {**made["dsttypes"], **SITE["dsttypes"]}
    return site_from_mapping("with a simulation", made)


def generated_rule(jobs: object = 5, runs: object = "1-2", **more: Any) -> dict[str, Any]:
    """A rule as its file has it; `more` as for `rule`."""
    return rule("DST_SIM", "ana.540", "2025p012", input_generate={"jobs": jobs, "runs": runs}, **more)


def load_generated(jobs: object = 5, runs: object = "1-2", **more: Any) -> Rule:
    """The rule, checked and completed; raises RuleError."""
    made = require_rule(check_rule("Sim", generated_rule(jobs, runs, **more), generated_site(), file=FILE), FILE)
    check_templates(made)
    return made
