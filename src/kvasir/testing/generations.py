"""What every `Generations` adapter has to do."""

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import replace
from datetime import UTC, timedelta
from typing import Any

import pytest

from kvasir.errors import ConflictError, DeadlineExceededError, NotFoundError
from kvasir.ports.documents import Documents, Generations, GenerationState, RunState, Snapshot
from kvasir.testing.builders import (
    KNOWLEDGE_BASE,
    NOON,
    live,
    passed,
    run,
    soon,
    system,
)
from kvasir.testing.publishing import A, B, C, PublishingSuite


class GenerationsSuite(PublishingSuite):
    """Inherit it and give the fixtures `documents` and `generations`, both over one fresh store."""

    async def test_a_new_generation_is_building(self, generations: Generations) -> None:
        made = await generations.create(system(), KNOWLEDGE_BASE, "fingerprint", '{"model": "\u00e9"}', soon())
        assert (made.number, made.fingerprint, made.settings) == (1, "fingerprint", '{"model": "\u00e9"}')
        assert (made.state, made.revision, made.active) == (GenerationState.BUILDING, 0, False)
        assert made.created.tzinfo is UTC
        assert await generations.list(system(), KNOWLEDGE_BASE, soon()) == [made]
        assert await generations.head(system(), KNOWLEDGE_BASE, soon()) is None

    async def test_one_generation_per_fingerprint(self, generations: Generations) -> None:
        fingerprints = [f"print-{number % 4}" for number in range(24)]
        made = await asyncio.gather(
            *(generations.create(system(), KNOWLEDGE_BASE, one, "{}", soon()) for one in fingerprints)
        )
        assert {one.number for one in made} == {1, 2, 3, 4}
        assert len({(one.number, one.fingerprint) for one in made}) == 4
        assert [one.number for one in await generations.list(system(), KNOWLEDGE_BASE, soon())] == [1, 2, 3, 4]

    async def test_other_settings_of_the_same_fingerprint(self, generations: Generations) -> None:
        first, second = await self.create(generations), await self.create(generations, "other")
        await generations.run_with(system(), KNOWLEDGE_BASE, first, '{"engine": 2}', soon())
        kept = {one.number: one for one in await generations.list(system(), KNOWLEDGE_BASE, soon())}
        assert (kept[first].settings, kept[second].settings) == ('{"engine": 2}', "{}")
        again = await generations.create(system(), KNOWLEDGE_BASE, kept[first].fingerprint, '{"engine": 3}', soon())
        assert again == kept[first]
        for tenant in (system(), system("other-tenant")):
            with pytest.raises(NotFoundError):
                await generations.run_with(tenant, KNOWLEDGE_BASE, 99 if tenant == system() else first, "{}", soon())

    async def test_a_failed_generation_is_not_built_again(self, generations: Generations) -> None:
        number = await self.create(generations)
        await generations.fail(system(), KNOWLEDGE_BASE, number, "GoldenQuestions", "3 of 10 missed.", soon())
        again = await generations.create(system(), KNOWLEDGE_BASE, "fingerprint", "{}", soon())
        assert (again.number, again.state) == (number, GenerationState.FAILED)
        assert (again.reason, again.message) == ("GoldenQuestions", "3 of 10 missed.")

    async def test_numbers_never_come_back(self, generations: Generations) -> None:
        first = await self.create(generations)
        for _ in range(2):
            await generations.drop(system(), KNOWLEDGE_BASE, first, soon())
        assert await generations.list(system(), KNOWLEDGE_BASE, soon()) == []
        assert await self.create(generations) == 2

    async def test_only_asked_for_activation_switches(self, generations: Generations) -> None:
        first, second = await self.create(generations), await self.create(generations, "other")
        await self.publish(generations, first, 0, A)
        await self.publish(generations, second, 0, B, activate=False)
        assert await generations.head(system(), KNOWLEDGE_BASE, soon()) == Snapshot(KNOWLEDGE_BASE, first, 1)
        switched = await generations.activate(system(), KNOWLEDGE_BASE, second, soon())
        assert switched == Snapshot(KNOWLEDGE_BASE, second, 1)
        assert await generations.head(system(), KNOWLEDGE_BASE, soon()) == switched
        kept = await generations.list(system(), KNOWLEDGE_BASE, soon())
        assert [one.active for one in kept] == [False, True]
        # The one that was switched away from goes on being fed.
        await self.publish(generations, first, 1, A, C, activate=False)
        assert await generations.head(system(), KNOWLEDGE_BASE, soon()) == switched

    async def test_exactly_one_is_active_after_a_race(self, generations: Generations) -> None:
        numbers = [await self.create(generations, str(number)) for number in range(5)]
        for number in numbers:
            await self.publish(generations, number, 0, A)
        await asyncio.gather(
            *(generations.activate(system(), KNOWLEDGE_BASE, number, soon()) for number in numbers * 3)
        )
        kept = await generations.list(system(), KNOWLEDGE_BASE, soon())
        assert sum(one.active for one in kept) == 1

    async def test_unknown_generations_are_not_found(self, generations: Generations) -> None:
        base = KNOWLEDGE_BASE
        calls: list[Callable[[], Coroutine[Any, Any, object]]] = [
            lambda: self.publish(generations, 7, 0, A),
            lambda: generations.live(system(), Snapshot(base, 7, 1), soon()),
            lambda: generations.fail(system(), base, 7, "R", "m", soon()),
            lambda: generations.activate(system(), base, 7, soon()),
        ]
        for call in calls:
            with pytest.raises(NotFoundError):
                await call()

    async def test_a_failed_generation_is_never_served(self, generations: Generations) -> None:
        number = await self.create(generations)
        for message in ("first", "second"):
            await generations.fail(system(), KNOWLEDGE_BASE, number, "Reason", message, soon())
        with pytest.raises(ConflictError):
            await self.publish(generations, number, 0, A)
        with pytest.raises(ConflictError):
            await generations.activate(system(), KNOWLEDGE_BASE, number, soon())
        [kept] = await generations.list(system(), KNOWLEDGE_BASE, soon())
        assert (kept.state, kept.message, kept.revision) == (GenerationState.FAILED, "second", 0)

    async def test_a_ready_generation_cannot_fail(self, generations: Generations) -> None:
        number = await self.create(generations)
        await self.publish(generations, number, 0, A)
        with pytest.raises(ConflictError):
            await generations.fail(system(), KNOWLEDGE_BASE, number, "R", "m", soon())

    async def test_the_active_generation_is_not_dropped(self, documents: Documents, generations: Generations) -> None:
        first, second = await self.create(generations), await self.create(generations, "other")
        await self.index(documents, first, A)
        await self.index(documents, second, A)
        await self.publish(generations, first, 0, A)
        await self.publish(generations, second, 0, A)
        with pytest.raises(ConflictError):
            await generations.drop(system(), KNOWLEDGE_BASE, second, soon())
        for _ in range(2):
            await generations.drop(system(), KNOWLEDGE_BASE, first, soon())
        with pytest.raises(NotFoundError):
            await generations.live(system(), Snapshot(KNOWLEDGE_BASE, first, 1), soon())
        assert await self.candidates(generations, first) == []
        assert await self.candidates(generations, second) == ["a.md"]

    async def test_a_dropped_knowledge_base_leaves_nothing(
        self, documents: Documents, generations: Generations
    ) -> None:
        number = await self.create(generations)
        await self.index(documents, number, A)
        snapshot = await self.publish(generations, number, 0, A)
        await generations.record_run(system(), KNOWLEDGE_BASE, run(), soon())
        await generations.create(system(), "other", "fingerprint", "{}", soon())
        for _ in range(2):
            await generations.drop_knowledge_base(system(), KNOWLEDGE_BASE, soon())
        assert await generations.list(system(), KNOWLEDGE_BASE, soon()) == []
        assert await generations.head(system(), KNOWLEDGE_BASE, soon()) is None
        assert await generations.runs(system(), KNOWLEDGE_BASE, soon()) == []
        assert (await documents.list(system(), KNOWLEDGE_BASE, soon())).items == []
        with pytest.raises(NotFoundError):
            await generations.live(system(), snapshot, soon())
        assert len(await generations.list(system(), "other", soon())) == 1

    async def test_tenants_never_meet(self, documents: Documents, generations: Generations) -> None:
        number = await self.create(generations)
        await self.index(documents, number, A)
        snapshot = await self.publish(generations, number, 0, A)
        await generations.record_run(system(), KNOWLEDGE_BASE, run(), soon())
        stranger = system("evil")
        assert await generations.list(stranger, KNOWLEDGE_BASE, soon()) == []
        assert await generations.head(stranger, KNOWLEDGE_BASE, soon()) is None
        assert await generations.candidates(stranger, KNOWLEDGE_BASE, number, soon()) == []
        assert await generations.runs(stranger, KNOWLEDGE_BASE, soon()) == []
        with pytest.raises(NotFoundError):
            await generations.live(stranger, snapshot, soon())
        with pytest.raises(NotFoundError):
            await self.publish(generations, number, 1, B, tenant="evil")
        await generations.drop_knowledge_base(stranger, KNOWLEDGE_BASE, soon())
        await generations.create(stranger, KNOWLEDGE_BASE, "fingerprint", "{}", soon())
        await self.publish(generations, number, 0, B, tenant="evil")
        assert await generations.head(system(), KNOWLEDGE_BASE, soon()) == snapshot
        assert list(await generations.live(system(), snapshot, soon())) == [live(A)]

    async def test_runs_are_replaced_and_newest_first(self, generations: Generations) -> None:
        earlier, later = run("z-first"), run("a-second", started=NOON + timedelta(microseconds=1))
        for one in (later, earlier):
            await generations.record_run(system(), KNOWLEDGE_BASE, one, soon())
        done = replace(
            earlier,
            state=RunState.FAILED,
            heartbeat=NOON + timedelta(seconds=9),
            finished=NOON + timedelta(seconds=10),
            step="embed",
            counts={"embed.ok": 12, "parse.failed": 2**40},
            reason="NoSpace",
            message="Free some space. \U0001f4be",
        )
        await generations.record_run(system(), KNOWLEDGE_BASE, done, soon())
        assert await generations.runs(system(), KNOWLEDGE_BASE, soon()) == [later, done]

    async def test_the_twenty_newest_runs_are_kept(self, generations: Generations) -> None:
        for number in range(25):
            one = run(f"run-{number}", started=NOON + timedelta(minutes=number))
            await generations.record_run(system(), KNOWLEDGE_BASE, one, soon())
        await generations.record_run(system(), "other", run(), soon())
        kept = await generations.runs(system(), KNOWLEDGE_BASE, soon())
        assert [one.id for one in kept] == [f"run-{number}" for number in range(24, 4, -1)]

    async def test_after_the_deadline_nothing_is_applied(self, generations: Generations) -> None:
        number = await self.create(generations)
        other = await self.create(generations, "other")
        snapshot = await self.publish(generations, number, 0, A)
        await self.publish(generations, other, 0, A, activate=False)
        before = await generations.list(system(), KNOWLEDGE_BASE, soon())
        who, base = system(), KNOWLEDGE_BASE
        calls: list[Callable[[], Coroutine[Any, Any, object]]] = [
            lambda: generations.create(who, base, "late", "{}", passed()),
            lambda: generations.publish(
                who, base, number, expected_revision=1, live=[], activate=True, deadline=passed()
            ),
            lambda: generations.activate(who, base, other, passed()),
            lambda: generations.fail(who, base, other, "R", "m", passed()),
            lambda: generations.drop(who, base, other, passed()),
            lambda: generations.drop_knowledge_base(who, base, passed()),
            lambda: generations.record_run(who, base, run(), passed()),
            lambda: generations.list(who, base, passed()),
            lambda: generations.head(who, base, passed()),
            lambda: generations.candidates(who, base, number, passed()),
            lambda: generations.live(who, snapshot, passed()),
            lambda: generations.runs(who, base, passed()),
        ]
        for call in calls:
            with pytest.raises(DeadlineExceededError):
                await call()
        assert await generations.list(who, base, soon()) == before
        assert await generations.runs(who, base, soon()) == []
        assert list(await generations.live(who, snapshot, soon())) == [live(A)]
