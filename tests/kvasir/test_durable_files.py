from pathlib import Path

import pytest

from kvasir.durable_files import replace_file, sync_tree, write_file
from kvasir.errors import UnavailableError


def test_a_file_is_replaced_whole_and_leaves_nothing_beside_it(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "file"
    replace_file(path, b"one")
    replace_file(path, b"two")
    assert path.read_bytes() == b"two"
    assert [one.name for one in path.parent.iterdir()] == ["file"]


def test_a_failing_writer_leaves_the_old_content(tmp_path: Path) -> None:
    path = tmp_path / "file"
    replace_file(path, b"old")

    def fail(_: object) -> None:
        raise ValueError("broken")

    with pytest.raises(ValueError, match="broken"):
        write_file(path, fail)
    assert path.read_bytes() == b"old"
    assert [one.name for one in tmp_path.iterdir()] == ["file"]


def test_what_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(UnavailableError, match="file"):
        replace_file(tmp_path / "file" / "below", b"x")


def test_a_tree_can_be_synced(tmp_path: Path) -> None:
    replace_file(tmp_path / "a" / "b", b"x")
    sync_tree(tmp_path)
