import copy
from typing import Any

import yaml
from hypothesis import given
from hypothesis import strategies as st

from kvasir.resources import ConfigMap, KnowledgeBase, ObjectMeta, Resource, dump_yaml, load_yaml

PRINTABLE = st.characters(codec="utf-8", exclude_categories=["Cc", "Zl", "Zp"], exclude_characters="\ufeff\ufffe\uffff")


def test_what_is_written_reads_back(valid_resources: list[Resource]) -> None:
    assert load_yaml(dump_yaml(*valid_resources), file="dump.yaml") == valid_resources


def test_writing_twice_gives_the_same_bytes(valid_resources: list[Resource]) -> None:
    assert dump_yaml(*valid_resources) == dump_yaml(*copy.deepcopy(valid_resources))


def test_what_a_file_says_survives(valid_objects: list[dict[str, Any]], valid_resources: list[Resource]) -> None:
    for before, resource in zip(valid_objects, valid_resources, strict=True):
        (after,) = yaml.load_all(dump_yaml(resource), Loader=yaml.CSafeLoader)
        assert contains(after, before), (after, before)


def contains(whole: Any, part: Any) -> bool:
    if isinstance(part, dict):
        return all(key in whole and contains(whole[key], value) for key, value in part.items())
    if isinstance(part, list):
        return len(whole) == len(part) and all(map(contains, whole, part))
    # A quantity may be written as a bare number.
    return whole == part or whole == str(part)


def test_defaults_are_shown_and_absent_fields_are_not() -> None:
    text = dump_yaml(KnowledgeBase.model_validate({"metadata": {"name": "a", "namespace": "b"}, "spec": {}}))
    assert text == (
        "apiVersion: kvasir.dev/v1alpha1\nkind: KnowledgeBase\nmetadata:\n  name: a\n  namespace: b\nspec:\n"
        "  parsing:\n    ocr: Never\n    limits:\n      seconds: 120\n      memory: 1Gi\n"
        "  splitting:\n    size: 1500\n    overlap: 180\n  embedding:\n    none: {}\n"
        "  index:\n    vectorSearch: Approximate\n  grounding:\n    mode: CiteOrSay\n  language: auto\n  suspend: false\n"
    )


def test_words_that_kubectl_would_misread_are_quoted() -> None:
    words = {
        "a": "y",
        "b": "0o17",
        "c": "1e3",
        "d": "no",
        "e": "~",
        "f": "",
        "g": "12:30",
        "h": "text",
        "i": "2001-01-01",
    }
    config_map = ConfigMap(metadata=ObjectMeta(name="a", namespace="b"), data=words)
    lines = dump_yaml(config_map).split("\ndata:\n")[1].splitlines()
    assert lines[:6] == ['  a: "y"', '  b: "0o17"', '  c: "1e3"', '  d: "no"', '  e: "~"', '  f: ""']
    assert lines[7] == "  h: text"


@given(st.dictionaries(st.sampled_from(["a", "b.md", "on", "1"]), st.text(PRINTABLE | st.just("\n"))))
def test_any_text_reads_back(data: dict[str, str]) -> None:
    config_map = ConfigMap(metadata=ObjectMeta(name="a", namespace="b"), data=data)
    assert load_yaml(dump_yaml(config_map), file="dump.yaml") == [config_map]
