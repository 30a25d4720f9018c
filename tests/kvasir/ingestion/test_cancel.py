"""Cancellation, progress, and what the history of runs says."""

import asyncio
from collections.abc import Callable

import pytest

from kvasir.ingestion.progress import STUCK_SECONDS, Progress, Step
from kvasir.ports.documents import Run, RunState
from kvasir.testing.builders import KNOWLEDGE_BASE, soon
from kvasir.testing.ingestion import Bench


async def history(bench: Bench) -> list[Run]:
    return list(await bench.stores.generations.runs(bench.principal, KNOWLEDGE_BASE, soon()))


def cancel_when(bench: Bench, reached: Callable[[Progress], bool]) -> None:
    """Cancels the task that runs ingestion, once."""
    task = asyncio.current_task()
    assert task is not None
    done: list[bool] = []

    def listen(progress: Progress) -> None:
        if not done and reached(progress):
            done.append(True)
            asyncio.get_running_loop().call_soon(task.cancel)

    bench.progress.listen = listen


MOMENTS: dict[str, Callable[[Progress], bool]] = {
    "listing": lambda progress: progress.counts["listed"] == 3,
    "fetching": lambda progress: progress.counts["fetched"] == 2,
    "indexing": lambda progress: progress.counts["indexed"] == 2,
    "sealing": lambda progress: progress.step is Step.SEALING,
    "verifying": lambda progress: progress.step is Step.VERIFYING,
    "publishing": lambda progress: progress.step is Step.PUBLISHING,
}


@pytest.mark.parametrize("moment", MOMENTS)
async def test_a_cancelled_run_says_so_and_the_next_one_completes(bench: Bench, moment: str) -> None:
    bench.source.content = {f"{number}.md": b"Text %d." % number for number in range(8)}

    async def cancelled() -> None:
        cancel_when(bench, MOMENTS[moment])
        await bench.run()

    with pytest.raises(asyncio.CancelledError):
        await asyncio.create_task(cancelled())
    (run,) = await history(bench)
    assert (run.state, run.reason) == (RunState.CANCELLED, "Cancelled")
    assert run.finished is not None
    assert not list(bench.scratch.glob("*"))
    assert (await bench.run()).run.state is RunState.SUCCEEDED
    assert await bench.texts() == {f"{number}.md": f"Text {number}." for number in range(8)}


async def test_runs_are_recorded_with_their_numbers(bench: Bench) -> None:
    bench.source.content = {"a.md": b"One."}
    await bench.run()
    await bench.run()
    newest, oldest = await history(bench)
    assert (newest.id, oldest.id) == ("run-2", "run-1")
    assert (oldest.state, oldest.generation, oldest.step) == (RunState.SUCCEEDED, 1, "Done")
    assert oldest.counts["indexed"] == 1
    assert oldest.finished is not None
    assert oldest.started <= oldest.finished <= newest.started


async def test_a_running_run_has_a_heartbeat(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kvasir.ingestion.run._HEARTBEAT_SECONDS", 0.01)
    bench.source.content = {"a.md": b"One."}
    seen: list[Run] = []
    original = bench.source.fetch

    async def slow(item, deadline):  # noqa: ANN001, ANN202
        await asyncio.sleep(0.15)
        seen.extend(await history(bench))
        return await original(item, deadline)

    monkeypatch.setattr(type(bench.source), "fetch", lambda _self, item, deadline: slow(item, deadline))
    await bench.run()
    assert seen[0].state is RunState.RUNNING
    assert seen[0].step == "Listing"
    assert seen[0].heartbeat > seen[0].started
    assert seen[0].counts["listed"] == 1


class TestStuck:
    def test_waiting_is_not_stuck(self) -> None:
        now = [1000.0]
        progress = Progress(clock=lambda: now[0])
        now[0] += 10 * STUCK_SECONDS
        assert not progress.stuck
        progress.enter(Step.INDEXING)
        assert not progress.stuck
        now[0] += STUCK_SECONDS + 1
        assert progress.stuck
        assert progress.idle_seconds == STUCK_SECONDS + 1
        progress.add("indexed")
        assert not progress.stuck
        progress.enter(Step.DONE)
        now[0] += 10 * STUCK_SECONDS
        assert not progress.stuck

    async def test_what_is_being_worked_on_is_named(self, bench: Bench) -> None:
        bench.source.content = {f"{number}.md": b"Text." for number in range(3)}
        doing: set[str] = set()
        steps: list[Step] = []

        def listen(progress: Progress) -> None:
            doing.update(progress.doing)
            steps.append(progress.step)

        bench.progress.listen = listen
        await bench.run()
        assert doing == {"0.md", "1.md", "2.md"}
        assert not bench.progress.doing
        assert list(dict.fromkeys(steps)) == [
            Step.LISTING, Step.INDEXING, Step.SEALING, Step.VERIFYING, Step.PUBLISHING, Step.DONE,
        ]  # fmt: skip
