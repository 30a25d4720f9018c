import pytest

from kvasir.resources import KINDS, ChatDeployment, ConfigMap, KnowledgeBase, Namespace, find_kind
from kvasir.resources.registry import api_version_of


@pytest.mark.parametrize(
    ("word", "model"),
    [
        ("kb", KnowledgeBase),
        ("knowledgebases", KnowledgeBase),
        ("KnowledgeBase", KnowledgeBase),
        ("chat", ChatDeployment),
        ("cm", ConfigMap),
        ("NAMESPACES", Namespace),
        ("pod", None),
    ],
)
def test_people_find_a_kind_by_any_of_its_names(word: str, model: type | None) -> None:
    assert find_kind(word) is model


def test_names_mean_one_kind_each() -> None:
    words = [
        word for kind, model in KINDS.items() for word in {kind.lower(), model.facts.plural, *model.facts.short_names}
    ]
    assert len(words) == len(set(words))


def test_versions() -> None:
    assert {api_version_of(model) for model in KINDS.values()} == {"v1", "kvasir.dev/v1alpha1"}
    assert all(model.model_fields["kind"].default == kind for kind, model in KINDS.items())
