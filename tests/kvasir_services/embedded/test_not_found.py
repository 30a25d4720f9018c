"""What is told of a name that does not exist."""

from collections.abc import Sequence

import pytest

from kvasir.resources import ChatDeployment, ConfigMap, KnowledgeBase, Resource, Tenant, load_yaml
from kvasir_services.embedded.not_found import absent


def platform(**bases: Sequence[str]) -> list[Resource]:
    """Tenants and the names of their knowledge bases."""
    return [
        one
        for tenant, names in bases.items()
        for text in (
            f"{{apiVersion: kvasir.dev/v1alpha1, kind: Tenant, metadata: {{name: {tenant}}}, spec: {{}}}}",
            *(
                "{apiVersion: kvasir.dev/v1alpha1, kind: KnowledgeBase, "
                f"metadata: {{name: {name}, namespace: {tenant}}}, spec: {{}}}}"
                for name in names
            ),
        )
        for one in load_yaml(text, file="x.yaml")
    ]


@pytest.mark.parametrize(
    ("namespace", "name", "told"),
    [
        (
            "acme",
            "handbok",
            "There is no KnowledgeBase handbok in acme. Did you mean handbook? There are: handbook, wiki.",
        ),
        ("acme", "xyz", "There is no KnowledgeBase xyz in acme. There are: handbook, wiki."),
        ("globex", "xyz", "There is no KnowledgeBase xyz in globex. There is: handbook."),
        ("globex", "handbok", "There is no KnowledgeBase handbok in globex. Did you mean handbook?"),
        ("empty", "handbook", "There is no KnowledgeBase handbook in empty. No KnowledgeBase exists in empty."),
        ("acmee", "handbook", "There is no Tenant acmee. Did you mean acme? There are: acme, globex, empty."),
        ("", "xyz", "There is no KnowledgeBase xyz. There are: acme/handbook, acme/wiki, globex/handbook."),
    ],
)
def test_a_namespaced_kind(namespace: str, name: str, told: str) -> None:
    resources = platform(acme=["handbook", "wiki"], globex=["handbook"], empty=[])
    assert str(absent(KnowledgeBase, namespace, name, resources)) == told


def test_another_kind_and_a_cluster_scoped_one() -> None:
    resources = platform(acme=["handbook"])
    assert str(absent(ChatDeployment, "acme", "x", resources)).endswith("No ChatDeployment exists in acme.")
    assert str(absent(ConfigMap, "", "x", resources)) == "There is no ConfigMap x. No ConfigMap exists yet."
    assert str(absent(Tenant, "acme", "globex", resources)) == "There is no Tenant globex. There is: acme."


def test_of_many_some_are_told() -> None:
    told = str(absent(KnowledgeBase, "acme", "xyz", platform(acme=[f"kb-{number}" for number in range(30)])))
    assert "kb-9 and 20 more." in told
    assert "kb-10" not in told
