"""Uploaded files as documents."""

import pytest

from kvasir.errors import InvalidInputError, NotFoundError
from kvasir.ingestion.uploads import Uploads, UploadSource, check_filename
from kvasir.ports.filters import MAX_ATTRIBUTES
from kvasir.testing.builders import KNOWLEDGE_BASE, member, soon, system
from kvasir.testing.ingestion import Bench
from kvasir.wiring import EmbeddedStores


@pytest.fixture
def uploads(stores: EmbeddedStores) -> Uploads:
    return stores.uploads


async def attach(uploads: Uploads, name: str, content: bytes, source: str = "uploads", **options: object) -> str:
    file = await uploads.add(system(), name, content, soon())
    await uploads.attach(system(), KNOWLEDGE_BASE, source, file.id, soon(), **options)  # type: ignore[arg-type]
    return file.id


def source(uploads: Uploads, name: str = "uploads") -> UploadSource:
    return UploadSource(name, uploads, system(), KNOWLEDGE_BASE)


async def test_an_attached_file_becomes_a_document(bench: Bench, uploads: Uploads) -> None:
    await attach(uploads, "a.md", b"# A\n\nOne.", attributes={"team": "core"}, access=frozenset({"hr"}))
    await bench.run([source(uploads)])
    assert await bench.texts() == {"a.md": "# A\n\nOne."}
    assert await bench.texts(principal=member()) == {}
    row = (await bench.documents(1))["a.md"]
    assert row.document.attributes == {"team": "core"}


async def test_the_same_name_replaces(bench: Bench, uploads: Uploads) -> None:
    first = await attach(uploads, "a.md", b"One.")
    await bench.run([source(uploads)])
    second = await attach(uploads, "a.md", b"Two.")
    await bench.run([source(uploads)])
    assert await bench.texts() == {"a.md": "Two."}
    assert len(await bench.documents()) == 1
    attached = await uploads.attachments(system(), KNOWLEDGE_BASE, "uploads", soon())
    assert [one.file.id for one in attached] == [second]
    assert (await uploads.get(system(), first, soon())).filename == "a.md"


async def test_a_replacement_that_was_cut_short_shows_the_newer(
    uploads: Uploads, monkeypatch: pytest.MonkeyPatch
) -> None:
    await attach(uploads, "a.md", b"One.")
    original = type(uploads._blobs).delete

    async def broken(*_arguments: object) -> None:
        raise ConnectionAbortedError

    monkeypatch.setattr(type(uploads._blobs), "delete", broken)
    monkeypatch.setattr(uploads, "_clock", lambda now=uploads._clock: now().replace(year=2999))
    with pytest.raises(ConnectionAbortedError):
        await attach(uploads, "a.md", b"Two.")
    monkeypatch.setattr(type(uploads._blobs), "delete", original)
    (one,) = await uploads.attachments(system(), KNOWLEDGE_BASE, "uploads", soon())
    assert await uploads.content(system(), one.file.id, soon()) == b"Two."


async def test_deleting_a_file_deletes_it_everywhere(bench: Bench, uploads: Uploads) -> None:
    file = await attach(uploads, "a.md", b"One.")
    await uploads.attach(system(), KNOWLEDGE_BASE, "other", file, soon())
    both = [source(uploads), source(uploads, "other")]
    await bench.run(both)
    assert len(await bench.documents()) == 1  # one path, two sources
    assert len(await bench.passages()) == 2
    await uploads.delete(system(), file, soon())
    await bench.run(both)
    assert await bench.texts() == {}
    assert await bench.blobs() == []
    with pytest.raises(NotFoundError):
        await uploads.get(system(), file, soon())


async def test_detaching_takes_it_from_one_source(bench: Bench, uploads: Uploads) -> None:
    file = await attach(uploads, "a.md", b"One.")
    for _ in range(2):
        await uploads.detach(system(), KNOWLEDGE_BASE, "uploads", file, soon())
    await bench.run([source(uploads)])
    assert await bench.texts() == {}
    assert await uploads.content(system(), file, soon()) == b"One."


async def test_uploads_are_of_one_tenant(uploads: Uploads) -> None:
    file = await attach(uploads, "a.md", b"One.")
    for work in (uploads.get, uploads.content, uploads.delete):
        with pytest.raises(NotFoundError):
            await work(system("other"), file, soon())
    assert await uploads.list(system("other"), soon()) == []
    assert [one.id for one in await uploads.list(system(), soon())] == [file]


@pytest.mark.parametrize("file", ["", "..", "file-../../x", "file-", "x/y", "file-0"])
async def test_ids_that_are_none(uploads: Uploads, file: str) -> None:
    with pytest.raises(NotFoundError):
        await uploads.get(system(), file, soon())


@pytest.mark.parametrize("name", ["", "x" * 256, "a\nb", "a\x00b", "a\u202eb", "\ud800"])
def test_names_that_cannot_be(name: str) -> None:
    with pytest.raises(InvalidInputError):
        check_filename(name)


@pytest.mark.parametrize("name", ["../../etc/passwd.md", "C:\\x.md", "caf\u00e9.md", ".hidden.md", "a/b.md"])
async def test_odd_names_are_only_names(bench: Bench, uploads: Uploads, name: str) -> None:
    await attach(uploads, name, b"One.")
    await bench.run([source(uploads)])
    assert await bench.texts() == {name: "One."}


async def test_attributes_are_limited(uploads: Uploads) -> None:
    too_many = {f"a{number}": "x" for number in range(MAX_ATTRIBUTES + 1)}
    with pytest.raises(InvalidInputError, match="attributes"):
        await attach(uploads, "a.md", b"One.", attributes=too_many)
