"""What every `Documents` adapter has to do."""

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from kvasir.errors import DeadlineExceededError, InvalidInputError, NotFoundError
from kvasir.ports.documents import Document, Documents, Generations, IndexedDocument
from kvasir.testing.builders import (
    KNOWLEDGE_BASE,
    document,
    outcome,
    passed,
    quarantined,
    soon,
    system,
    version,
)
from kvasir.testing.document_counts import DocumentCountsSuite
from kvasir.testing.document_listing import DocumentListingSuite, listed, paths


class DocumentsSuite(DocumentListingSuite, DocumentCountsSuite):
    """Inherit it and give the fixtures `documents` and `generations`, both over one fresh store."""

    async def test_a_document_is_read_as_it_was_recorded(self, documents: Documents) -> None:
        given = document(
            access=frozenset({"hr", "\u4eba\u4e8b"}),
            attributes={"year": 2026, "share": 0.1, "draft": False, "note": "\U0001f600 \x00 \u202e", "big": 2**53},
            validators={"etag": 'W/"1"', "commit": "c0ffee"},
            modified=datetime(2026, 2, 3, 4, 5, 6, 789012, tzinfo=timezone(timedelta(hours=5, minutes=45))),
        )
        await documents.record(system(), KNOWLEDGE_BASE, [given], soon())
        got = await documents.get(system(), KNOWLEDGE_BASE, given.id, soon())
        assert got == given
        assert got.modified is not None
        assert got.modified.tzinfo is UTC
        assert [type(value) for value in got.attributes.values()] == [int, float, bool, str, int]

    async def test_recording_again_replaces(self, documents: Documents) -> None:
        await documents.record(system(), KNOWLEDGE_BASE, [document()] * 2, soon())
        changed = document(content="two", attributes={"k": "v"}, access=frozenset({"hr"}))
        await documents.record(system(), KNOWLEDGE_BASE, [changed], soon())
        assert [item.document for item in await listed(documents, system())] == [changed]

    async def test_nothing_recorded_is_nothing_listed(self, documents: Documents) -> None:
        await documents.record(system(), KNOWLEDGE_BASE, [], soon())
        assert await listed(documents, system()) == []

    async def test_an_unknown_document_is_not_found(self, documents: Documents) -> None:
        with pytest.raises(NotFoundError):
            await documents.get(system(), KNOWLEDGE_BASE, document().id, soon())

    async def test_tenants_with_equal_ids_never_meet(
        self, documents: Documents, generations: Generations, generation: int
    ) -> None:
        ours, theirs = document(content="ours"), document(content="theirs")
        assert ours.id == theirs.id
        await documents.record(system(), KNOWLEDGE_BASE, [ours], soon())
        await documents.record(system("evil"), KNOWLEDGE_BASE, [theirs], soon())
        await generations.create(system("evil"), KNOWLEDGE_BASE, "fingerprint", "{}", soon())
        await documents.settle(system("evil"), KNOWLEDGE_BASE, generation, [outcome(ours), outcome(theirs)], soon())
        assert await documents.get(system(), KNOWLEDGE_BASE, ours.id, soon()) == ours
        assert [item.outcome for item in await listed(documents, system(), generation=generation)] == [None]
        assert await documents.pending(system(), KNOWLEDGE_BASE, generation, soon()) == [ours]
        await documents.remove(system("evil"), KNOWLEDGE_BASE, [ours.id], soon())
        assert await documents.get(system(), KNOWLEDGE_BASE, ours.id, soon()) == ours
        with pytest.raises(NotFoundError):
            await documents.get(system("evil"), KNOWLEDGE_BASE, ours.id, soon())

    async def test_knowledge_bases_are_apart(self, documents: Documents) -> None:
        await documents.record(system(), KNOWLEDGE_BASE, [document()], soon())
        with pytest.raises(NotFoundError):
            await documents.get(system(), "other", document().id, soon())
        await documents.remove(system(), "other", [document().id], soon())
        assert len(await listed(documents, system())) == 1

    async def test_removed_documents_are_forgotten(self, documents: Documents, generation: int) -> None:
        given = document()
        await documents.record(system(), KNOWLEDGE_BASE, [given, document("other.md")], soon())
        await documents.settle(system(), KNOWLEDGE_BASE, generation, [outcome(given)], soon())
        for _ in range(2):
            await documents.remove(system(), KNOWLEDGE_BASE, iter([given.id, "doc-unknown"]), soon())
        assert paths(await listed(documents, system())) == ["other.md"]
        # Its outcome went, too: what comes back waits.
        await documents.record(system(), KNOWLEDGE_BASE, [given], soon())
        assert given in await documents.pending(system(), KNOWLEDGE_BASE, generation, soon())

    async def test_an_outcome_that_comes_after_the_removal_is_void(self, documents: Documents, generation: int) -> None:
        given = document()
        await documents.record(system(), KNOWLEDGE_BASE, [given], soon())
        await documents.remove(system(), KNOWLEDGE_BASE, [given.id], soon())
        await documents.settle(system(), KNOWLEDGE_BASE, generation, [outcome(given)], soon())
        await documents.record(system(), KNOWLEDGE_BASE, [given], soon())
        assert await documents.pending(system(), KNOWLEDGE_BASE, generation, soon()) == [given]

    async def test_many_at_once(self, documents: Documents, generation: int) -> None:
        given = [document(f"{number:04}.md") for number in range(2000)]
        await documents.record(system(), KNOWLEDGE_BASE, given, soon())
        await documents.settle(system(), KNOWLEDGE_BASE, generation, [outcome(one) for one in given], soon())
        assert len(await listed(documents, system(), generation=generation, limit=700)) == len(given)
        await documents.remove(system(), KNOWLEDGE_BASE, [one.id for one in given[1:]], soon())
        assert paths(await listed(documents, system())) == ["0000.md"]

    async def test_pending_until_settled(self, documents: Documents, generation: int) -> None:
        given = [document(path) for path in ("c.md", "a.md", "b.md")]
        await documents.record(system(), KNOWLEDGE_BASE, given, soon())
        waiting = await documents.pending(system(), KNOWLEDGE_BASE, generation, soon(), limit=2)
        assert [one.path for one in waiting] == ["a.md", "b.md"]
        outcomes = [outcome(waiting[0]), quarantined(waiting[1])]
        for _ in range(2):
            await documents.settle(system(), KNOWLEDGE_BASE, generation, outcomes, soon())
        left = await documents.pending(system(), KNOWLEDGE_BASE, generation, soon())
        assert [one.path for one in left] == ["c.md"]
        got = await listed(documents, system(), generation=generation)
        assert [item.outcome for item in got] == [*outcomes, None]
        assert [item.outcome for item in await listed(documents, system())] == [None] * 3

    async def test_outcomes_are_read_as_they_were_settled(self, documents: Documents, generation: int) -> None:
        given = document()
        told = outcome(
            given,
            title="\u05e9\u05dc\u05d5\u05dd " + "x" * 100_000,
            attributes={"lang": "he", "n": 1.5, "ok": True},
            access=frozenset({"hr"}),
            warnings=tuple(f"page {number} has no text" for number in range(500)),
        )
        await documents.record(system(), KNOWLEDGE_BASE, [given], soon())
        await documents.settle(system(), KNOWLEDGE_BASE, generation, [told], soon())
        assert [item.outcome for item in await listed(documents, system(), generation=generation)] == [told]

    async def test_a_new_version_waits_again(self, documents: Documents, generation: int) -> None:
        first, second = document(content="one"), document(content="two")
        await documents.record(system(), KNOWLEDGE_BASE, [first], soon())
        await documents.settle(system(), KNOWLEDGE_BASE, generation, [outcome(first)], soon())
        await documents.record(system(), KNOWLEDGE_BASE, [second], soon())
        # Late news about the version before does not settle this one.
        await documents.settle(system(), KNOWLEDGE_BASE, generation, [outcome(first)], soon())
        assert await documents.pending(system(), KNOWLEDGE_BASE, generation, soon()) == [second]
        assert [item.outcome for item in await listed(documents, system(), generation=generation)] == [None]

    async def test_a_change_of_access_or_attributes_needs_no_new_outcome(
        self, documents: Documents, generation: int
    ) -> None:
        given = document()
        await documents.record(system(), KNOWLEDGE_BASE, [given], soon())
        await documents.settle(system(), KNOWLEDGE_BASE, generation, [outcome(given)], soon())
        changed = replace(given, access=frozenset({"hr"}), attributes={"k": 1})
        await documents.record(system(), KNOWLEDGE_BASE, [changed], soon())
        assert await documents.pending(system(), KNOWLEDGE_BASE, generation, soon()) == []

    async def test_generations_are_settled_apart(
        self, documents: Documents, generations: Generations, generation: int
    ) -> None:
        second = await generations.create(system(), KNOWLEDGE_BASE, "other", "{}", soon())
        await documents.record(system(), KNOWLEDGE_BASE, [document()], soon())
        await documents.settle(system(), KNOWLEDGE_BASE, generation, [outcome(document())], soon())
        assert await documents.pending(system(), KNOWLEDGE_BASE, second.number, soon()) == [document()]

    async def test_settling_in_an_unknown_generation_is_not_found(self, documents: Documents) -> None:
        await documents.record(system(), KNOWLEDGE_BASE, [document()], soon())
        with pytest.raises(NotFoundError):
            await documents.settle(system(), KNOWLEDGE_BASE, 7, [outcome(document())], soon())

    async def test_retrying_empties_the_quarantine(
        self, documents: Documents, generations: Generations, generation: int
    ) -> None:
        given = [document(f"{number}.md") for number in range(4)]
        second = (await generations.create(system(), KNOWLEDGE_BASE, "other", "{}", soon())).number
        await documents.record(system(), KNOWLEDGE_BASE, given, soon())
        told = [outcome(given[0]), *(quarantined(one) for one in given[1:])]
        for number in (generation, second):
            await documents.settle(system(), KNOWLEDGE_BASE, number, told, soon())
        # Its new version waits anyway, so it is not counted.
        await documents.record(system(), KNOWLEDGE_BASE, [document("3.md", content="new")], soon())
        assert await documents.retry(system(), KNOWLEDGE_BASE, generation, soon()) == 2
        assert await documents.retry(system(), KNOWLEDGE_BASE, generation, soon()) == 0
        waiting = await documents.pending(system(), KNOWLEDGE_BASE, generation, soon())
        assert [one.path for one in waiting] == ["1.md", "2.md", "3.md"]
        assert len(await documents.pending(system(), KNOWLEDGE_BASE, second, soon())) == 1

    @pytest.mark.parametrize(
        "bad",
        [
            document("bad.md", attributes={"score": float("nan")}),
            document("bad.md", modified=datetime(2026, 1, 1)),  # noqa: DTZ001 - refused because it is naive
            document("lone \ud800 surrogate.md"),
            document("bad.md", attributes={"lone": "\udfff"}),
        ],
        ids=["nan", "naive time", "surrogate in path", "surrogate in attribute"],
    )
    async def test_a_batch_with_an_impossible_value_is_refused_whole(self, documents: Documents, bad: Document) -> None:
        with pytest.raises(InvalidInputError):
            await documents.record(system(), KNOWLEDGE_BASE, [document(), bad], soon())
        assert await listed(documents, system()) == []

    async def test_concurrent_writes_all_arrive(self, documents: Documents, generation: int) -> None:
        async def one(number: int) -> None:
            mine, shared = document(f"{number:02}.md"), document("shared.md", content=str(number))
            await documents.record(system(), KNOWLEDGE_BASE, [mine, shared], soon())
            await documents.settle(system(), KNOWLEDGE_BASE, generation, [outcome(mine)], soon())

        await asyncio.gather(*(one(number) for number in range(60)))
        assert len(await listed(documents, system())) == 61
        [shared] = await documents.pending(system(), KNOWLEDGE_BASE, generation, soon())
        assert shared.version in {version(str(number)) for number in range(60)}

    async def test_a_failing_write_does_not_harm_its_neighbours(self, documents: Documents) -> None:
        async def one(number: int) -> None:
            path = f"{number:02}" + ("\ud800" if number % 3 == 0 else "")
            await documents.record(system(), KNOWLEDGE_BASE, [document(path)], soon())

        results = await asyncio.gather(*(one(number) for number in range(30)), return_exceptions=True)
        assert [isinstance(result, InvalidInputError) for result in results] == [n % 3 == 0 for n in range(30)]
        assert len(await listed(documents, system())) == 20

    async def test_after_the_deadline_nothing_is_applied(self, documents: Documents, generation: int) -> None:
        given, late = document(), document("late.md")
        await documents.record(system(), KNOWLEDGE_BASE, [given], soon())
        await documents.settle(system(), KNOWLEDGE_BASE, generation, [quarantined(given)], soon())
        base = KNOWLEDGE_BASE
        calls: list[Callable[[], Coroutine[Any, Any, object]]] = [
            lambda: documents.record(system(), base, [late], passed()),
            lambda: documents.remove(system(), base, [given.id], passed()),
            lambda: documents.settle(system(), base, generation, [outcome(given)], passed()),
            lambda: documents.retry(system(), base, generation, passed()),
            lambda: documents.get(system(), base, given.id, passed()),
            lambda: documents.list(system(), base, passed()),
            lambda: documents.pending(system(), base, generation, passed()),
        ]
        for call in calls:
            with pytest.raises(DeadlineExceededError):
                await call()
        [item] = await listed(documents, system(), generation=generation)
        assert item == IndexedDocument(given, quarantined(given))
