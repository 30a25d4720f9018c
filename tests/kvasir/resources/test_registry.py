import pytest

from kvasir.errors import InvalidInputError
from kvasir.resources import KINDS, ChatDeployment, ConfigMap, KnowledgeBase, Namespace, find_kind, kind_named
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


def test_an_unknown_kind_gets_the_nearest_or_all() -> None:
    assert kind_named("Kb") is KnowledgeBase
    with pytest.raises(InvalidInputError, match=r"no kind 'tennants'\. Fix: did you mean Tenant"):
        kind_named("tennants")
    with pytest.raises(InvalidInputError, match=f"name one of {', '.join(KINDS)}"):
        kind_named("pod")


def test_names_mean_one_kind_each() -> None:
    words = [
        word for kind, model in KINDS.items() for word in {kind.lower(), model.facts.plural, *model.facts.short_names}
    ]
    assert len(words) == len(set(words))


def test_versions() -> None:
    assert {api_version_of(model) for model in KINDS.values()} == {"v1", "kvasir.dev/v1alpha1"}
    assert all(model.model_fields["kind"].default == kind for kind, model in KINDS.items())
