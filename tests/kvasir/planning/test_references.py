import pytest
from tests.kvasir.planning.conftest import made

from kvasir.planning.references import dangling
from kvasir.resources import Key, Resource, load_yaml

CHAT = "{knowledgeBases: [{name: handbook}], model: {extractive: {}}}"
REMOTE = """{knowledgeBases: [{name: handbook}], model: {openAICompatible: {
  endpoint: "https://models.example/v1", model: small, apiKeySecretRef: {name: openai}}}}"""
CORE = "{apiVersion: v1, kind: ConfigMap, metadata: {name: pages, namespace: acme}}"


def missing(*resources: Resource, existing: tuple[Key, ...] = ()) -> list[str]:
    return [str(one.target) for one in dangling(resources, existing)]


@pytest.mark.parametrize(
    ("kind", "spec", "targets"),
    [
        ("KnowledgeBase", "{sources: [{name: a, configMap: {name: pages}}]}", ["ConfigMap acme/pages"]),
        (
            "KnowledgeBase",
            "{sources: [{name: a, git: {url: 'https://git.example/a.git', credentialsSecretRef: {name: git}}}]}",
            ["Secret acme/git"],
        ),
        ("KnowledgeBase", "{sources: [{name: a, upload: {}}]}", []),
        ("ChatDeployment", CHAT, ["KnowledgeBase acme/handbook"]),
        ("ChatDeployment", REMOTE, ["KnowledgeBase acme/handbook", "Secret acme/openai"]),
    ],
)
def test_what_a_namespaced_kind_refers_to(kind: str, spec: str, targets: list[str]) -> None:
    resource = made(kind, "it", spec)
    assert missing(resource) == ["Tenant acme", *targets]
    there = Key("Tenant", None, "acme")
    assert missing(resource, existing=(there,)) == targets


def test_what_a_tenant_refers_to() -> None:
    built_in = made("Tenant", "acme", "{plan: {name: free}, dataStores: {blobs: {name: embedded}}}", namespace=None)
    assert missing(built_in) == []
    own = made("Tenant", "acme", "{plan: {name: gold}, dataStores: {blobs: {name: s3}}}", namespace=None)
    assert missing(own) == ["Plan gold", "DataStore s3"]
    assert missing(own, existing=(Key("Plan", None, "gold"), Key("DataStore", None, "s3"))) == []


def test_order_is_free_and_a_namespace_keeps_apart() -> None:
    chat, tenant = made("ChatDeployment", "it", CHAT), made("Tenant", "acme", "{}", namespace=None)
    assert missing(chat, made("KnowledgeBase", "handbook", "{}"), tenant) == []
    assert missing(chat, tenant, existing=(Key("KnowledgeBase", "globex", "handbook"),)) == [
        "KnowledgeBase acme/handbook"
    ]
    assert missing(*load_yaml(CORE, file="x.yaml")) == [], "it refers to nothing, whoever owns the namespace"


def test_a_misspelt_name_gets_the_nearest_of_its_kind_and_namespace() -> None:
    chat = made("ChatDeployment", "it", CHAT)
    existing = [Key("Tenant", None, "acme"), Key("KnowledgeBase", "acme", "handbok"), Key("Tenant", None, "handboo")]
    [one] = dangling([chat], existing)
    assert str(one) == (
        "ChatDeployment acme/it refers to KnowledgeBase acme/handbook, which is neither in these files nor on the "
        "platform. Did you mean handbok?"
    )
    [one] = dangling([chat], [*existing[:1], Key("KnowledgeBase", "globex", "handbok")])
    assert one.near is None


def test_each_is_told_once() -> None:
    spec = "{sources: [{name: a, configMap: {name: pages}}, {name: b, configMap: {name: pages}}]}"
    assert missing(made("KnowledgeBase", "it", spec)) == ["Tenant acme", "ConfigMap acme/pages"]
