"""KnowledgeBase: documents, and how they become searchable."""

from enum import StrEnum
from typing import Annotated, ClassVar

from pydantic import Field

from kvasir.resources.containers import NamedList, SetList
from kvasir.resources.embedding import Embedding
from kvasir.resources.grounding import Grounding
from kvasir.resources.meta import Column, Empty, KindFacts, KvasirResource, Model, Scope, Status
from kvasir.resources.pod import PodSettings
from kvasir.resources.rules import GOLDEN_THRESHOLD, SPLITTING_OVERLAP, Rule
from kvasir.resources.scalars import (
    LANGUAGE_PATTERN,
    Count,
    Flag,
    Fraction,
    Integer,
    Line,
    Message,
    Path,
    Quantity,
    Timestamp,
)
from kvasir.resources.schedule import Schedule
from kvasir.resources.sources import Access, Source


class OCR(StrEnum):
    """When text is read from images of pages."""

    NEVER = "Never"
    AUTO = "Auto"
    ALWAYS = "Always"


class ParsingLimits(Model):
    """What one document may cost before it is quarantined."""

    seconds: Annotated[Integer, Field(ge=1, le=3600)] = Field(default=120, description="Seconds per document.")
    memory: Quantity = Field(default="1Gi", description="Memory of the parser process, in bytes.", examples=["1Gi"])


class Parsing(Model):
    ocr: OCR = Field(
        default=OCR.NEVER,
        description="When to read text from images: Never, Auto (pages without text) or Always.",
    )
    limits: ParsingLimits = Field(default=ParsingLimits(), description="What one document may cost.")


class Splitting(Model):
    """How documents are cut into passages."""

    rules: ClassVar[tuple[Rule, ...]] = (SPLITTING_OVERLAP,)
    size: Annotated[Integer, Field(ge=100, le=20_000)] = Field(
        default=1500,
        description="Longest passage, in code points.",
        examples=[1500],
    )
    overlap: Annotated[Integer, Field(ge=0, le=10_000)] = Field(
        default=180,
        description="What neighbouring passages share, in code points; less than half of size.",
        examples=[180],
    )


class VectorSearch(StrEnum):
    APPROXIMATE = "Approximate"
    EXACT = "Exact"


class Index(Model):
    vector_search: VectorSearch = Field(
        default=VectorSearch.APPROXIMATE,
        description="Approximate probes the nearest lists of large indexes, Exact compares every vector.",
    )


class GoldenQuestion(Model):
    """A question whose documents a new generation must find before it takes over."""

    question: Annotated[str, Field(min_length=1, max_length=1024)] = Field(
        description="Question as a user would ask it.",
        examples=["How many days do I have to return a product?"],
    )
    expect: SetList[Path] = Field(
        min_length=1,
        max_length=16,
        description="Paths of documents, of which one must be found.",
        examples=[["faq/returns.md"]],
    )
    minimum_rank: Annotated[Integer, Field(ge=1, le=100)] = Field(
        default=5,
        description="Rank that one of the documents must reach; 1 is the best.",
    )


class KnowledgeBaseSpec(Model):
    rules: ClassVar[tuple[Rule, ...]] = (GOLDEN_THRESHOLD,)
    sources: NamedList[Source] = Field(default=(), max_length=64, description="Where documents come from.")
    parsing: Parsing = Field(default=Parsing(), description="How files become text.")
    splitting: Splitting = Field(default=Splitting(), description="How text becomes passages.")
    embedding: Embedding = Field(
        default=Embedding(none=Empty()),
        description="How passages become vectors; absent means none.",
    )
    index: Index = Field(default=Index(), description="How passages are searched.")
    schedule: Schedule | None = Field(
        default=None,
        description="When to look for changes; absent means when the resource or a watched source changes.",
    )
    access: Access | None = Field(
        default=None,
        description="Who may read, unless a source or document says otherwise; absent means the whole tenant.",
    )
    grounding: Grounding = Field(default=Grounding(), description="Defaults for the chat deployments that use it.")
    golden_questions: tuple[GoldenQuestion, ...] = Field(
        default=(),
        max_length=128,
        description="Questions that a new generation must answer before it takes over.",
    )
    golden_threshold: Fraction | None = Field(
        default=None,
        description="Share of the golden questions that must succeed, 0 to 1; absent means all.",
        examples=[0.9],
    )
    language: Annotated[str, Field(min_length=2, max_length=35, pattern=LANGUAGE_PATTERN)] = Field(
        default="auto",
        description="Language of the documents as BCP 47 tag, or auto to detect it per document.",
        examples=["en"],
    )
    pinned_generation: Annotated[Integer, Field(ge=1, le=2**31 - 1)] | None = Field(
        default=None,
        description="Generation to serve instead of the newest: a rollback.",
    )
    suspend: Flag = Field(default=False, description="Whether ingestion rests; what is indexed stays searchable.")
    pod: PodSettings | None = Field(default=None, description="Settings of the ingestion pods.")


class RunPhase(StrEnum):
    RUNNING = "Running"
    SUCCEEDED = "Succeeded"
    FAILED = "Failed"
    STOPPED = "Stopped"


class RunProgress(Model):
    listed: Count = Field(default=0, description="Documents found in the sources.")
    changed: Count = Field(default=0, description="Documents that are new or changed.")
    removed: Count = Field(default=0, description="Documents that are gone.")
    done: Count = Field(default=0, description="Changed documents that are indexed.")
    failed: Count = Field(default=0, description="Changed documents that could not be indexed.")


class IngestionRun(Model):
    name: Line = Field(description="Name of the run; `kvasir.dev/confirm-deletion` takes it.")
    phase: RunPhase = Field(description="Running, Succeeded, Failed, or Stopped until somebody acts.")
    started: Timestamp = Field(description="When it began.")
    finished: Timestamp | None = Field(default=None, description="When it ended.")
    progress: RunProgress = Field(default=RunProgress(), description="Counts so far.")


class DocumentFailure(Model):
    source: Line | None = Field(default=None, description="Source of the document.")
    document: Path = Field(description="Path of the document.")
    reason: Line = Field(description="CamelCase reason.", examples=["Encrypted"])
    message: Message = Field(default="", description="What is wrong and what to do.")
    time: Timestamp | None = Field(default=None, description="When it failed last.")


class KnowledgeBaseStatus(Status):
    documents: Count | None = Field(default=None, description="Documents that can be found.")
    passages: Count | None = Field(default=None, description="Passages that can be found.")
    failed: Count | None = Field(default=None, description="Documents that could not be indexed.")
    quarantined: Count | None = Field(default=None, description="Failed documents that are not tried again unchanged.")
    generation: Count | None = Field(default=None, description="Index generation that is served.")
    revision: Count | None = Field(default=None, description="Committed changes within the generation.")
    pinned: Flag | None = Field(default=None, description="Whether the spec pins the generation.")
    kept_generations: SetList[Count] = Field(
        default=(),
        max_length=16,
        description="Generations that a rollback can choose.",
    )
    embedding_fingerprint: Line | None = Field(
        default=None,
        description="Fingerprint of the model whose vectors are served.",
    )
    next_sync_time: Timestamp | None = Field(default=None, description="When sources are looked at next.")
    last_run: IngestionRun | None = Field(default=None, description="Latest ingestion run.")
    failures: tuple[DocumentFailure, ...] = Field(default=(), max_length=20, description="Latest failed documents.")


class KnowledgeBase(KvasirResource):
    """Documents of a tenant, kept searchable."""

    facts: ClassVar[KindFacts] = KindFacts(
        plural="knowledgebases",
        scope=Scope.NAMESPACED,
        short_names=("kb",),
        columns=(
            Column("Ready", ".status.conditions[?(@.type=='Ready')].status"),
            Column("Reason", ".status.conditions[?(@.type=='Ready')].reason"),
            Column("Documents", ".status.documents", "integer"),
            Column("Passages", ".status.passages", "integer", priority=1),
            Column("Failed", ".status.failed", "integer"),
            Column("Generation", ".status.generation", "integer"),
            Column("Next Sync", ".status.nextSyncTime", "date", priority=1),
        ),
        conditions=("MassDeletion", "SourcesReady", "Pinned"),
    )
    kind: str = "KnowledgeBase"
    spec: KnowledgeBaseSpec = Field(description="What is asked for.")
    status: KnowledgeBaseStatus = Field(default=KnowledgeBaseStatus(), description="What is observed.")
