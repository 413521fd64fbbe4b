"""Rules and the site profile as the library has them, made without a file."""

from functools import cache
from typing import Any

from prodcli.config.profile import Site, site_from_mapping
from prodcli.config.yaml_files import read_yaml
from prodcli.errors import RuleError
from prodcli.resources import profile_file
from prodcli.rules.check import check_rule, require_rule
from prodcli.rules.layout import check_templates
from prodcli.rules.model import Overrides, Rule
from tests.support.rule_files import RULES

FILE = "/rules/rules.yaml"


def profile() -> dict[str, Any]:
    """The built-in profile as its file has it; yours to change."""
    return read_yaml(profile_file("sphenix"), RuleError)


@cache
def sphenix() -> Site:
    """The built-in profile."""
    return site_from_mapping("sphenix", profile())


def changed(name: str, **more: Any) -> dict[str, Any]:
    """One of the test rules with other values: `job_priority=1`; None takes a key out."""
    spec = {section: dict(values) for section, values in RULES[name].items()}
    for key, value in more.items():
        section, _, field = key.partition("_")
        spec[section].pop(field, None)
        if value is not None:
            spec[section][field] = value
    return spec


def load(name: str, overrides: Overrides | None = None, site: Site | None = None, **more: Any) -> Rule:
    """One of the test rules, checked and completed; raises RuleError."""
    rule = require_rule(
        check_rule(name, changed(name, **more), site or sphenix(), file=FILE, overrides=overrides), FILE
    )
    check_templates(rule)
    return rule
