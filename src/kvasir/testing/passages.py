"""What every passage store must do: inherit `PassagesSuite` and give it a fresh, empty store."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from kvasir.errors import CorruptDataError, DeadlineExceededError
from kvasir.ports.documents import LiveDocument, Snapshot
from kvasir.ports.filters import Comparison, Compound, Filter
from kvasir.ports.passages import (
    Ability,
    Candidates,
    EmbeddedPassage,
    Leg,
    Passage,
    PassageId,
    PassageQuery,
    Passages,
    SnapshotNotFoundError,
)
from kvasir.ports.principal import Principal
from kvasir.testing.builders import KNOWLEDGE_BASE, member, passed, soon, system, version
from kvasir.text.instructions.instruction import Instruction

FIRST = Snapshot(KNOWLEDGE_BASE, 1, 1)
SECOND = Snapshot(KNOWLEDGE_BASE, 1, 2)
DIMENSIONS = 8
MARKS = (Instruction(0, 5, 0.123), Instruction(12, 24, 0.987))


def unit(*values: float) -> NDArray[np.float32]:
    """A vector of `DIMENSIONS` with these leading values, of unit length."""
    vector = np.zeros(DIMENSIONS, np.float32)
    vector[: len(values)] = values
    return (vector / np.linalg.norm(vector)).astype(np.float32)


def passages_of(name: str, *texts: str, vectors: Sequence[NDArray[np.float32]] = ()) -> list[EmbeddedPassage]:
    """Passages of one document version, which is made from its texts."""
    found: list[EmbeddedPassage] = []
    start = 0
    of_all = version("".join(texts))
    for ordinal, text in enumerate(texts):
        identity = PassageId(name, of_all, ordinal)
        passage = Passage(identity, text, start, start + len(text), prefix=f"Title of {name}", language="en")
        found.append(EmbeddedPassage(passage, vectors[ordinal].reshape(1, -1) if vectors else None))
        start += len(text) + 2
    return found


def live_of(passages: Sequence[EmbeddedPassage], **changes: object) -> LiveDocument:
    """The document of these passages, readable by everybody in the tenant."""
    identity = passages[0].passage.id
    base = LiveDocument(
        id=identity.document,
        version=identity.version,
        source="files",
        path=f"{identity.document}.md",
        title=f"Title of {identity.document}",
        access=None,
        attributes={},
        passages=len(passages),
    )
    return replace(base, **changes)  # type: ignore[arg-type]


class PassagesSuite:
    """Behaviour of `ports.passages.Passages`."""

    @pytest.fixture
    def store(self) -> Passages:
        raise NotImplementedError

    @staticmethod
    async def publish(
        store: Passages, snapshot: Snapshot, *documents: Sequence[EmbeddedPassage], by: Principal | None = None
    ) -> None:
        """Writes and seals documents that everybody may read."""
        principal = by or system()
        for passages in documents:
            await store.write(principal, snapshot.knowledge_base, snapshot.generation, passages, soon())
        await store.seal(principal, snapshot, [live_of(passages) for passages in documents], soon())

    @staticmethod
    async def search(
        store: Passages,
        text: str,
        *,
        snapshot: Snapshot = FIRST,
        by: Principal | None = None,
        condition: Filter | None = None,
        vector: NDArray[np.float32] | None = None,
    ) -> Candidates:
        query = PassageQuery(text=text, vector=vector, filter=condition)
        return await store.search(by or system(), snapshot, query, soon())

    @staticmethod
    def best(found: Candidates, leg: Leg = Leg.WORDS) -> str:
        """The document that scores highest."""
        return found.ids[int(np.argmax(found.legs[leg]))].document

    async def test_finds_the_passage_that_holds_the_words(self, store: Passages) -> None:
        await self.publish(
            store, FIRST, passages_of("leave", "Employees have 26 days."), passages_of("it", "A laptop.")
        )
        found = await self.search(store, "laptop")
        assert self.best(found) == "it"
        assert all(len(scores) == len(found.ids) for scores in found.legs.values())
        assert found.self_score > 0

    async def test_grams_find_a_misspelt_word(self, store: Passages) -> None:
        await self.publish(store, FIRST, passages_of("a", "The reimbursement form."), passages_of("b", "A laptop."))
        assert self.best(await self.search(store, "reimbursment"), Leg.GRAMS) == "a"

    async def test_vectors_find_what_words_do_not(self, store: Passages) -> None:
        if Ability.DENSE not in store.abilities:
            pytest.skip("the store owns no dense leg")
        await self.publish(
            store,
            FIRST,
            passages_of("a", "Something.", vectors=[unit(1, 0)]),
            passages_of("b", "Else.", vectors=[unit(0, 1)]),
        )
        found = await self.search(store, "", vector=unit(0.1, 1))
        assert self.best(found, Leg.DENSE) == "b"
        scores = dict(zip([one.document for one in found.ids], found.legs[Leg.DENSE].tolist(), strict=True))
        assert scores["b"] == pytest.approx(float(unit(0.1, 1) @ unit(0, 1)), abs=1e-5)

    async def test_a_row_scores_as_its_best_window(self, store: Passages) -> None:
        if Ability.DENSE not in store.abilities:
            pytest.skip("the store owns no dense leg")
        (plain,) = passages_of("a", "Something.")
        windows = EmbeddedPassage(plain.passage, np.stack([unit(1, 0), unit(0, 1)]))
        await self.publish(store, FIRST, [windows], passages_of("b", "Else.", vectors=[unit(1, 1)]))
        found = await self.search(store, "", vector=unit(0, 1))
        assert self.best(found, Leg.DENSE) == "a"

    async def test_nothing_is_visible_before_it_is_sealed(self, store: Passages) -> None:
        await store.write(system(), KNOWLEDGE_BASE, 1, passages_of("a", "Some words."), soon())
        with pytest.raises(SnapshotNotFoundError):
            await self.search(store, "words")

    async def test_sealing_is_exact_about_what_lives(self, store: Passages) -> None:
        old, new, other = passages_of("a", "old words"), passages_of("a", "new words"), passages_of("b", "words")
        await self.publish(store, FIRST, old, other)
        await store.write(system(), KNOWLEDGE_BASE, 1, new, soon())
        await store.seal(system(), SECOND, [live_of(new)], soon())
        assert {one.version for one in (await self.search(store, "words", snapshot=SECOND)).ids} == {
            new[0].passage.id.version
        }
        assert len((await self.search(store, "words", snapshot=FIRST)).ids) == 2

    async def test_writing_and_sealing_again_changes_nothing(self, store: Passages) -> None:
        document = passages_of("a", "one two", "three four")
        await self.publish(store, FIRST, document)
        await self.publish(store, FIRST, document)
        found = await store.scan(system(), FIRST, soon())
        assert [one.passage for one in found.items] == [one.passage for one in document]

    async def test_a_document_that_was_not_written_whole_is_not_sealed(self, store: Passages) -> None:
        document = passages_of("a", "one", "two", "three")
        await store.write(system(), KNOWLEDGE_BASE, 1, document[:2], soon())
        with pytest.raises(CorruptDataError):
            await store.seal(system(), FIRST, [live_of(document)], soon())
        await store.write(system(), KNOWLEDGE_BASE, 1, document[2:], soon())
        await store.seal(system(), FIRST, [live_of(document)], soon())
        assert len((await store.scan(system(), FIRST, soon())).items) == 3

    async def test_another_tenant_sees_nothing(self, store: Passages) -> None:
        await self.publish(store, FIRST, passages_of("a", "secret words"))
        with pytest.raises(SnapshotNotFoundError):
            await self.search(store, "secret", by=system("globex"))
        await self.publish(store, FIRST, passages_of("b", "other words"), by=system("globex"))
        found = await self.search(store, "secret words", by=system("globex"))
        assert {one.document for one in found.ids} == {"b"}
        identity = passages_of("a", "secret words")[0].passage.id
        assert not await store.fetch(system("globex"), FIRST, [identity], soon())

    async def test_access_is_a_filter_before_the_cut(self, store: Passages) -> None:
        closed = [passages_of(f"closed{n}", "salary table of the board") for n in range(30)]
        opened = passages_of("open", "salary of everybody, in one longer sentence that matches less")
        for document in (*closed, opened):
            await store.write(system(), KNOWLEDGE_BASE, 1, document, soon())
        documents = [live_of(one, access=frozenset({"hr"})) for one in closed] + [live_of(opened)]
        await store.seal(system(), FIRST, documents, soon())
        query = PassageQuery(text="salary", limit=3)
        seen = await store.search(member("sales"), FIRST, query, soon())
        assert {one.document for one in seen.ids} == {"open"}
        identity = closed[0][0].passage.id
        assert not await store.fetch(member("sales"), FIRST, [identity], soon())
        assert not await store.documents(member("sales"), FIRST, [identity.document], soon())
        assert await store.fetch(member("hr"), FIRST, [identity], soon())
        assert len((await store.scan(member("sales"), FIRST, soon())).items) == 1

    async def test_filters_use_the_grammar_of_vector_stores(self, store: Passages) -> None:
        for year in range(2020, 2026):
            await store.write(system(), KNOWLEDGE_BASE, 1, passages_of(f"d{year}", f"report {year}"), soon())
        documents = [
            live_of(passages_of(f"d{year}", f"report {year}"), attributes={"year": float(year), "draft": year > 2024})
            for year in range(2020, 2026)
        ]
        await store.seal(system(), FIRST, documents, soon())
        condition = Compound("and", (Comparison("gte", "year", 2023.0), Comparison("eq", "draft", value=False)))
        found = await self.search(store, "report", condition=condition)
        assert {one.document for one in found.ids} == {"d2023", "d2024"}
        assert not (await self.search(store, "report", condition=Comparison("eq", "team", "hr"))).ids

    async def test_a_pinned_snapshot_does_not_move_under_writes(self, store: Passages) -> None:
        await self.publish(store, FIRST, *[passages_of(f"d{n}", f"constant text {n}") for n in range(20)])
        before = await self.search(store, "constant text")

        async def write(revision: int) -> None:
            document = passages_of("d0", f"constant text of revision {revision}")
            await store.write(system(), KNOWLEDGE_BASE, 1, document, soon())
            await store.seal(system(), Snapshot(KNOWLEDGE_BASE, 1, revision), [live_of(document)], soon())

        searches = [self.search(store, "constant text") for _ in range(20)]
        results = await asyncio.gather(*searches, *[write(revision) for revision in range(2, 5)])
        for found in results[:20]:
            assert isinstance(found, Candidates)
            assert list(found.ids) == list(before.ids)
            for leg, scores in found.legs.items():
                np.testing.assert_array_equal(scores, before.legs[leg])

    async def test_scores_do_not_depend_on_history(self, store: Passages) -> None:
        documents = [passages_of(f"d{n}", f"alpha beta {n} " + "gamma " * (n % 5)) for n in range(12)]
        await self.publish(store, FIRST, *documents)
        other = "rebuilt"
        for n, document in enumerate(documents):
            await store.write(system(), other, 1, document, soon())
            revision = Snapshot(other, 1, n + 1)
            await store.seal(system(), revision, [live_of(one) for one in documents[: n + 1]], soon())
        first = await self.search(store, "alpha gamma 7")
        last = await self.search(store, "alpha gamma 7", snapshot=Snapshot(other, 1, len(documents)))
        assert sorted(first.ids) == sorted(last.ids)
        for leg in first.legs:
            left = dict(zip(first.ids, first.legs[leg].tolist(), strict=True))
            right = dict(zip(last.ids, last.legs[leg].tolist(), strict=True))
            assert left == pytest.approx(right, abs=1e-6)

    async def test_fetch_keeps_the_order_and_leaves_out_what_is_not_live(self, store: Passages) -> None:
        document = passages_of("a", "one", "two", "three")
        await self.publish(store, FIRST, document)
        ids = [one.passage.id for one in document]
        wanted = [ids[2], PassageId("a", version("gone"), 0), PassageId("a", ids[0].version, 99), ids[0]]
        assert [one.text for one in await store.fetch(system(), FIRST, wanted, soon())] == ["three", "one"]

    async def test_scan_pages_through_everything_in_order(self, store: Passages) -> None:
        documents = [passages_of(f"d{n}", *[f"text {n} {m}" for m in range(3)]) for n in range(5)]
        await self.publish(store, FIRST, *documents)
        seen: list[PassageId] = []
        after: str | None = None
        while True:
            page = await store.scan(system(), FIRST, soon(), after=after, limit=4)
            seen += [one.passage.id for one in page.items]
            after = page.after
            if after is None:
                break
        assert seen == sorted(one.passage.id for document in documents for one in document)

    async def test_purge_erases_what_no_kept_snapshot_shows(self, store: Passages) -> None:
        gone, kept = passages_of("gone", "forget these words"), passages_of("kept", "remember these words")
        await self.publish(store, FIRST, gone, kept)
        await store.seal(system(), SECOND, [live_of(kept)], soon())
        await store.purge(system(), KNOWLEDGE_BASE, {1: 2}, soon())
        with pytest.raises(SnapshotNotFoundError):
            await self.search(store, "words", snapshot=FIRST)
        found = await self.search(store, "words", snapshot=SECOND)
        assert {one.document for one in found.ids} == {"kept"}
        with pytest.raises(CorruptDataError):
            await store.seal(system(), Snapshot(KNOWLEDGE_BASE, 1, 3), [live_of(gone)], soon())
        await store.purge(system(), KNOWLEDGE_BASE, {}, soon())
        await store.purge(system(), KNOWLEDGE_BASE, {}, soon())
        with pytest.raises(SnapshotNotFoundError):
            await self.search(store, "words", snapshot=SECOND)

    @pytest.mark.parametrize(
        "text",
        ["Grüße, naïve façade", "数据库的隔离", "مرحبا بالعالم", "🦉 owl of 𝒦vasir", "e\u0301 and \u00e9", "a\u200bb"],
    )
    async def test_text_comes_back_code_point_for_code_point(self, store: Passages, text: str) -> None:
        await self.publish(store, FIRST, passages_of("a", text))
        (found,) = await store.fetch(system(), FIRST, [passages_of("a", text)[0].passage.id], soon())
        assert found.text == text
        assert (found.start, found.end) == (0, len(text))

    async def test_stretches_that_give_orders_come_back(self, store: Passages) -> None:
        document = passages_of("a", "Fine words. Ignore them.", "More words.")
        marked = replace(document[0], passage=replace(document[0].passage, instructions=MARKS))
        await self.publish(store, FIRST, [marked, document[1]])
        ids = [one.passage.id for one in document]
        found = await store.fetch(system(), FIRST, ids, soon())
        assert [one.instructions for one in found] == [MARKS, ()]
        assert [one.passage for one in (await store.scan(system(), FIRST, soon())).items] == list(found)
        assert ids[0] in (await self.search(store, "ignore")).ids

    async def test_large_documents_are_whole(self, store: Passages) -> None:
        document = passages_of("big", *[f"sentence number {n} of a long document" for n in range(9_000)])
        for start in range(0, len(document), 1000):
            await store.write(system(), KNOWLEDGE_BASE, 1, document[start : start + 1000], soon())
        await store.seal(system(), FIRST, [live_of(document)], soon())
        found = await self.search(store, "number 8765")
        assert found.ids[int(np.argmax(found.legs[Leg.WORDS]))].ordinal == 8765
        (last,) = await store.fetch(system(), FIRST, [document[-1].passage.id], soon())
        assert last == document[-1].passage

    async def test_an_empty_snapshot_can_be_searched(self, store: Passages) -> None:
        await store.seal(system(), FIRST, [], soon())
        found = await self.search(store, "anything")
        assert list(found.ids) == []
        assert (await store.scan(system(), FIRST, soon())).items == []

    async def test_nothing_is_done_after_the_deadline(self, store: Passages) -> None:
        document = passages_of("a", "words")
        with pytest.raises(DeadlineExceededError):
            await store.write(system(), KNOWLEDGE_BASE, 1, document, passed())
        with pytest.raises(CorruptDataError):
            await store.seal(system(), FIRST, [live_of(document)], soon())
        await self.publish(store, FIRST, document)
        with pytest.raises(DeadlineExceededError):
            await store.search(system(), FIRST, PassageQuery(text="words"), passed())
