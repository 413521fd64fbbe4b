"""The JSON Schema of rule files, for completion and checks in editors.

Pure: data in, data out.
"""

from typing import Any

from pydantic import TypeAdapter

from prodcli.config.profile import Site
from prodcli.rules.check import IGNORED
from prodcli.rules.model import SECTIONS

DIALECT = "https://json-schema.org/draft/2020-12/schema"
# What a rule may leave out although its model wants it: it follows from other keys.
_FOLLOWS = {"dataset", "physicsmode"}


def schema(site: Site) -> dict[str, Any]:
    """The schema of a rule file with this site's dsttypes and defaults.

    Rules of the older dialect are only recognised.
    """
    definitions: dict[str, Any] = {}
    sections = {name: _section(name, site, definitions) for name in SECTIONS}
    newer = {
        "type": "object",
        "properties": sections,
        "required": ["params", "job"],
        "additionalProperties": False,
    }
    names = ("name", "build_name", "outbase", "logbase")
    older = {
        "type": "object",
        "properties": {"params": {"type": "object", "anyOf": [{"required": [name]} for name in names]}},
        "required": ["params"],
    }
    return {
        "$schema": DIALECT,
        "title": "prodcli rules",
        "type": "object",
        "additionalProperties": {"if": older, "then": {}, "else": newer},
        "$defs": definitions,
    }


def _section(name: str, site: Site, definitions: dict[str, Any]) -> dict[str, Any]:
    made = SECTIONS[name].model_json_schema(ref_template="#/$defs/{model}")
    definitions.update(made.pop("$defs", {}))
    defaults = site.defaults.get(name, {})
    properties = made["properties"]
    for key, value in defaults.items():
        if key in properties:
            switch = properties[key].get("type") == "boolean"
            properties[key]["default"] = TypeAdapter(bool).validate_python(value) if switch else value
    required = [key for key in made.get("required", []) if key not in defaults and key not in _FOLLOWS]
    if name == "job":
        properties["mem"] = properties["request_memory"]
        required.remove("request_memory")
        made["oneOf"] = [{"required": ["request_memory"]}, {"required": ["mem"]}]
    if name == "params":
        known = {"enum": sorted(site.dsttypes)}
        properties["dsttype"] = {"anyOf": [known, properties["dsttype"]], "description": "of the profile, or by query"}
    if name == "input":
        properties.update({key: {"description": "accepted and ignored"} for key in sorted(IGNORED)})
    return {**made, "required": required}
