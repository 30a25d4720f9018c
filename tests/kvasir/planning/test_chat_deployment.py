from collections.abc import Callable
from dataclasses import replace

import pytest
from tests.kvasir.planning.conftest import NOON

from kvasir.planning.chat_deployment import (
    ChatDeploymentObservation,
    KnowledgeBaseState,
    grounding,
    is_allowed,
    plan,
)
from kvasir.planning.units import Route, ServedModel
from kvasir.resources import ChatDeployment, Condition
from kvasir.resources.grounding import Grounding, GroundingMode

Make = Callable[..., ChatDeployment]
OBSERVED = ChatDeploymentObservation(
    knowledge_bases={"handbook": KnowledgeBaseState(answers=True)}, domains=("acme.localhost",), url="http://host:8080"
)
ROUTED = (
    "{knowledgeBases: [{name: handbook}], model: {extractive: {}}, "
    "routes: [{name: web, ingress: {host: acme.localhost}}]}"
)


def reason(resource: ChatDeployment, observed: ChatDeploymentObservation) -> str:
    found = plan(resource, observed, NOON).status.condition("Ready")
    assert found is not None
    return found.reason


def test_a_complete_deployment_is_served_and_routed(chat_deployment: Make) -> None:
    outcome = plan(chat_deployment(ROUTED), OBSERVED, NOON)
    served, route = outcome.units
    assert isinstance(served, ServedModel)
    assert served.knowledge_bases == ("handbook",)
    assert route == Route("acme", "web", "acme.localhost", "/")
    assert outcome.status.url == "http://host:8080"
    assert reason(chat_deployment(ROUTED), OBSERVED) == "Available"


@pytest.mark.parametrize(
    ("spec", "observed", "expected"),
    [
        (ROUTED, replace(OBSERVED, tenant_exists=False), "TenantNotFound"),
        (ROUTED, replace(OBSERVED, tenant_ready=False), "TenantNotReady"),
        (ROUTED, replace(OBSERVED, domains=()), "HostNotAllowed"),
        (ROUTED, replace(OBSERVED, hosts={"acme.localhost": "globex"}), "HostConflict"),
        (ROUTED, replace(OBSERVED, knowledge_bases={}), "KnowledgeBaseNotFound"),
        ("{knowledgeBases: [{name: handbook}], model: {transformers: {model: x}}}", OBSERVED, "NotYetSupported"),
        (
            "{knowledgeBases: [{name: handbook}], model: {extractive: {}}, serving: {backend: Ray}}",
            OBSERVED,
            "NotYetSupported",
        ),
        (
            (
                "{knowledgeBases: [{name: handbook}], model: {openAICompatible: {endpoint: 'https://x.example/v1', "
                "model: m, apiKeySecretRef: {name: openai}}}}"
            ),
            OBSERVED,
            "SecretNotFound",
        ),
    ],
)
def test_what_stands_in_the_way_is_named(
    chat_deployment: Make, spec: str, observed: ChatDeploymentObservation, expected: str
) -> None:
    assert reason(chat_deployment(spec), observed) == expected
    assert plan(chat_deployment(spec), observed, NOON).units == ()


def test_the_root_cause_of_a_knowledge_base_is_lifted(chat_deployment: Make) -> None:
    cause = Condition(type="Ready", status="False", reason="ConfigMapNotFound", message="There is no ConfigMap 'x'.")
    waiting = replace(OBSERVED, knowledge_bases={"handbook": KnowledgeBaseState(answers=False, ready=cause)})
    found = plan(chat_deployment(), waiting, NOON).status.condition("Ready")
    assert found is not None
    assert found.reason == "KnowledgeBaseNotReady"
    assert "ConfigMapNotFound: There is no ConfigMap 'x'." in found.message


@pytest.mark.parametrize(
    ("host", "allowed"),
    [("a.example", True), ("b.wild.example", True), ("c.b.wild.example", False), ("wild.example", False), ("x", False)],
)
def test_hosts_match_domains(host: str, *, allowed: bool) -> None:
    assert is_allowed(host, ("a.example", "*.wild.example")) is allowed


def test_the_fingerprint_follows_what_shapes_an_answer(chat_deployment: Make) -> None:
    prompt = "{knowledgeBases: [{name: handbook}], model: {extractive: {}}, agent: {prompt: Be brief.}}"
    prints = {
        plan(chat_deployment(spec), OBSERVED, NOON).status.model_fingerprint
        for spec in (ROUTED, prompt, "{knowledgeBases: [{name: handbook}], model: {extractive: {}}}")
    }
    assert len(prints) == 2


TWO = "knowledgeBases: [{name: strict}, {name: plain}], model: {extractive: {}}"


@pytest.mark.parametrize(
    ("spec", "mode", "abstain_below"),
    [
        (f"{{{TWO}}}", GroundingMode.STRICT, 0.3),
        (f"{{{TWO}, grounding: {{mode: Open}}}}", GroundingMode.OPEN, 0.3),
        (f"{{{TWO}, grounding: {{abstainBelow: 0}}}}", GroundingMode.STRICT, 0.0),
        ("{knowledgeBases: [{name: plain}], model: {extractive: {}}}", GroundingMode.CITE_OR_SAY, None),
    ],
)
def test_grounding_is_the_deployments_or_that_of_the_strictest_knowledge_base(
    chat_deployment: Make, spec: str, mode: GroundingMode, abstain_below: float | None
) -> None:
    strict = Grounding(mode=GroundingMode.STRICT, abstain_below=0.3)
    bases = {
        "strict": KnowledgeBaseState(answers=True, grounding=strict),
        "plain": KnowledgeBaseState(answers=True),
        "unused": KnowledgeBaseState(answers=True, grounding=Grounding(mode=GroundingMode.STRICT, abstain_below=1.0)),
    }
    resource = chat_deployment(spec)
    assert grounding(resource, bases) == Grounding(mode=mode, abstain_below=abstain_below)
    changed = {**bases, "strict": KnowledgeBaseState(answers=True), "plain": KnowledgeBaseState(answers=True)}
    prints = [
        plan(resource, replace(OBSERVED, knowledge_bases=each), NOON).status.model_fingerprint
        for each in (bases, changed)
    ]
    assert (prints[0] == prints[1]) is (grounding(resource, changed) == grounding(resource, bases))
