import asyncio
import os
from pathlib import Path

import pytest

from kvasir.adapters.sources.volume import VolumeSource
from kvasir.errors import (
    DeadlineExceededError,
    ExhaustedError,
    InvalidInputError,
    NotFoundError,
    UnavailableError,
)
from kvasir.ports.sources import SourceItem
from kvasir.testing.builders import passed, soon
from kvasir.testing.sources import bytes_of, contents_of, items_of


@pytest.fixture
def volume(tmp_path: Path) -> Path:
    folder = tmp_path / "volume"
    (folder / "docs").mkdir(parents=True)
    (folder / "docs" / "a.md").write_text("one")
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "secret.md").write_text("secret")
    return folder


def source(volume: Path, **options: object) -> VolumeSource:
    return VolumeSource("disk", volume, volume, **options)  # type: ignore[arg-type]


class TestLinks:
    async def test_those_that_leave_the_volume_are_left_out(self, volume: Path) -> None:
        (volume / "link.md").symlink_to("../outside/secret.md")
        (volume / "absolute.md").symlink_to(volume.parent / "outside" / "secret.md")
        (volume / "folder").symlink_to("../outside")
        (volume / "chain.md").symlink_to("link.md")
        (volume / "dangling.md").symlink_to("nowhere")
        (volume / "loop.md").symlink_to("loop.md")
        assert await contents_of(source(volume)) == {"docs/a.md": b"one"}

    async def test_those_within_are_followed(self, volume: Path) -> None:
        (volume / "link.md").symlink_to("docs/a.md")
        assert set(await contents_of(source(volume))) == {"docs/a.md", "link.md"}

    async def test_a_mounted_config_map_is_read(self, volume: Path) -> None:
        """The kubelet's layout: files are links through a hidden folder that is itself a link."""
        (volume / "..2026").mkdir()
        (volume / "..2026" / "k.md").write_text("x")
        (volume / "..data").symlink_to("..2026")
        (volume / "k.md").symlink_to("..data/k.md")
        assert set(await contents_of(source(volume))) == {"docs/a.md", "k.md"}

    async def test_one_that_is_swapped_after_the_listing(self, volume: Path) -> None:
        one = source(volume)
        item = (await items_of(one))["docs/a.md"]
        (volume / "docs" / "a.md").unlink()
        (volume / "docs" / "a.md").symlink_to(volume.parent / "outside" / "secret.md")
        with pytest.raises(NotFoundError, match="no file of its volume"):
            await one.fetch(item, soon())

    async def test_the_folder_itself_may_not_leave(self, volume: Path) -> None:
        (volume / "away").symlink_to("../outside")
        for folder in (volume / "away", volume / ".." / "outside", volume / "missing", volume / "docs" / "a.md"):
            with pytest.raises(NotFoundError):
                await items_of(VolumeSource("disk", folder, volume))

    @pytest.mark.parametrize("path", ["../outside/secret.md", "docs/../../outside/secret.md", "/etc/passwd"])
    async def test_paths_that_were_never_listed(self, volume: Path, path: str) -> None:
        with pytest.raises(NotFoundError):
            await source(volume).fetch(SourceItem(path), soon())


class TestOddities:
    async def test_a_pipe_is_no_file_and_is_never_waited_for(self, volume: Path) -> None:
        os.mkfifo(volume / "pipe.md")
        assert set(await items_of(source(volume))) == {"docs/a.md"}
        with pytest.raises(NotFoundError):
            await asyncio.wait_for(source(volume).fetch(SourceItem("pipe.md"), soon()), 5)

    async def test_a_name_that_is_not_utf8_is_refused_and_harms_nothing_else(self, volume: Path) -> None:
        Path(os.fsdecode(os.fsencode(volume) + b"/caf\xe9.md")).write_text("x")
        one = source(volume)
        items = await items_of(one)
        assert set(items) == {"docs/a.md", "caf\ufffd.md"}
        with pytest.raises(InvalidInputError, match="not UTF-8"):
            await one.fetch(items["caf\ufffd.md"], soon())

    async def test_large_files_are_refused_whole_or_while_they_grow(self, volume: Path) -> None:
        (volume / "big.txt").write_bytes(b"x" * 3_000_000)
        with pytest.raises(ExhaustedError):
            await source(volume, max_bytes=1000).fetch(SourceItem("big.txt"), soon())
        fetched = await source(volume, max_bytes=3_000_000).fetch(SourceItem("big.txt"), soon())
        with (volume / "big.txt").open("ab") as file:
            file.write(b"y")
        with pytest.raises(ExhaustedError, match="grew"):
            await bytes_of(fetched)

    async def test_an_edit_that_keeps_size_and_time_is_seen(self, volume: Path) -> None:
        file = volume / "docs" / "a.md"
        before = (await items_of(source(volume)))["docs/a.md"]
        times = file.stat()
        file.write_text("two")
        os.utime(file, ns=(times.st_atime_ns, times.st_mtime_ns))
        assert (await items_of(source(volume)))["docs/a.md"].validators != before.validators

    async def test_deadlines(self, volume: Path) -> None:
        with pytest.raises(DeadlineExceededError):
            await source(volume).fetch(SourceItem("docs/a.md"), passed())
        with pytest.raises(DeadlineExceededError):
            async for _ in source(volume).list({}, passed()):
                pass

    @pytest.mark.skipif(os.geteuid() == 0, reason="root reads everything")
    async def test_a_folder_that_cannot_be_read_breaks_the_listing(self, volume: Path) -> None:
        (volume / "docs").chmod(0)
        with pytest.raises(UnavailableError):
            await items_of(source(volume))
        (volume / "docs").chmod(0o700)


class TestSelection:
    async def test_hidden_files_only_when_named(self, volume: Path) -> None:
        (volume / ".git").mkdir()
        (volume / ".git" / "config.md").write_text("x")
        (volume / ".env").write_text("x")
        assert set(await items_of(source(volume))) == {"docs/a.md"}
        assert set(await items_of(source(volume, include=["**/.git/**", "**/*.md"]))) == {"docs/a.md", ".git/config.md"}

    async def test_exclude_wins(self, volume: Path) -> None:
        (volume / "docs" / "b.md").write_text("x")
        assert set(await items_of(source(volume, include=["**"], exclude=["**/b.*"]))) == {"docs/a.md"}
