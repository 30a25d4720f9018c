from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from kvasir.resources import ChatDeployment, KnowledgeBase, Tenant, load_yaml

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)

Make = Callable[..., Any]


def made(
    kind: str, name: str, spec: str, *, namespace: str | None = "acme", annotations: dict[str, str] | None = None
) -> Any:
    """A resource from YAML flow text, as the loader reads it."""
    place = f", namespace: {namespace}" if namespace else ""
    notes = f", annotations: {annotations}" if annotations else ""
    text = f"apiVersion: kvasir.dev/v1alpha1\nkind: {kind}\nmetadata: {{name: {name}{place}{notes}}}\nspec: {spec}\n"
    return load_yaml(text, file="test.yaml")[0]


@pytest.fixture
def knowledge_base() -> Callable[..., KnowledgeBase]:
    def make(spec: str = "{sources: [{name: pages, configMap: {name: handbook}}]}", **changes: Any) -> KnowledgeBase:
        return made("KnowledgeBase", "handbook", spec, **changes)

    return make


@pytest.fixture
def chat_deployment() -> Callable[..., ChatDeployment]:
    def make(
        spec: str = "{knowledgeBases: [{name: handbook}], model: {extractive: {}}}", **changes: Any
    ) -> ChatDeployment:
        return made("ChatDeployment", "assistant", spec, **changes)

    return make


@pytest.fixture
def tenant() -> Callable[..., Tenant]:
    def make(spec: str = "{domains: [acme.localhost]}", **changes: Any) -> Tenant:
        return made("Tenant", changes.pop("name", "acme"), spec, namespace=None, **changes)

    return make
