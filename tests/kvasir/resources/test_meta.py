from datetime import UTC, datetime

import pytest
from pydantic import ValidationError

from kvasir.resources import Condition, Empty, Key, KnowledgeBase, ObjectMeta, Scope, Status, Tenant, TenantSpec
from kvasir.resources.registry import KINDS


def condition(**changes: object) -> Condition:
    return Condition.model_validate({"type": "Ready", "status": "True", "reason": "AsExpected"} | changes)


def test_objects_do_not_change() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        ObjectMeta(name="acme").name = "other"  # pyright: ignore[reportAttributeAccessIssue]


def test_null_is_an_absent_field_but_an_unknown_field_stays_unknown() -> None:
    assert ObjectMeta.model_validate({"name": "a", "labels": None}) == ObjectMeta(name="a")
    with pytest.raises(ValidationError, match="extra_forbidden"):
        ObjectMeta.model_validate({"name": "a", "label": None})


def test_an_empty_object_is_kept_and_empty_collections_are_not() -> None:
    assert Empty().model_dump() == {}
    assert ObjectMeta(name="a", labels={}, finalizers=()).model_dump() == {"name": "a"}
    assert TenantSpec.model_validate({"pod": {}}).model_dump()["pod"] == {}


def test_status_is_left_out_until_something_is_observed() -> None:
    tenant = Tenant(metadata=ObjectMeta(name="acme"), spec=TenantSpec())
    assert "status" not in tenant.model_dump(mode="json")
    observed = tenant.model_copy(update={"status": tenant.status.model_copy(update={"url": "https://acme.example"})})
    assert observed.model_dump(mode="json")["status"] == {"url": "https://acme.example"}


def test_conditions_are_found_by_type_and_unique_by_type() -> None:
    status = Status(observed_generation=2, conditions=(condition(), condition(type="Stalled", status="False")))
    assert status.condition("Stalled") == condition(type="Stalled", status="False")
    assert status.condition("Reconciling") is None
    with pytest.raises(ValidationError, match="stands here twice"):
        Status(conditions=(condition(), condition()))


def test_times_are_written_as_rfc_3339() -> None:
    moment = datetime(2026, 3, 1, 9, tzinfo=UTC)
    dumped = condition(lastTransitionTime=moment, observedGeneration=0).model_dump(mode="json")
    assert dumped["lastTransitionTime"] == "2026-03-01T09:00:00Z"
    assert dumped["observedGeneration"] == 0
    assert condition(**dumped).last_transition_time == moment


def test_keys_read_well_and_sort() -> None:
    keys = [Key("Tenant", None, "b"), Key("Tenant", None, "a"), Key("KnowledgeBase", "acme", "x")]
    assert [str(key) for key in sorted(keys)] == ["KnowledgeBase acme/x", "Tenant a", "Tenant b"]


def test_a_resource_of_another_kind_is_refused() -> None:
    with pytest.raises(ValidationError, match="kind must be Tenant"):
        Tenant.model_validate({"kind": "Plan", "metadata": {"name": "a"}, "spec": {}})
    with pytest.raises(ValidationError, match="apiVersion must be kvasir"):
        Tenant.model_validate({"apiVersion": "v1", "metadata": {"name": "a"}, "spec": {}})


def test_the_annotation_pauses() -> None:
    def paused(annotations: dict[str, str]) -> bool:
        metadata = {"name": "a", "annotations": annotations}
        return KnowledgeBase.model_validate({"metadata": metadata, "spec": {}}).paused

    assert paused({"kvasir.dev/paused": "true"})
    assert not paused({"kvasir.dev/paused": "false"})
    assert not paused({})


def test_scopes_are_those_of_the_design() -> None:
    namespaced = {kind for kind, model in KINDS.items() if model.facts.scope is Scope.NAMESPACED}
    assert namespaced == {"ConfigMap", "Secret", "KnowledgeBase", "ChatDeployment", "Evaluation"}
