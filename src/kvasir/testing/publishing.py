"""What every `Generations` adapter has to do: candidates, the commit and what it shows."""

import asyncio
from dataclasses import replace

import pytest

from kvasir.errors import ConflictError
from kvasir.ports.documents import Document, Documents, Generations, GenerationState, Snapshot
from kvasir.testing.builders import (
    KNOWLEDGE_BASE,
    document,
    live,
    outcome,
    quarantined,
    soon,
    system,
)

A, B, C = document("a.md"), document("b.md"), document("c.md")


class PublishingSuite:
    """The part of `GenerationsSuite` about publishing, with its fixtures."""

    @pytest.fixture
    def documents(self) -> Documents:
        raise NotImplementedError

    @pytest.fixture
    def generations(self) -> Generations:
        raise NotImplementedError

    async def create(self, generations: Generations, fingerprint: str = "fingerprint") -> int:
        return (await generations.create(system(), KNOWLEDGE_BASE, fingerprint, "{}", soon())).number

    async def publish(
        self,
        generations: Generations,
        generation: int,
        revision: int,
        *shown: Document,
        activate: bool = True,
        tenant: str = "acme",
    ) -> Snapshot:
        return await generations.publish(
            system(tenant),
            KNOWLEDGE_BASE,
            generation,
            expected_revision=revision,
            live=[live(one) for one in shown],
            activate=activate,
            deadline=soon(),
        )

    async def index(self, documents: Documents, generation: int, *given: Document) -> None:
        await documents.record(system(), KNOWLEDGE_BASE, given, soon())
        await documents.settle(system(), KNOWLEDGE_BASE, generation, [outcome(one) for one in given], soon())

    async def candidates(self, generations: Generations, generation: int) -> list[str]:
        found = await generations.candidates(system(), KNOWLEDGE_BASE, generation, soon())
        return sorted(one.path for one in found)

    async def test_publishing_makes_ready_and_visible(self, generations: Generations) -> None:
        number = await self.create(generations)
        snapshot = await self.publish(generations, number, 0, B, A)
        assert snapshot == Snapshot(KNOWLEDGE_BASE, number, 1)
        assert await generations.head(system(), KNOWLEDGE_BASE, soon()) == snapshot
        shown = await generations.live(system(), snapshot, soon())
        assert list(shown) == sorted([live(A), live(B)], key=lambda one: one.id)
        [kept] = await generations.list(system(), KNOWLEDGE_BASE, soon())
        assert (kept.state, kept.revision, kept.active) == (GenerationState.READY, 1, True)

    async def test_each_publish_shows_exactly_its_documents(self, generations: Generations) -> None:
        number = await self.create(generations)
        changed = document("b.md", content="changed", access=frozenset({"hr"}), attributes={"k": True})
        history: list[tuple[Document, ...]] = [(A, B), (A, changed, C), (), (C,), (C,)]
        for revision, shown in enumerate(history):
            snapshot = await self.publish(generations, number, revision, *shown)
            got = await generations.live(system(), snapshot, soon())
            assert list(got) == sorted((live(one) for one in shown), key=lambda one: one.id)

    async def test_a_change_of_nothing_but_access_is_shown(self, generations: Generations) -> None:
        number = await self.create(generations)
        await self.publish(generations, number, 0, A)
        for revision, access in enumerate([frozenset({"hr"}), frozenset[str](), None], start=1):
            snapshot = await self.publish(generations, number, revision, replace(A, access=access))
            [shown] = await generations.live(system(), snapshot, soon())
            assert shown.access == access

    @pytest.mark.parametrize("expected", [0, 2, -1])
    async def test_publishing_on_another_revision_conflicts(self, generations: Generations, expected: int) -> None:
        number = await self.create(generations)
        snapshot = await self.publish(generations, number, 0, A)
        with pytest.raises(ConflictError):
            await self.publish(generations, number, expected, B)
        assert list(await generations.live(system(), snapshot, soon())) == [live(A)]

    async def test_exactly_one_of_many_publishes_wins(self, generations: Generations) -> None:
        number = await self.create(generations)
        for revision in range(3):
            rivals = [document(f"{revision}-{rival}.md") for rival in range(12)]
            results = await asyncio.gather(
                *(self.publish(generations, number, revision, rival) for rival in rivals), return_exceptions=True
            )
            won = [rival for rival, result in zip(rivals, results, strict=True) if isinstance(result, Snapshot)]
            assert len(won) == 1
            assert sum(isinstance(result, ConflictError) for result in results) == len(rivals) - 1
            head = await generations.head(system(), KNOWLEDGE_BASE, soon())
            assert head is not None
            assert head.revision == revision + 1
            assert list(await generations.live(system(), head, soon())) == [live(won[0])]

    async def test_candidates_are_the_written_current_versions(
        self, documents: Documents, generations: Generations
    ) -> None:
        number = await self.create(generations)
        waiting, changed = document("waiting.md"), document("b.md", content="changed")
        await self.index(documents, number, A, B)
        await documents.record(system(), KNOWLEDGE_BASE, [waiting, C, changed], soon())
        await documents.settle(system(), KNOWLEDGE_BASE, number, [quarantined(C)], soon())
        assert await self.candidates(generations, number) == ["a.md"]
        # Late news about a version that was replaced never becomes live.
        await documents.settle(system(), KNOWLEDGE_BASE, number, [outcome(B)], soon())
        assert await self.candidates(generations, number) == ["a.md"]
        await documents.settle(system(), KNOWLEDGE_BASE, number, [outcome(changed)], soon())
        found = await generations.candidates(system(), KNOWLEDGE_BASE, number, soon())
        assert list(found) == sorted([live(A), live(changed)], key=lambda one: one.id)

    @pytest.mark.parametrize(
        ("source", "content", "effective"),
        [
            (None, None, None),
            (None, frozenset({"found"}), frozenset({"found"})),
            (frozenset({"own"}), None, frozenset({"own"})),
            (frozenset({"own"}), frozenset({"found"}), frozenset({"own"})),
            (frozenset[str](), frozenset({"found"}), frozenset[str]()),
        ],
    )
    async def test_the_sources_access_counts_before_the_contents(
        self,
        documents: Documents,
        generations: Generations,
        source: frozenset[str] | None,
        content: frozenset[str] | None,
        effective: frozenset[str] | None,
    ) -> None:
        number = await self.create(generations)
        given = document(access=source)
        await documents.record(system(), KNOWLEDGE_BASE, [given], soon())
        await documents.settle(system(), KNOWLEDGE_BASE, number, [outcome(given, access=content)], soon())
        [found] = await generations.candidates(system(), KNOWLEDGE_BASE, number, soon())
        assert found.access == effective

    async def test_the_sources_attributes_win_key_by_key(self, documents: Documents, generations: Generations) -> None:
        number = await self.create(generations)
        given = document(attributes={"team": "core", "draft": False})
        told = outcome(given, title="A title", passages=5, attributes={"team": "sales", "year": 2026})
        await documents.record(system(), KNOWLEDGE_BASE, [given], soon())
        await documents.settle(system(), KNOWLEDGE_BASE, number, [told], soon())
        [found] = await generations.candidates(system(), KNOWLEDGE_BASE, number, soon())
        assert found.attributes == {"team": "core", "draft": False, "year": 2026}
        assert (found.title, found.passages) == ("A title", 5)

    async def test_a_removal_reaches_every_kept_generation(
        self, documents: Documents, generations: Generations
    ) -> None:
        numbers = [await self.create(generations), await self.create(generations, "other")]
        for number in numbers:
            await self.index(documents, number, A, B)
            await self.publish(generations, number, 0, A, B)
        await documents.remove(system(), KNOWLEDGE_BASE, [A.id], soon())
        for number in numbers:
            # A run that read the ledger before publishes what it read; the next one drops it.
            assert await self.candidates(generations, number) == ["b.md"]

    async def test_a_version_that_comes_back_after_a_publish_waits(
        self, documents: Documents, generations: Generations
    ) -> None:
        """Its passages may have been purged meanwhile."""
        number = await self.create(generations)
        changed = document("a.md", content="changed")
        await self.index(documents, number, A)
        await self.publish(generations, number, 0, A)
        await self.index(documents, number, changed)
        await self.publish(generations, number, 1, changed)
        await documents.record(system(), KNOWLEDGE_BASE, [A], soon())
        assert await self.candidates(generations, number) == []
        assert await documents.pending(system(), KNOWLEDGE_BASE, number, soon()) == [A]

    async def test_what_was_settled_outlives_a_publish(self, documents: Documents, generations: Generations) -> None:
        number = await self.create(generations)
        await self.index(documents, number, A, B)
        await documents.settle(system(), KNOWLEDGE_BASE, number, [quarantined(B)], soon())
        await self.publish(generations, number, 0, A)
        assert await documents.pending(system(), KNOWLEDGE_BASE, number, soon()) == []
        assert await self.candidates(generations, number) == ["a.md"]
