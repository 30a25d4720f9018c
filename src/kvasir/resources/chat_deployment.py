"""ChatDeployment: knowledge bases, a model and a route: a chat endpoint."""

from enum import StrEnum
from typing import Annotated, ClassVar

from pydantic import Field

from kvasir.resources.agent import Agent
from kvasir.resources.containers import NamedList
from kvasir.resources.grounding import GroundingOverride
from kvasir.resources.meta import (
    Column,
    Empty,
    KindFacts,
    KvasirResource,
    Model,
    NameReference,
    Scope,
    SecretKeyReference,
    Status,
)
from kvasir.resources.pod import PodSettings, Replicas, Resources
from kvasir.resources.routes import Route
from kvasir.resources.rules import REPLICA_RANGE, Rule, exactly_one
from kvasir.resources.scalars import Count, Integer, Line, WebURL

Temperature = Annotated[float, Field(ge=0, le=2, strict=True, allow_inf_nan=False)]
ModelName = Annotated[str, Field(min_length=1, max_length=253)]
MaxTokens = Annotated[Integer, Field(ge=1, le=1_000_000)]
ContextTokens = Annotated[Integer, Field(ge=512, le=10_000_000)]


class OpenAICompatibleModel(Model):
    endpoint: WebURL = Field(description="Base URL, up to and with `/v1`.", examples=["https://api.openai.com/v1"])
    model: ModelName = Field(description="Model name that the endpoint knows.", examples=["gpt-4.1-mini"])
    api_key_secret_ref: SecretKeyReference | None = Field(
        default=None,
        description="Secret value with the API key; absent sends none.",
    )
    temperature: Temperature | None = Field(
        default=None,
        description="Randomness, 0 to 2; absent means the endpoint's default.",
    )
    max_tokens: MaxTokens = Field(default=1024, description="Most tokens of an answer.")
    context_tokens: ContextTokens = Field(default=8192, description="Tokens that prompt and answer may take together.")


class DataType(StrEnum):
    AUTO = "Auto"
    FLOAT32 = "Float32"
    FLOAT16 = "Float16"
    BFLOAT16 = "BFloat16"


class TransformersModel(Model):
    model: ModelName = Field(
        description="Model on Hugging Face, or a folder that the platform mounts.",
        examples=["Qwen/Qwen3-0.6B"],
    )
    revision: Line | None = Field(default=None, description="Commit, tag or branch of the model.")
    token_secret_ref: SecretKeyReference | None = Field(
        default=None,
        description="Secret value with a Hugging Face token, for gated models.",
    )
    data_type: DataType = Field(default=DataType.AUTO, description="Numbers to calculate with.")
    temperature: Temperature | None = Field(
        default=None, description="Randomness, 0 to 2; absent means the model's own."
    )
    max_tokens: MaxTokens = Field(default=1024, description="Most tokens of an answer.")
    context_tokens: ContextTokens = Field(default=8192, description="Tokens that prompt and answer may take together.")


class ChatModel(Model):
    """Exactly one of extractive, openAICompatible and transformers is set."""

    rules: ClassVar[tuple[Rule, ...]] = (exactly_one("extractive", "openai_compatible", "transformers"),)
    extractive: Empty | None = Field(
        default=None, description="Answers made of quotes, without a language model; `{}`."
    )
    openai_compatible: OpenAICompatibleModel | None = Field(
        default=None,
        description="A server that speaks OpenAI's chat API: vLLM, Ollama, hosted ones.",
    )
    transformers: TransformersModel | None = Field(default=None, description="A model that Kvasir runs itself.")


class Backend(StrEnum):
    AUTO = "Auto"
    RAY = "Ray"
    KUBERNETES = "Kubernetes"


class ServingAutoscaling(Model):
    rules: ClassVar[tuple[Rule, ...]] = (REPLICA_RANGE,)
    min_replicas: Replicas = Field(default=1, description="Fewest replicas.")
    max_replicas: Replicas = Field(default=4, description="Most replicas.")
    target_ongoing_requests: Annotated[Integer, Field(ge=1, le=1000)] = Field(
        default=4,
        description="Requests in flight to keep per replica.",
    )


class Serving(Model):
    """How a model that needs its own processes is served."""

    backend: Backend = Field(
        default=Backend.AUTO,
        description="Auto stays in the gateway where the model allows, Ray needs KubeRay, Kubernetes is a Deployment.",
    )
    replicas: Replicas = Field(default=1, description="Replicas without autoscaling.")
    autoscaling: ServingAutoscaling | None = Field(default=None, description="Scales the replicas by load.")
    gpus: Annotated[Integer, Field(ge=0, le=16)] = Field(default=0, description="GPUs per replica.")
    resources: Resources | None = Field(default=None, description="Requests and limits of a replica.")


class Rollout(Model):
    """How a changed model or prompt takes over."""

    evaluation: NameReference | None = Field(
        default=None,
        description="Evaluation in the same namespace that must pass before traffic moves.",
    )
    step_percentage: Annotated[Integer, Field(ge=1, le=100)] = Field(
        default=100,
        description="Traffic that moves at each step, in percent.",
    )
    step_seconds: Annotated[Integer, Field(ge=0, le=86_400)] = Field(
        default=60,
        description="Seconds between steps.",
    )
    progress_deadline_seconds: Annotated[Integer, Field(ge=60, le=86_400)] = Field(
        default=1800,
        description="Seconds after which a rollout that is not ready is reported as failed.",
    )


class ChatDeploymentSpec(Model):
    knowledge_bases: NamedList[NameReference] = Field(
        min_length=1,
        max_length=16,
        description="Knowledge bases in the same namespace; answers draw on all of them.",
        examples=[[{"name": "handbook"}]],
    )
    model: ChatModel = Field(description="What writes the answers.")
    agent: Agent = Field(default=Agent(), description="How it talks.")
    grounding: GroundingOverride | None = Field(
        default=None,
        description="How strictly answers are held to their sources; absent means the knowledge base's settings, the "
        "strictest where they differ.",
    )
    serving: Serving = Field(default=Serving(), description="How the model is served.")
    routes: NamedList[Route] = Field(
        default=(), max_length=16, description="Addresses; absent means the gateway's own."
    )
    rollout: Rollout = Field(default=Rollout(), description="How changes take over.")
    pod: PodSettings | None = Field(default=None, description="Settings of the model pods.")


class ChatDeploymentStatus(Status):
    url: Line | None = Field(default=None, description="Address of the endpoint.")
    model_fingerprint: Line | None = Field(default=None, description="Fingerprint of the model and prompt in service.")
    backend: Backend | None = Field(default=None, description="What Auto was resolved to.")
    replicas: Count | None = Field(default=None, description="Replicas asked for.")
    ready_replicas: Count | None = Field(default=None, description="Replicas that serve.")


class ChatDeployment(KvasirResource):
    """A chat endpoint: a model id on the tenant's gateway."""

    facts: ClassVar[KindFacts] = KindFacts(
        plural="chatdeployments",
        scope=Scope.NAMESPACED,
        short_names=("chat",),
        columns=(
            Column("Ready", ".status.conditions[?(@.type=='Ready')].status"),
            Column("Reason", ".status.conditions[?(@.type=='Ready')].reason"),
            Column("URL", ".status.url"),
            Column("Replicas", ".status.readyReplicas", "integer", priority=1),
        ),
    )
    kind: str = "ChatDeployment"
    spec: ChatDeploymentSpec = Field(description="What is asked for.")
    status: ChatDeploymentStatus = Field(default=ChatDeploymentStatus(), description="What is observed.")
