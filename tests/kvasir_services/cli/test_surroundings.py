"""Bad surroundings of a platform: another one on its directory, a full disk, folders that cannot be written or read."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from tests.kvasir_services.cli.conftest import COMMAND, ENVIRONMENT, Platform, ended, free_port, start, until

from kvasir_services.cli.client import control

YAML = """
apiVersion: kvasir.dev/v1alpha1
kind: Tenant
metadata: {name: acme}
spec: {displayName: Acme}
---
apiVersion: kvasir.dev/v1alpha1
kind: KnowledgeBase
metadata: {name: notes, namespace: acme}
spec:
  sources:
  - {name: disk, volume: {claimName: docs, path: .}}
  - {name: mine, upload: {}}
  embedding: {none: {}}
"""
NOBODY = 65534


@contextmanager
def mounted(folder: Path, mebibytes: int) -> Iterator[Path]:
    """A file system of this size. Skips loudly without the right to mount."""
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", f"size={mebibytes}m", "tmpfs", str(folder)]
    if os.geteuid() != 0 or subprocess.run(command, check=False, capture_output=True).returncode != 0:
        pytest.skip("NOT TESTED: a full or read-only disk; needs root and the right to mount a tmpfs")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


def remount(folder: Path, mode: str) -> None:
    subprocess.run(["mount", "-o", f"remount,{mode}", str(folder)], check=True)


@pytest.fixture(scope="module")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    """Its data directory is a small disk of its own."""
    folder = tmp_path_factory.mktemp("surroundings")
    (folder / "platform" / "docs").mkdir(parents=True)
    (folder / "platform" / "acme.yaml").write_text(YAML, encoding="utf-8")
    (folder / "platform" / "docs" / "moon.md").write_text("# Moon\n\nThe moon base opens in 2031.\n", encoding="utf-8")
    with mounted(folder / "data", 24):
        running = start(folder, "platform")
        try:
            with control(running.data_directory) as client:
                running.wait_ready(client, "KnowledgeBase")
            yield running
        finally:
            (running.data_directory / "ballast").unlink(missing_ok=True)
            ended(running)


def answers(platform: Platform, query: str) -> str:
    headers = {"authorization": f"Bearer {platform.key('acme')}"}
    body = {"query": query}
    answer = httpx.post(f"{platform.url}/v1/vector_stores/notes/search", json=body, headers=headers, timeout=60)
    assert answer.status_code == 200, answer.text
    return answer.text


def up(folder: Path, *options: str, user: int | None = None) -> "subprocess.CompletedProcess[str]":
    """A `kvasir up` that is expected to end by itself."""
    return subprocess.run(
        [*COMMAND, "up", *options, "--port", str(free_port())],
        cwd=folder,
        env=ENVIRONMENT,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
        user=user,
    )


def test_a_second_platform_on_the_same_directory_is_refused_and_names_the_holder(platform: Platform) -> None:
    second = up(platform.folder, "platform", "--data-dir", str(platform.data_directory))
    assert second.returncode == 1
    assert f"Another `kvasir up` (process {platform.process.pid}) uses {platform.data_directory}" in second.stderr
    assert "--data-dir" in second.stderr
    assert "Traceback" not in second.stderr
    assert (platform.data_directory / "control.sock").exists()
    assert "2031" in answers(platform, "When does the moon base open?")
    assert "2031" in platform.run("search", "notes", "When does the moon base open?")


def test_a_full_disk_is_told_and_left_behind_when_there_is_space_again(platform: Platform, tmp_path: Path) -> None:
    ballast = fill(platform.data_directory)
    headers = {"authorization": f"Bearer {platform.key('acme')}"}
    with httpx.Client(base_url=f"{platform.url}/v1", headers=headers, timeout=60) as http:
        form = {"file": ("big.md", b"# Mars\n\n" + b"Words of a large file. " * 100_000)}
        refused = http.post("files", files=form, data={"purpose": "assistants"})
        assert refused.status_code == 507, refused.text
        assert "space" in refused.json()["error"]["message"]
        assert str(platform.folder) not in refused.text
        assert "2031" in answers(platform, "When does the moon base open?"), "reading goes on"
        file = tmp_path / "mars.md"
        file.write_text("# Mars\n\nThe Mars base opens in 2050.\n" * 2000, encoding="utf-8")
        failed = platform.result("upload", "notes", str(file))
        assert failed.returncode == 1
        assert "space" in failed.stderr
        assert "Traceback" not in failed.stderr
        assert http.get("files").json()["data"] == [], "nothing half-done"
        assert platform.process.poll() is None
        ballast.unlink()
        assert "indexed" in platform.run("upload", "notes", str(file))
        assert "2050" in answers(platform, "When does the Mars base open?")
        assert [one["filename"] for one in http.get("files").json()["data"]] == ["mars.md"]


def fill(folder: Path) -> Path:
    """Takes all the space that is left; deleting the file gives it back."""
    ballast = folder / "ballast"
    with ballast.open("wb", buffering=0) as file:
        for size in (1 << 20, 4096):
            try:
                while True:
                    file.write(b"\0" * size)
            except OSError:
                continue
    return ballast


@pytest.mark.parametrize("left", [0, 1 << 20], ids=["nothing left", "a little left"])
def test_a_run_that_meets_a_full_disk_says_so_and_is_tried_again(platform: Platform, left: int) -> None:
    document = platform.folder / "platform" / "docs" / "moon.md"
    with control(platform.data_directory) as client:
        before, after = (2031, 2044) if left == 0 else (2044, 2057)
        until(lambda: str(before) in answers(platform, "When does the moon base open?"))
        platform.wait_ready(client, "KnowledgeBase")

        def said() -> bool:
            (item,) = client.get("/control/resources", kind="KnowledgeBase", name="notes")
            return any("space" in one["message"] for one in item["status"]["conditions"])

        ballast = fill(platform.data_directory)
        os.truncate(ballast, ballast.stat().st_size - left)
        document.write_text(f"# Moon\n\nThe moon base opens in {after}.\n\n" + "Dust and rocks.\n" * 200_000)
        until(said, 60)
        assert str(before) in answers(platform, "When does the moon base open?"), "what was published stays"
        assert platform.process.poll() is None
        document.write_text(f"# Moon\n\nThe moon base opens in {after}.\n")
        ballast.unlink()
        until(lambda: str(after) in answers(platform, "When does the moon base open?"))
        platform.wait_ready(client, "KnowledgeBase")
        until(lambda: not said())


@contextmanager
def read_only(tmp_path: Path) -> Iterator[Path]:
    with mounted(tmp_path / "fixed", 4) as folder:
        (folder / "docs").mkdir()
        (folder / "docs" / "moon.md").write_text("# Moon\n\nThe moon base opens in 2031.\n", encoding="utf-8")
        remount(folder, "ro")
        yield folder


def test_a_read_only_data_directory_is_named_before_anything_starts(tmp_path: Path) -> None:
    (tmp_path / "acme.yaml").write_text(YAML, encoding="utf-8")
    with read_only(tmp_path) as folder:
        stopped = up(tmp_path, "acme.yaml", "--data-dir", str(folder / "data"))
        assert stopped.returncode == 1
        assert f"The data directory {folder / 'data'} cannot be written" in stopped.stderr
        assert "--data-dir" in stopped.stderr
        assert "Traceback" not in stopped.stderr
        assert sorted(path.name for path in folder.iterdir()) == ["docs"]


def test_a_read_only_volume_is_read(tmp_path: Path) -> None:
    (tmp_path / "acme.yaml").write_text(YAML, encoding="utf-8")
    with read_only(tmp_path) as folder:
        running = start(tmp_path, "acme.yaml", "--volume", f"docs={folder / 'docs'}")
        try:
            with control(running.data_directory) as client:
                running.wait_ready(client, "KnowledgeBase")
            assert "2031" in answers(running, "When does the moon base open?")
        finally:
            ended(running)
