"""Which model turns passages into vectors, and how it is run. The model belongs to an index generation, how it is run does not."""

from enum import StrEnum
from typing import Annotated, ClassVar

from pydantic import Field

from kvasir.resources.meta import Empty, Model, SecretKeyReference
from kvasir.resources.rules import Rule, exactly_one
from kvasir.resources.scalars import Integer, Line, WebURL

ModelName = Annotated[str, Field(min_length=1, max_length=253)]


class Precision(StrEnum):
    FLOAT32 = "Float32"
    INT8 = "Int8"


class SentenceTransformersEmbedding(Model):
    model: ModelName = Field(
        description="Model on Hugging Face, or a folder that the platform mounts.",
        examples=["sentence-transformers/all-MiniLM-L6-v2"],
    )
    revision: Line | None = Field(default=None, description="Commit, tag or branch of the model.")


class ONNXEmbedding(Model):
    model: ModelName = Field(
        description="Model with an ONNX export on Hugging Face, or a folder that the platform mounts.",
        examples=["sentence-transformers/all-MiniLM-L6-v2"],
    )
    revision: Line | None = Field(default=None, description="Commit, tag or branch of the model.")
    precision: Precision = Field(default=Precision.INT8, description="Numbers to calculate with: Float32 or Int8.")


class OpenAICompatibleEmbedding(Model):
    endpoint: WebURL = Field(
        description="Base URL, up to and with `/v1`.",
        examples=["https://api.openai.com/v1"],
    )
    model: ModelName = Field(description="Model name that the endpoint knows.", examples=["text-embedding-3-small"])
    dimensions: Annotated[Integer, Field(ge=1, le=8192)] = Field(description="Length of the vectors.", examples=[1536])
    api_key_secret_ref: SecretKeyReference | None = Field(
        default=None,
        description="Secret value with the API key; absent sends none.",
    )
    batch_size: Annotated[Integer, Field(ge=1, le=2048)] = Field(default=64, description="Texts per request.")


class Embedding(Model):
    """Exactly one of none, sentenceTransformers, onnx and openAICompatible is set."""

    rules: ClassVar[tuple[Rule, ...]] = (exactly_one("none", "sentence_transformers", "onnx", "openai_compatible"),)
    none: Empty | None = Field(default=None, description="No vectors: lexical search alone; `{}`.")
    sentence_transformers: SentenceTransformersEmbedding | None = Field(
        default=None,
        description="A sentence-transformers model, run by PyTorch.",
    )
    onnx: ONNXEmbedding | None = Field(default=None, description="A sentence-transformers model, run by ONNX Runtime.")
    openai_compatible: OpenAICompatibleEmbedding | None = Field(
        default=None,
        description="A server that speaks OpenAI's embeddings API.",
    )

    @property
    def identity(self) -> dict[str, str | int | None]:
        """What makes the vectors: a change is another generation. Engine, precision, server and key are how they are made."""
        if local := self.sentence_transformers or self.onnx:
            return {"model": local.model, "revision": local.revision}
        if remote := self.openai_compatible:
            return {"model": remote.model, "dimensions": remote.dimensions}
        return {}
