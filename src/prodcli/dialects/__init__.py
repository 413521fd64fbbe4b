"""Rule dialects: from YAML to the rule model."""
