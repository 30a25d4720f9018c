"""Field names: snake_case in Python, camelCase in YAML, as the Kubernetes API conventions ask."""

from typing import Final

from pydantic.alias_generators import to_camel

_ACRONYMS: Final = {
    "openai_compatible": "openAICompatible",
    "target_cpu_utilization_percentage": "targetCPUUtilizationPercentage",
}


def camel(name: str) -> str:
    """Return the YAML spelling of a Python field name."""
    return _ACRONYMS.get(name) or to_camel(name)
