from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from tests.kvasir.planning.conftest import NOON

from kvasir.planning.knowledge_base import KnowledgeBaseObservation, plan
from kvasir.planning.units import IngestRun
from kvasir.ports.documents import Generation, GenerationState, Run, RunState
from kvasir.resources import KnowledgeBase

Make = Callable[..., KnowledgeBase]
OBSERVED = KnowledgeBaseObservation(config_maps={"handbook": "digest-1"})


def generation(number: int = 1, *, revision: int = 1, active: bool = True) -> Generation:
    return Generation(number, f"print-{number}", "{}", GenerationState.READY, revision, active, NOON)


def run(name: str, state: RunState, *, reason: str = "", message: str = "", at: datetime = NOON) -> Run:
    finished = None if state is RunState.RUNNING else at
    return Run(name, 1, state, at, at, finished, counts={"listed": 3, "indexed": 2}, reason=reason, message=message)


def due(resource: KnowledgeBase, observed: KnowledgeBaseObservation, now: datetime = NOON) -> IngestRun | None:
    units = plan(resource, observed, now).units
    assert len(units) <= 1
    return units[0] if units else None  # type: ignore[return-value]


def name_of(resource: KnowledgeBase, observed: KnowledgeBaseObservation, now: datetime = NOON) -> str:
    found = due(resource, observed, now)
    assert found is not None
    return found.name


def ready(resource: KnowledgeBase, observed: KnowledgeBaseObservation, now: datetime = NOON) -> tuple[str, str, str]:
    """Status and reason of Ready, and what happens next."""
    status = plan(resource, observed, now).status
    by_type = {one.type: one for one in status.conditions}
    following = [kind for kind in ("Reconciling", "Stalled") if by_type[kind].status == "True"]
    return by_type["Ready"].status, by_type["Ready"].reason, "".join(following)


def test_the_first_run_is_due_at_once(knowledge_base: Make) -> None:
    assert due(knowledge_base(), OBSERVED) is not None
    assert ready(knowledge_base(), OBSERVED) == ("False", "Indexing", "Reconciling")


def test_the_kind_names_every_condition_that_it_can_have(knowledge_base: Make) -> None:
    """What `kvasir wait` may be asked for."""
    resource = knowledge_base("{sources: [{name: mine, upload: {}}], pinnedGeneration: 1}")
    observed = replace(OBSERVED, generations=[generation()], runs=[run("run-x-0", RunState.SUCCEEDED)])
    conditions = plan(resource, observed, NOON).status.conditions
    assert tuple(one.type for one in conditions) == KnowledgeBase.condition_types()


def test_a_recorded_run_never_runs_again(knowledge_base: Make) -> None:
    name = name_of(knowledge_base(), OBSERVED)
    done = replace(OBSERVED, runs=[run(name, RunState.SUCCEEDED)], generations=[generation()], documents=2, passages=9)
    assert due(knowledge_base(), done) is None
    assert ready(knowledge_base(), done) == ("True", "Available", "")
    assert plan(knowledge_base(), done, NOON).status.passages == 9


@pytest.mark.parametrize(
    "change",
    [
        {"config_maps": {"handbook": "digest-2"}},
        {"source_changes": {"pages": "touched"}},
    ],
)
def test_a_changed_reference_is_a_cause(knowledge_base: Make, change: dict[str, Any]) -> None:
    assert name_of(knowledge_base(), replace(OBSERVED, **change)) != name_of(knowledge_base(), OBSERVED)


def test_what_does_not_change_the_index_is_no_cause(knowledge_base: Make) -> None:
    plain = knowledge_base("{sources: [{name: pages, configMap: {name: handbook}}]}")
    stricter = knowledge_base("{sources: [{name: pages, configMap: {name: handbook}}], grounding: {mode: Strict}}")
    smaller = knowledge_base("{sources: [{name: pages, configMap: {name: handbook}}], splitting: {size: 700}}")
    assert name_of(plain, OBSERVED) == name_of(stricter, OBSERVED)
    assert name_of(plain, OBSERVED) != name_of(smaller, OBSERVED)


def test_going_back_to_an_earlier_spec_runs_again(knowledge_base: Make) -> None:
    pages = "{sources: [{name: pages, configMap: {name: handbook}}]"
    plain, pinned = knowledge_base(pages + "}"), knowledge_base(pages + ", pinnedGeneration: 1}")
    first = name_of(plain, OBSERVED)
    observed = replace(OBSERVED, runs=[run(first, RunState.SUCCEEDED)], generations=[generation()])
    second = name_of(pinned, observed)
    observed = replace(observed, runs=[run(second, RunState.SUCCEEDED), *observed.runs])
    third = name_of(plain, observed)
    assert len({first, second, third}) == 3
    observed = replace(observed, runs=[run(third, RunState.SUCCEEDED), *observed.runs])
    assert due(plain, observed) is None


def test_a_transient_failure_is_tried_again_later_and_later(knowledge_base: Make) -> None:
    resource, observed, waits = knowledge_base(), OBSERVED, []
    for _ in range(12):
        name = name_of(resource, observed, NOON + timedelta(hours=1))
        failed = run(name, RunState.FAILED, reason="SourceFailed", message="Source pages: it does not answer.")
        observed = replace(observed, runs=[failed, *observed.runs])
        outcome = plan(resource, observed, NOON)
        assert outcome.units == ()
        waits.append(outcome.retry_after)
    assert waits[:4] == [5, 10, 20, 40]
    assert waits[-1] == 600
    assert ready(resource, observed) == ("False", "SourceFailed", "Reconciling")
    assert len({one.id for one in observed.runs}) == 12


def test_a_failure_that_trying_cannot_cure_waits_for_a_change(knowledge_base: Make) -> None:
    name = name_of(knowledge_base(), OBSERVED)
    failed = run(name, RunState.FAILED, reason="VerificationFailed", message="2 checks failed.")
    observed = replace(OBSERVED, runs=[failed], generations=[generation()])
    assert due(knowledge_base(), observed, NOON + timedelta(days=9)) is None
    assert ready(knowledge_base(), observed) == ("True", "Available", "Stalled")
    assert due(knowledge_base(), replace(observed, config_maps={"handbook": "digest-2"})) is not None
    assert due(knowledge_base(annotations={"kvasir.dev/retry": "1"}), observed) is not None


def test_an_interrupted_run_goes_on_at_once_under_a_new_name(knowledge_base: Make) -> None:
    name = name_of(knowledge_base(), OBSERVED)
    observed = replace(OBSERVED, runs=[run(name, RunState.RUNNING)])
    again = name_of(knowledge_base(), observed)
    assert again != name
    assert again.rsplit("-", 1)[0] == name.rsplit("-", 1)[0]
    assert due(knowledge_base(), replace(observed, running=frozenset({name}))) is None


def test_mass_deletion_stops_until_its_run_is_confirmed(knowledge_base: Make) -> None:
    name = name_of(knowledge_base(), OBSERVED)
    stopped = run(name, RunState.FAILED, reason="MassDeletion", message="This run would remove 90 of 100 documents.")
    observed = replace(OBSERVED, runs=[stopped], generations=[generation()])
    status = plan(knowledge_base(), observed, NOON).status
    condition = status.condition("MassDeletion")
    assert condition is not None
    assert condition.status == "True"
    stalled = status.condition("Stalled")
    assert stalled is not None
    assert f"kvasir.dev/confirm-deletion: {name}" in stalled.message
    confirmed = due(knowledge_base(annotations={"kvasir.dev/confirm-deletion": name}), observed)
    assert confirmed is not None
    assert confirmed.confirmed
    other = due(knowledge_base(annotations={"kvasir.dev/confirm-deletion": "run-other-0"}), observed)
    assert other is not None
    assert not other.confirmed


def test_a_confirmation_does_not_outlive_a_success(knowledge_base: Make) -> None:
    stopped = run("run-a-0", RunState.FAILED, reason="MassDeletion")
    observed = replace(OBSERVED, runs=[run("run-b-0", RunState.SUCCEEDED), stopped], generations=[generation()])
    found = due(knowledge_base(annotations={"kvasir.dev/confirm-deletion": "run-a-0"}), observed)
    assert found is not None
    assert not found.confirmed


def test_a_schedule_makes_one_run_per_tick(knowledge_base: Make) -> None:
    resource = knowledge_base("{sources: [{name: pages, configMap: {name: handbook}}], schedule: {cron: '0 3 * * *'}}")
    first = name_of(resource, OBSERVED)
    done = replace(OBSERVED, runs=[run(first, RunState.SUCCEEDED)], generations=[generation()])
    outcome = plan(resource, done, NOON)
    assert outcome.units == ()
    assert outcome.retry_after == timedelta(hours=15).total_seconds()
    assert name_of(resource, done, NOON + timedelta(hours=15)) != first


@pytest.mark.parametrize(
    ("spec", "observed", "reason"),
    [
        ("{sources: [{name: pages, configMap: {name: absent}}]}", OBSERVED, "ConfigMapNotFound"),
        ("{sources: [{name: disk, volume: {claimName: docs}}]}", OBSERVED, "ClaimNotFound"),
        ("{sources: [{name: s, s3: {bucket: docs}}]}", OBSERVED, "NotYetSupported"),
        ("{parsing: {ocr: Always}}", OBSERVED, "NotYetSupported"),
        (
            (
                "{embedding: {openAICompatible: {endpoint: 'https://x.example/v1', model: m, dimensions: 8, "
                "apiKeySecretRef: {name: openai}}}}"
            ),
            OBSERVED,
            "SecretNotFound",
        ),
        ("{}", replace(OBSERVED, tenant_exists=False), "TenantNotFound"),
    ],
)
def test_what_is_missing_is_named_and_nothing_runs(
    knowledge_base: Make, spec: str, observed: KnowledgeBaseObservation, reason: str
) -> None:
    assert due(knowledge_base(spec), observed) is None
    assert ready(knowledge_base(spec), observed) == ("False", reason, "Stalled")


def test_a_paused_knowledge_base_still_answers(knowledge_base: Make) -> None:
    observed = replace(OBSERVED, generations=[generation()])
    resource = knowledge_base(annotations={"kvasir.dev/paused": "true"})
    assert due(resource, observed) is None
    assert ready(resource, observed) == ("True", "Available", "Stalled")
    suspended = knowledge_base("{suspend: true}")
    assert due(suspended, observed) is None


def test_pinning_is_a_condition(knowledge_base: Make) -> None:
    spec = "{sources: [{name: pages, configMap: {name: handbook}}], pinnedGeneration: 1}"
    kept = [generation(1), generation(2, active=False)]
    status = plan(knowledge_base(spec), replace(OBSERVED, generations=kept), NOON).status
    condition = status.condition("Pinned")
    assert condition is not None
    assert condition.status == "True"
    assert status.kept_generations == (1, 2)
    missing = plan(knowledge_base(spec), replace(OBSERVED, generations=[generation(2)]), NOON).status.condition(
        "Pinned"
    )
    assert missing is not None
    assert missing.reason == "PinnedGenerationMissing"


def test_transition_times_move_only_with_the_status(knowledge_base: Make) -> None:
    resource = knowledge_base()
    status = plan(resource, OBSERVED, NOON).status
    later = plan(resource.model_copy(update={"status": status}), OBSERVED, NOON + timedelta(hours=1)).status
    assert [one.last_transition_time for one in later.conditions] == [NOON] * len(later.conditions)
