"""What every `Documents` adapter has to do: counting."""

import pytest

from kvasir.errors import DeadlineExceededError
from kvasir.ports.documents import Counts, Documents, Generations, LiveDocument
from kvasir.testing.builders import KNOWLEDGE_BASE, document, live, member, outcome, passed, quarantined, soon, system


class DocumentCountsSuite:
    """The part of `DocumentsSuite` that counts, with its fixtures."""

    @pytest.fixture
    def documents(self) -> Documents:
        raise NotImplementedError

    @pytest.fixture
    def generations(self) -> Generations:
        raise NotImplementedError

    async def test_nothing_counts_nothing(self, documents: Documents) -> None:
        assert await documents.count(system(), KNOWLEDGE_BASE, 1, soon()) == Counts()

    async def test_documents_count_by_what_became_of_them(
        self, documents: Documents, generations: Generations, generation: int
    ) -> None:
        given = [document(f"{number}.md", size=10 + number) for number in range(5)]
        await documents.record(system(), KNOWLEDGE_BASE, given, soon())
        told = [outcome(given[0], passages=2), outcome(given[1], passages=3), quarantined(given[2])]
        await documents.settle(system(), KNOWLEDGE_BASE, generation, told, soon())
        expected = Counts(documents=5, size=60, live=0, quarantined=1, written=2, passages=5)
        assert await documents.count(system(), KNOWLEDGE_BASE, generation, soon()) == expected
        await self._publish(generations, generation, 0, live(given[0]))
        expected = Counts(documents=5, size=60, live=1, quarantined=1, written=2, passages=5)
        assert await documents.count(system(), KNOWLEDGE_BASE, generation, soon()) == expected
        # Another generation, and one that is not kept, made nothing of them.
        second = (await generations.create(system(), KNOWLEDGE_BASE, "other", "{}", soon())).number
        for number in (second, second + 7):
            assert await documents.count(system(), KNOWLEDGE_BASE, number, soon()) == Counts(documents=5, size=60)

    async def test_what_became_of_an_earlier_version_does_not_count(
        self, documents: Documents, generations: Generations, generation: int
    ) -> None:
        given = [document("a.md"), document("b.md")]
        await documents.record(system(), KNOWLEDGE_BASE, given, soon())
        told = [outcome(given[0]), quarantined(given[1])]
        await documents.settle(system(), KNOWLEDGE_BASE, generation, told, soon())
        await self._publish(generations, generation, 0, live(given[0]))
        changed = [document("a.md", content="two", size=7), document("b.md", content="two", size=8)]
        await documents.record(system(), KNOWLEDGE_BASE, changed, soon())
        counted = await documents.count(system(), KNOWLEDGE_BASE, generation, soon())
        assert counted == Counts(documents=2, size=15)

    async def test_only_what_may_be_read_is_counted(
        self, documents: Documents, generations: Generations, generation: int
    ) -> None:
        everybody, hr, found = document("a.md"), document("b.md", access=frozenset({"hr"})), document("c.md")
        told = [outcome(everybody), outcome(hr), outcome(found, access=frozenset({"board"}))]
        await documents.record(system(), KNOWLEDGE_BASE, [everybody, hr, found], soon())
        await documents.settle(system(), KNOWLEDGE_BASE, generation, told, soon())
        shown = [live(everybody), live(hr), live(found, access=frozenset({"board"}))]
        await self._publish(generations, generation, 0, *shown)
        for principal, readable in ((member(), 1), (member("hr"), 2), (member("hr", "board"), 3), (system(), 3)):
            counted = await documents.count(principal, KNOWLEDGE_BASE, generation, soon())
            assert (counted.documents, counted.live, counted.written) == (readable,) * 3
        assert await documents.count(system("evil"), KNOWLEDGE_BASE, generation, soon()) == Counts()
        assert await documents.count(system(), "other", generation, soon()) == Counts()
        # Opened to everybody, but the newest revision does not show it to them yet.
        await documents.record(system(), KNOWLEDGE_BASE, [document("b.md")], soon())
        counted = await documents.count(member(), KNOWLEDGE_BASE, generation, soon())
        assert (counted.documents, counted.live, counted.written) == (2, 1, 2)

    async def test_counting_after_the_deadline(self, documents: Documents) -> None:
        with pytest.raises(DeadlineExceededError):
            await documents.count(system(), KNOWLEDGE_BASE, 1, passed())

    async def _publish(self, generations: Generations, generation: int, revision: int, *shown: LiveDocument) -> None:
        await generations.publish(
            system(),
            KNOWLEDGE_BASE,
            generation,
            expected_revision=revision,
            live=shown,
            activate=True,
            deadline=soon(),
        )
