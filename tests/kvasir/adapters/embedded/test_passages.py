import io
import multiprocessing
from collections.abc import AsyncIterator
from pathlib import Path

import numpy as np
import pytest

from kvasir.adapters.embedded.passages import FilePassages
from kvasir.adapters.embedded.segments import FORMAT
from kvasir.adapters.embedded.segments_dense import EXACT_LIMIT, DenseIndex, write_dense_index
from kvasir.adapters.embedded.segments_folder import GenerationFolder
from kvasir.adapters.embedded.segments_staging import passage_of, row_of
from kvasir.errors import CorruptDataError, InvalidInputError, UnsupportedError
from kvasir.ports.documents import Snapshot
from kvasir.ports.passages import PassageQuery
from kvasir.ports.principal import Principal
from kvasir.testing.builders import KNOWLEDGE_BASE, soon, system
from kvasir.testing.passages import FIRST, SECOND, PassagesSuite, live_of, passages_of


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[FilePassages]:
    store = FilePassages(tmp_path)
    yield store
    await store.close()


class TestFilePassages(PassagesSuite):
    @pytest.fixture
    async def store(self, tmp_path: Path) -> AsyncIterator[FilePassages]:  # type: ignore[override]
        store = FilePassages(tmp_path)
        yield store
        await store.close()


async def test_segments_stay_few_while_documents_trickle_in(store: FilePassages, tmp_path: Path) -> None:
    documents = [passages_of(f"d{n}", f"text number {n}") for n in range(40)]
    for n, document in enumerate(documents):
        await store.write(system(), KNOWLEDGE_BASE, 1, document, soon())
        live = [live_of(one) for one in documents[: n + 1]]
        await store.seal(system(), Snapshot(KNOWLEDGE_BASE, 1, n + 1), live, soon())
        await store.purge(system(), KNOWLEDGE_BASE, {1: n + 1}, soon())
    segments = list(tmp_path.glob("acme/handbook/1/segment-*"))
    assert len(segments) <= 4
    found = await store.scan(system(), Snapshot(KNOWLEDGE_BASE, 1, 40), soon())
    assert len(found.items) == 40


async def test_erased_text_is_in_no_file(store: FilePassages, tmp_path: Path) -> None:
    gone, kept = passages_of("gone", "xylophonequartz"), passages_of("kept", "remember")
    await PassagesSuite.publish(store, FIRST, gone, kept)
    await store.seal(system(), SECOND, [live_of(kept)], soon())
    assert any(b"xylophonequartz" in path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    await store.purge(system(), KNOWLEDGE_BASE, {1: 2}, soon())
    assert not any(b"xylophonequartz" in path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())


async def test_an_open_snapshot_outlives_the_purge_of_its_files(store: FilePassages, tmp_path: Path) -> None:
    await PassagesSuite.publish(store, FIRST, passages_of("a", "old words"))
    reader = FilePassages(tmp_path)
    query = PassageQuery(text="words")
    before = await reader.search(system(), FIRST, query, soon())
    await store.write(system(), KNOWLEDGE_BASE, 1, passages_of("a", "new words"), soon())
    await store.seal(system(), SECOND, [live_of(passages_of("a", "new words"))], soon())
    await store.purge(system(), KNOWLEDGE_BASE, {1: 2}, soon())
    assert list((await reader.search(system(), FIRST, query, soon())).ids) == list(before.ids)
    assert [one.text for one in await reader.fetch(system(), FIRST, before.ids, soon())] == ["old words"]
    await reader.close()


async def test_drafts_of_a_killed_run_are_swept(store: FilePassages, tmp_path: Path) -> None:
    await PassagesSuite.publish(store, FIRST, passages_of("a", "words"))
    folder = tmp_path / "acme" / KNOWLEDGE_BASE / "1"
    (folder / ".new-segment-dead").mkdir()
    (folder / ".new-segment-dead" / "rows.bin").write_bytes(b"half")
    (folder / ".new-segment-dead" / "slice-000000").mkdir()
    (folder / ".new-segment-dead" / "slice-000000" / "lexical.kvs").write_bytes(b"half")
    (folder / "segment-orphan").mkdir()
    await store.purge(system(), KNOWLEDGE_BASE, {1: 1}, soon())
    assert not list(folder.glob(".new-*"))
    assert not (folder / "segment-orphan").exists()
    assert (await store.search(system(), FIRST, PassageQuery(text="words"), soon())).ids


async def test_what_remains_is_copied_as_it_was(store: FilePassages, tmp_path: Path) -> None:
    """Rows and vectors, around holes, from several segments."""
    random = np.random.default_rng(7)
    documents = [
        passages_of(
            f"d{n}", *(f"text {n} {row}" for row in range(3)), vectors=list(random.standard_normal((3, 8), np.float32))
        )
        for n in range(7)
    ]
    await PassagesSuite.publish(store, FIRST, *documents[:4])
    kept = [documents[n] for n in (0, 1, 3, 4, 6)]
    for document in documents[4:]:
        await store.write(system(), KNOWLEDGE_BASE, 1, document, soon())
    await store.seal(system(), SECOND, [live_of(one) for one in kept], soon())
    await store.purge(system(), KNOWLEDGE_BASE, {1: 2}, soon())
    found = await store.scan(system(), SECOND, soon())
    expected = [one for document in kept for one in document]
    assert [one.passage for one in found.items] == [one.passage for one in expected]
    for one, other in zip(found.items, expected, strict=True):
        assert one.vectors is not None
        assert other.vectors is not None
        assert one.vectors.tobytes() == other.vectors.tobytes()
    (file,) = tmp_path.glob("acme/handbook/1/segment-*/vectors.npy")
    content = io.BytesIO()
    np.save(content, np.load(file))
    assert file.read_bytes() == content.getvalue()


async def test_a_damaged_manifest_is_said_to_be_damaged(store: FilePassages, tmp_path: Path) -> None:
    await PassagesSuite.publish(store, FIRST, passages_of("a", "words"))
    (manifest,) = tmp_path.glob("acme/handbook/1/revision-*.json")
    manifest.write_bytes(b"{")
    await store.close()
    fresh = FilePassages(tmp_path)
    with pytest.raises(CorruptDataError, match="Ingest the knowledge base again"):
        await fresh.search(system(), FIRST, PassageQuery(text="words"), soon())
    await fresh.close()


@pytest.mark.parametrize("name", ["", "..", ".hidden", "a/b"])
async def test_names_cannot_lead_out_of_the_directory(store: FilePassages, name: str) -> None:
    with pytest.raises(InvalidInputError):
        await store.write(Principal.system(name, "test"), KNOWLEDGE_BASE, 1, passages_of("a", "x"), soon())


def test_a_version_that_stands_in_two_segments_counts_once(tmp_path: Path) -> None:
    document = passages_of("a", "words")
    folder = GenerationFolder(tmp_path)
    folder.stage(document)
    folder.seal(1, [live_of(document)])
    (segment,) = tmp_path.glob("segment-*")
    twin = segment.with_name("segment-0twin")
    twin.mkdir()
    for path in segment.iterdir():
        (twin / path.name).write_bytes(path.read_bytes())
    folder.seal(2, [live_of(document)])
    folder.purge(2)
    assert len(list(tmp_path.glob("segment-*"))) == 1


def test_the_approximate_index_agrees_with_the_exact_one(tmp_path: Path) -> None:
    random = np.random.default_rng(7)
    centres = random.standard_normal((200, 32)).astype(np.float32)
    vectors = centres[random.integers(0, 200, EXACT_LIMIT + 2000)]
    vectors = vectors + 0.6 * random.standard_normal(vectors.shape).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    starts = np.arange(len(vectors) + 1, dtype=np.int64)
    write_dense_index(tmp_path, vectors)
    index = DenseIndex.open(tmp_path, vectors, starts)
    exact = DenseIndex(vectors, starts, None)
    allowed = random.random(len(vectors)) < 0.1
    for mask, floor in ((None, 0.97), (allowed, 0.95)):
        hits = 0
        for query in vectors[:50]:
            near, scores = index.search(query, mask, 10)
            true, _ = exact.search(query, mask, 10)
            assert list(scores) == sorted(scores, reverse=True)
            assert mask is None or mask[near].all()
            hits += len(set(near.tolist()) & set(true.tolist()))
        assert hits >= floor * 500


def read_forever(
    directory: str,
    ready: "multiprocessing.synchronize.Event",
    stop: "multiprocessing.synchronize.Event",
    broken: "multiprocessing.queues.Queue[str]",
) -> None:  # pragma: no cover - another process
    import asyncio

    from kvasir.errors import NotFoundError

    async def work() -> None:
        store = FilePassages(Path(directory))
        while not stop.is_set():
            for revision in range(1, 13):
                snapshot = Snapshot(KNOWLEDGE_BASE, 1, revision)
                try:
                    found = await store.search(system(), snapshot, PassageQuery(text="revision"), soon())
                    texts = [one.text for one in await store.fetch(system(), snapshot, found.ids, soon())]
                except NotFoundError:
                    continue
                if texts and texts != [f"words of revision {revision}"] * 3:
                    broken.put(f"{revision}: {texts}")
                ready.set()
        await store.close()

    asyncio.run(work())


@pytest.mark.timeout(200)
async def test_other_processes_see_revisions_whole_or_not_at_all(store: FilePassages, tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    ready, stop, broken = context.Event(), context.Event(), context.Queue()
    readers = [
        context.Process(target=read_forever, args=(str(tmp_path), ready, stop, broken), daemon=True) for _ in range(2)
    ]
    for reader in readers:
        reader.start()
    for revision in range(1, 13):
        documents = [passages_of(f"d{n}", f"words of revision {revision}") for n in range(3)]
        for document in documents:
            await store.write(system(), KNOWLEDGE_BASE, 1, document, soon())
        await store.seal(
            system(), Snapshot(KNOWLEDGE_BASE, 1, revision), [live_of(document) for document in documents], soon()
        )
        if revision == 1:
            assert ready.wait(120)
        if revision > 2:
            await store.purge(system(), KNOWLEDGE_BASE, {1: revision - 1}, soon())
    stop.set()
    for reader in readers:
        reader.join(20)
        assert reader.exitcode == 0
    assert broken.empty()


def test_rows_of_the_first_format_are_read() -> None:
    passage = passages_of("a", "words")[0].passage
    assert passage_of(row_of(passage)) == passage
    assert passage_of(row_of(passage)[:9]) == passage


async def test_a_segment_of_a_newer_format_is_not_guessed_at(store: FilePassages, tmp_path: Path) -> None:
    await PassagesSuite.publish(store, FIRST, passages_of("a", "words"))
    (meta,) = tmp_path.glob("acme/handbook/1/segment-*/segment.json")
    meta.write_bytes(meta.read_bytes().replace(b'"format":%d' % FORMAT, b'"format":99'))
    fresh = FilePassages(tmp_path)
    with pytest.raises(UnsupportedError, match="newer version"):
        await fresh.search(system(), FIRST, PassageQuery(text="words"), soon())
    await fresh.close()
