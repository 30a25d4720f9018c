"""Evaluation: questions whose answers are measured, and what they must reach."""

from enum import StrEnum
from typing import Annotated, ClassVar

from pydantic import Field

from kvasir.resources.containers import Identity, SetList
from kvasir.resources.meta import (
    Column,
    ConfigMapKeyReference,
    KindFacts,
    KvasirResource,
    Model,
    NameReference,
    Scope,
    Status,
)
from kvasir.resources.pod import PodSettings
from kvasir.resources.rules import EVALUATION_QUESTIONS, EVALUATION_THRESHOLDS, Rule, exactly_one
from kvasir.resources.scalars import Count, Flag, Fraction, Line, Path, Timestamp
from kvasir.resources.schedule import Schedule


class Metric(StrEnum):
    """What is measured, each from 0 to 1."""

    RECALL = "Recall"
    """Share of questions whose expected source is retrieved."""
    RECIPROCAL_RANK = "ReciprocalRank"
    """Mean of one over the rank of the first expected source."""
    CITATION_PRECISION = "CitationPrecision"
    """Share of citations that are verified."""
    GROUNDEDNESS = "Groundedness"
    """Share of sentences that a source supports."""
    CORRECTNESS = "Correctness"
    """Share of answers that hold the expected answer."""
    ABSTENTION = "Abstention"
    """Share of unanswerable questions that are declined."""


class EvaluationQuestion(Model):
    question: Annotated[str, Field(min_length=1, max_length=1024)] = Field(
        description="Question as a user would ask it.",
        examples=["How many days do I have to return a product?"],
    )
    expect_sources: SetList[Path] = Field(
        default=(),
        max_length=16,
        description="Paths of documents, of which one should be found.",
        examples=[["faq/returns.md"]],
    )
    expect_answer: Annotated[str, Field(min_length=1, max_length=4096)] | None = Field(
        default=None,
        description="Answer, or the part of it that must occur.",
        examples=["30 days"],
    )
    unanswerable: Flag = Field(default=False, description="Whether the right answer is to decline.")


class EvaluationTarget(Model):
    """Exactly one of knowledgeBase and chatDeployment is set."""

    rules: ClassVar[tuple[Rule, ...]] = (exactly_one("knowledge_base", "chat_deployment"),)
    knowledge_base: NameReference | None = Field(default=None, description="Measures retrieval alone.")
    chat_deployment: NameReference | None = Field(default=None, description="Measures retrieval and answers.")


class Threshold(Model):
    metric: Metric = Field(description="What is measured.")
    minimum: Fraction = Field(description="Lowest score that passes, 0 to 1.", examples=[0.9])


class EvaluationSpec(Model):
    rules: ClassVar[tuple[Rule, ...]] = (EVALUATION_QUESTIONS, EVALUATION_THRESHOLDS)
    target: EvaluationTarget = Field(description="What is measured.")
    questions: tuple[EvaluationQuestion, ...] = Field(default=(), max_length=512, description="Questions.")
    questions_from: ConfigMapKeyReference | None = Field(
        default=None,
        description="ConfigMap value with a YAML list of more questions.",
    )
    metrics: SetList[Metric] = Field(
        default=(Metric.RECALL, Metric.RECIPROCAL_RANK),
        min_length=1,
        max_length=8,
        description="What to measure.",
    )
    thresholds: Annotated[tuple[Threshold, ...], Identity("metric")] = Field(
        default=(),
        max_length=8,
        description="Scores to reach; without any the Evaluation only reports.",
    )
    schedule: Schedule | None = Field(
        default=None,
        description="When to measure again; absent means when the target or the questions change.",
    )
    suspend: Flag = Field(default=False, description="Whether measuring rests.")
    pod: PodSettings | None = Field(default=None, description="Settings of the evaluation pods.")


class Score(Model):
    metric: Metric = Field(description="What was measured.")
    value: Fraction = Field(description="Score, 0 to 1.")
    passed: Flag | None = Field(default=None, description="Whether it reached its threshold; absent without one.")


class EvaluationStatus(Status):
    scores: Annotated[tuple[Score, ...], Identity("metric")] = Field(
        default=(),
        max_length=8,
        description="Scores of the latest run.",
    )
    questions: Count | None = Field(default=None, description="Questions of the latest run.")
    target_fingerprint: Line | None = Field(default=None, description="What exactly was measured.")
    last_run_time: Timestamp | None = Field(default=None, description="When the latest run ended.")
    next_run_time: Timestamp | None = Field(default=None, description="When the next run starts.")


class Evaluation(KvasirResource):
    """Measured answers, and a gate for rollouts and generation switches."""

    facts: ClassVar[KindFacts] = KindFacts(
        plural="evaluations",
        scope=Scope.NAMESPACED,
        short_names=("eval",),
        columns=(
            Column("Ready", ".status.conditions[?(@.type=='Ready')].status"),
            Column("Reason", ".status.conditions[?(@.type=='Ready')].reason"),
            Column("Recall", ".status.scores[?(@.metric=='Recall')].value", "number"),
            Column("Last Run", ".status.lastRunTime", "date"),
        ),
    )
    kind: str = "Evaluation"
    spec: EvaluationSpec = Field(description="What is asked for.")
    status: EvaluationStatus = Field(default=EvaluationStatus(), description="What is observed.")
