from collections.abc import Callable, Iterator
from typing import Any

import pytest
from pydantic import ValidationError

from kvasir.resources import (
    Autoscaling,
    BackupSpec,
    ChatModel,
    DataStoreSpec,
    Destination,
    Embedding,
    EvaluationSpec,
    EvaluationTarget,
    HTTPSource,
    KnowledgeBaseSpec,
    PlanSpec,
    PodSettings,
    RestoreOrigin,
    RestoreSpec,
    Route,
    ServingAutoscaling,
    Source,
    Splitting,
    Tenant,
    TenantSpec,
    Toleration,
    Tool,
)
from kvasir.resources.meta import Model

Values = dict[str, Any]
SECRET = {"connectionSecretRef": {"name": "database"}}
CASSANDRA = {"contactPoints": ["a"], "localDatacenter": "dc1", "credentialsSecretRef": {"name": "cassandra"}}
S3 = {"bucket": "kvasir", "credentialsSecretRef": {"name": "s3"}}
TARGET = {"knowledgeBase": {"name": "handbook"}}
BACKUP = {"tenant": {"name": "acme"}, "destination": {"volume": {"claimName": "backups"}}}
RESTORE = {"tenant": {"name": "acme"}, "origin": {"backup": {"name": "first"}}}
GOLDEN = [{"question": "Why?", "expect": ["a.md"]}]
EXTERNAL = {"host": "acme.example", "parentRefs": [{"name": "public"}]}


def tenant(name: str) -> Values:
    return {"apiVersion": "kvasir.dev/v1alpha1", "kind": "Tenant", "metadata": {"name": name}, "spec": {}}


# What the rules of a model allow, and what one of them refuses.
CASES: list[tuple[type[Model], Values, Values]] = [
    (Tenant, tenant("a" * 40), tenant("a" * 41)),
    (Tenant, tenant("a-1"), tenant("1-a")),
    (Tenant, tenant("a"), tenant("a.b")),
    (Splitting, {"size": 1000, "overlap": 499}, {"size": 1000, "overlap": 500}),
    (Splitting, {}, {"size": 300}),
    (Autoscaling, {"minReplicas": 4}, {"minReplicas": 5}),
    (ServingAutoscaling, {"minReplicas": 2, "maxReplicas": 2}, {"minReplicas": 2, "maxReplicas": 1}),
    (PodSettings, {"labels": {"kvasir": "x"}}, {"labels": {"kvasir.dev/tenant": "x"}}),
    (PodSettings, {}, {"labels": {"app.kubernetes.io/name": "x"}}),
    (PodSettings, {"annotations": {"a": "b"}}, {"annotations": {"kvasir.dev/paused": "true"}}),
    (Toleration, {"operator": "Exists"}, {"operator": "Exists", "value": "x"}),
    (Toleration, {"key": "gpu", "value": "x"}, {"value": "x"}),
    (HTTPSource, {"urls": ["https://a.example/"]}, {"urls": []}),
    (HTTPSource, {"sitemap": "https://a.example/s.xml"}, {}),
    (KnowledgeBaseSpec, {"goldenThreshold": 1, "goldenQuestions": GOLDEN}, {"goldenThreshold": 1}),
    (KnowledgeBaseSpec, {"goldenQuestions": []}, {"goldenThreshold": 0, "goldenQuestions": []}),
    (PlanSpec, {"overage": "Bill", "price": {"amount": "1", "currency": "EUR"}}, {"overage": "Bill"}),
    (EvaluationSpec, {"target": TARGET, "questions": [{"question": "Why?"}]}, {"target": TARGET, "questions": []}),
    (
        EvaluationSpec,
        {
            "target": TARGET,
            "questionsFrom": {"name": "a", "key": "b"},
            "thresholds": [{"metric": "Recall", "minimum": 1}],
        },
        {
            "target": TARGET,
            "questionsFrom": {"name": "a", "key": "b"},
            "thresholds": [{"metric": "Abstention", "minimum": 1}],
        },
    ),
    (DataStoreSpec, {"roles": ["Blobs"], "embedded": {}}, {"roles": ["Blobs"]}),
    (DataStoreSpec, {"roles": ["Relational"], "postgresql": SECRET}, {"roles": ["Blobs"], "postgresql": SECRET}),
    (DataStoreSpec, {"roles": ["Passages"], "mongodb": SECRET}, {"roles": ["Passages", "Caches"], "mongodb": SECRET}),
    (DataStoreSpec, {"roles": ["Conversations"], "cassandra": CASSANDRA}, {"roles": ["Blobs"], "cassandra": CASSANDRA}),
    (DataStoreSpec, {"roles": ["Counters", "Caches"], "redis": SECRET}, {"roles": ["Relational"], "redis": SECRET}),
    (DataStoreSpec, {"roles": ["Blobs"], "s3": S3}, {"roles": ["Passages"], "s3": S3}),
    (Source, {"name": "a", "upload": {}}, {"name": "a"}),
    (Source, {"name": "a", "configMap": {"name": "b"}}, {"name": "a", "configMap": {"name": "b"}, "upload": {}}),
    (Embedding, {"none": {}}, {"none": {}, "onnx": {"model": "minilm"}}),
    (ChatModel, {"extractive": {}}, {}),
    (Tool, {"name": "a", "search": {}}, {"name": "a", "search": {}, "calculator": {}}),
    (
        Route,
        {"name": "a", "httpRoute": EXTERNAL},
        {"name": "a", "httpRoute": EXTERNAL, "ingress": {"host": "a.example"}},
    ),
    (EvaluationTarget, TARGET, {**TARGET, "chatDeployment": {"name": "assistant"}}),
    (Destination, {"volume": {"claimName": "a"}}, {}),
    (RestoreOrigin, {"backup": {"name": "a"}}, {}),
]

# The stored value, an update that is allowed, and one that is refused.
CHANGES: list[tuple[type[Model], Values, Values, Values]] = [
    (TenantSpec, {}, {"deletionPolicy": "Delete"}, {"dataStores": {"blobs": {"name": "s3"}}}),
    (TenantSpec, {"dataStores": {}}, {"displayName": "Acme", "dataStores": {}}, {}),
    (
        DataStoreSpec,
        {"roles": ["Caches"], "redis": SECRET},
        {"roles": ["Caches", "Counters"], "redis": {"connectionSecretRef": {"name": "other"}}},
        {"roles": ["Caches"], "embedded": {}},
    ),
    (
        BackupSpec,
        BACKUP,
        BACKUP | {"include": ["Rows", "Passages", "History", "Configuration", "Blobs"]},
        BACKUP | {"retentionDays": 1},
    ),
    (RestoreSpec, RESTORE, RESTORE | {"existingData": "Refuse"}, RESTORE | {"existingData": "Replace"}),
]


def published(schema: Any) -> Iterator[str]:
    """Yield all rules of a schema."""
    if isinstance(schema, dict):
        yield from (entry["rule"] for entry in schema.get("x-kubernetes-validations", ()))
        for value in schema.values():
            yield from published(value)


def broken(model: type[Model], values: Values) -> list[str]:
    try:
        model.model_validate(values)
    except ValidationError as error:
        return [rule.cel for fault in error.errors() for rule in fault["ctx"]["broken"]]
    return []


@pytest.mark.parametrize(("model", "good", "bad"), CASES)
def test_python_and_cel_agree(cel: Callable[..., bool], model: type[Model], good: Values, bad: Values) -> None:
    assert broken(model, good) == [rule.cel for rule in model.rules if not cel(rule.cel, model, good)] == []
    refused = [rule.cel for rule in model.rules if not cel(rule.cel, model, bad)]
    assert broken(model, bad) == refused
    assert len(refused) == 1


@pytest.mark.parametrize(("model", "stored", "good", "bad"), CHANGES)
def test_python_and_cel_agree_on_changes(
    cel: Callable[..., bool],
    model: type[Model],
    stored: Values,
    good: Values,
    bad: Values,
) -> None:
    (rule,) = model.transitions
    old = model.model_validate(stored)
    for new, verdict in ((stored, True), (good, True), (bad, False)):
        assert rule.allowed(old, model.model_validate(new)) is verdict
        assert cel(rule.cel, model, new, stored) is verdict


def test_every_rule_of_the_crds_has_a_case(cel: Callable[..., bool], api_server: Any) -> None:
    refused = {rule.cel for model, _, bad in CASES for rule in model.rules if not cel(rule.cel, model, bad)}
    refused |= {rule.cel for model, *_ in CHANGES for rule in model.transitions}
    assert {rule for schema in api_server.schemas.values() for rule in published(schema)} == refused


def test_a_message_shows_values_to_people_and_not_to_the_schema() -> None:
    (rule,) = Splitting.rules
    assert rule.describe(Splitting.model_construct(size=1500)) == "must be less than half of size (1500)"
    assert rule.validation == {
        "rule": "self.overlap * 2 < self.size",
        "message": "must be less than half of size. Lower overlap or raise size.",
        "fieldPath": ".overlap",
        "reason": "FieldValueInvalid",
    }


def test_a_refused_change_names_field_and_fix() -> None:
    stored = Tenant.model_validate(tenant("acme"))
    new = Tenant.model_validate(tenant("acme") | {"spec": {"dataStores": {"blobs": {"name": "s3"}}}})
    (refusal,) = new.refused_changes(stored)
    assert str(refusal) == (
        "spec.dataStores: cannot be changed. "
        "Fix: Back the tenant up and restore it into a new Tenant with the other stores."
    )
    assert stored.refused_changes(stored) == ()
