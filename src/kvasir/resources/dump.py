"""Resources as YAML that kubectl and `load_yaml` read back to the same values."""

from typing import Any

import yaml

from kvasir.resources.meta import Resource
from kvasir.resources.yaml_scalars import read_plain


class _Dumper(yaml.SafeDumper):
    """Quotes what kubectl would not read as text, and writes texts of several lines as blocks."""

    def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002 - every value is written out
        return True


def _text(dumper: yaml.SafeDumper, value: str) -> yaml.ScalarNode:
    if "\n" in value:
        style = "|"
    elif not isinstance(read_plain(value), str):
        style = '"'
    else:
        style = None
    return dumper.represent_scalar("tag:yaml.org,2002:str", value, style=style)


_Dumper.add_representer(str, _text)


def to_yaml(data: Any, *, sort_keys: bool = False) -> str:
    """Return plain data as one YAML document."""
    return yaml.dump(data, Dumper=_Dumper, sort_keys=sort_keys, allow_unicode=True, width=120)


def dump_yaml(*resources: Resource) -> str:
    """Return resources as YAML documents, defaults written out, absent fields left out."""
    return "---\n".join(to_yaml(resource.model_dump(mode="json")) for resource in resources)
