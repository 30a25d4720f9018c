"""ChatDeployment: a model id over knowledge bases, and the hosts that lead to it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from kvasir.planning.conditions import Verdict, available, conditions, stalled, waiting
from kvasir.planning.outcome import Outcome
from kvasir.planning.reasons import Reason
from kvasir.planning.units import Route, ServedModel, Unit
from kvasir.planning.units import fingerprint as fingerprint_of
from kvasir.resources import ChatDeployment, Condition
from kvasir.resources.chat_deployment import Backend, ChatDeploymentStatus
from kvasir.resources.grounding import Grounding, GroundingMode, GroundingOverride
from kvasir.resources.meta import READY


@dataclass(frozen=True, slots=True)
class KnowledgeBaseState:
    """A knowledge base as a deployment sees it: whether some generation answers, its Ready condition, its defaults."""

    answers: bool
    ready: Condition | None = None
    grounding: Grounding = field(default_factory=Grounding)


@dataclass(frozen=True, slots=True)
class ChatDeploymentObservation:
    """What a ChatDeployment is planned from.

    Attributes:
        knowledge_bases: of its namespace, by name.
        secrets: names that exist in its namespace.
        domains: hosts that the tenant may use; a leading `*.` stands for one label.
        hosts: host to the tenant that claimed it first, over all tenants.
        url: of the gateway.
    """

    tenant_exists: bool = True
    tenant_ready: bool = True
    knowledge_bases: Mapping[str, KnowledgeBaseState] = field(default_factory=dict[str, KnowledgeBaseState])
    secrets: frozenset[str] = frozenset()
    domains: tuple[str, ...] = ()
    hosts: Mapping[str, str] = field(default_factory=dict[str, str])
    url: str | None = None


def plan(resource: ChatDeployment, observed: ChatDeploymentObservation, now: datetime) -> Outcome[ChatDeploymentStatus]:
    """The served model and its routes, once every knowledge base has something to answer from."""
    problem = next(_problems(resource, observed), None)
    fingerprint = model_fingerprint(resource, grounding(resource, observed.knowledge_bases))
    units = () if problem else tuple(_units(resource, fingerprint))
    verdict = problem or available(_message(resource, observed))
    generation = resource.metadata.generation
    status = ChatDeploymentStatus(
        observed_generation=generation,
        conditions=conditions(verdict, (), resource.status, generation, now),
        url=None if problem else observed.url,
        model_fingerprint=None if problem else fingerprint,
        backend=Backend.AUTO,
        replicas=None if problem else 1,
        ready_replicas=None if problem else 1,
    )
    return Outcome(units, status)


def grounding(resource: ChatDeployment, knowledge_bases: Mapping[str, KnowledgeBaseState]) -> Grounding:
    """What the deployment says, else the strictest default of its knowledge bases."""
    own = resource.spec.grounding or GroundingOverride()
    defaults = [
        knowledge_bases[reference.name].grounding
        for reference in resource.spec.knowledge_bases
        if reference.name in knowledge_bases
    ] or [Grounding()]
    strictest = min((one.mode for one in defaults), key=list(GroundingMode).index)
    thresholds = [one.abstain_below for one in defaults if one.abstain_below is not None]
    return Grounding(
        mode=strictest if own.mode is None else own.mode,
        abstain_below=max(thresholds, default=None) if own.abstain_below is None else own.abstain_below,
    )


def model_fingerprint(resource: ChatDeployment, grounding: Grounding) -> str:
    """Of everything that shapes an answer: model, agent, grounding and knowledge bases."""
    spec = resource.spec
    return fingerprint_of((spec.model, spec.agent, grounding, spec.knowledge_bases))


def _units(resource: ChatDeployment, fingerprint: str) -> Iterator[Unit]:
    tenant = resource.namespace or ""
    names = tuple(reference.name for reference in resource.spec.knowledge_bases)
    yield ServedModel(tenant, resource.name, names, fingerprint)
    for name, host, path in _hosts(resource):
        yield Route(tenant, name, host, path)


def _hosts(resource: ChatDeployment) -> Iterator[tuple[str, str, str]]:
    for route in resource.spec.routes:
        target = route.ingress or route.http_route
        if target is not None:
            yield route.name, target.host, target.path


def _message(resource: ChatDeployment, observed: ChatDeploymentObservation) -> str:
    names = ", ".join(reference.name for reference in resource.spec.knowledge_bases)
    return f"Answers from {names}" + (f" at {observed.url}." if observed.url else ".")


def _problems(resource: ChatDeployment, observed: ChatDeploymentObservation) -> Iterator[Verdict]:
    if not observed.tenant_exists:
        yield stalled(Reason.TENANT_NOT_FOUND, f"Namespace {resource.namespace!r} belongs to no Tenant.")
    elif not observed.tenant_ready:
        yield waiting(Reason.TENANT_NOT_READY, f"Tenant {resource.namespace!r} is not ready.")
    yield from _unsupported(resource)
    yield from _secret_problems(resource, observed)
    yield from _host_problems(resource, observed)
    yield from _knowledge_base_problems(resource, observed)


def _unsupported(resource: ChatDeployment) -> Iterator[Verdict]:
    spec = resource.spec
    not_yet = {
        "model.transformers": spec.model.transformers is not None,
        "agent.personas": bool(spec.agent.personas),
        "agent.tools": bool(spec.agent.tools),
        "agent.memory": spec.agent.memory is not None,
        f"serving.backend: {spec.serving.backend}": spec.serving.backend is not Backend.AUTO,
        "rollout.evaluation": spec.rollout.evaluation is not None,
    }
    for name, asked in not_yet.items():
        if asked:
            yield stalled(Reason.NOT_YET_SUPPORTED, f"`{name}` is not supported in this version of Kvasir yet.")


def _secret_problems(resource: ChatDeployment, observed: ChatDeploymentObservation) -> Iterator[Verdict]:
    model = resource.spec.model.openai_compatible
    if model is not None and model.api_key_secret_ref is not None:
        name = model.api_key_secret_ref.name
        if name not in observed.secrets:
            yield stalled(Reason.SECRET_NOT_FOUND, f"There is no Secret {name!r} in this namespace.")


def _host_problems(resource: ChatDeployment, observed: ChatDeploymentObservation) -> Iterator[Verdict]:
    for name, host, _ in _hosts(resource):
        if not is_allowed(host, observed.domains):
            allowed = ", ".join(observed.domains) or "none"
            yield stalled(
                Reason.HOST_NOT_ALLOWED,
                f"Route {name}: host {host} is not among the tenant's domains ({allowed}). Add it to the Tenant.",
            )
        owner = observed.hosts.get(host, resource.namespace)
        if owner != resource.namespace:
            yield stalled(Reason.HOST_CONFLICT, f"Route {name}: host {host} belongs to another tenant.")


def is_allowed(host: str, domains: tuple[str, ...]) -> bool:
    """Whether a host is one of the domains, or one label below a `*.` domain."""
    parent = host.partition(".")[2]
    return any(host == domain or (domain.startswith("*.") and parent == domain[2:]) for domain in domains)


def _knowledge_base_problems(resource: ChatDeployment, observed: ChatDeploymentObservation) -> Iterator[Verdict]:
    for reference in resource.spec.knowledge_bases:
        state = observed.knowledge_bases.get(reference.name)
        if state is None:
            yield stalled(
                Reason.KNOWLEDGE_BASE_NOT_FOUND, f"There is no KnowledgeBase {reference.name!r} in this namespace."
            )
        elif not state.answers:
            cause = f" {state.ready.reason}: {state.ready.message}" if state.ready and state.ready.type == READY else ""
            yield waiting(
                Reason.KNOWLEDGE_BASE_NOT_READY, f"KnowledgeBase {reference.name!r} cannot answer yet.{cause}"
            )
