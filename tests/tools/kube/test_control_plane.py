"""What is started is stopped, whatever becomes of who started it."""

import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import psutil
import pytest
from tools.kube.binaries import API_LEVEL, MissingBinaryError, Module, find
from tools.kube.processes import Server, StartError

ROOT = Path(__file__).parents[3]


def running_in(folder: Path) -> Sequence[str]:
    """Processes that name the folder on their command line."""
    return [
        one.info["name"]
        for one in psutil.process_iter(["name", "cmdline"])
        if any(str(folder) in argument for argument in one.info["cmdline"] or ())
    ]


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL])
def test_nothing_outlives_the_command(how: signal.Signals) -> None:
    try:
        for name in API_LEVEL:
            find(name)
    except MissingBinaryError as error:
        pytest.skip(str(error))
    with subprocess.Popen(
        [sys.executable, "-m", "tools.kube", "up"], cwd=ROOT, stdout=subprocess.PIPE, text=True
    ) as command:
        assert command.stdout is not None
        line = command.stdout.readline()
        assert line.startswith("export KUBECONFIG="), line
        folder = Path(line.strip().removeprefix("export KUBECONFIG=")).parent
        assert {"etcd", "kube-apiserver"} <= set(running_in(folder))
        command.send_signal(how)
        command.wait(60)
    until = time.monotonic() + 10
    while running_in(folder) and time.monotonic() < until:
        time.sleep(0.1)
    assert running_in(folder) == []
    assert folder.exists() is (how is signal.SIGKILL), "a killed command leaves its logs, and nothing else"
    shutil.rmtree(folder, ignore_errors=True)


def test_a_server_that_ends_tells_its_last_words(tmp_path: Path) -> None:
    server = Server("false", ["sh", "-c", "echo no such flag >&2; exit 3"], tmp_path / "log")
    with pytest.raises(StartError, match=r"false ended with 3\.\nno such flag"):
        server.wait_until(lambda: False, 10)
    server.stop()


def test_a_server_that_never_gets_ready_is_stopped(tmp_path: Path) -> None:
    server = Server("slow", ["sleep", "60"], tmp_path / "log")
    with pytest.raises(StartError, match="slow is not ready after"):
        server.wait_until(lambda: False, 0.2)
    server.stop()
    assert running_in(tmp_path) == []


def test_a_missing_binary_says_how_to_get_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KVASIR_CACHE", str(tmp_path))
    monkeypatch.delenv("KUBEBUILDER_ASSETS", raising=False)
    with pytest.raises(MissingBinaryError, match="make kube"):
        find("etcd")
    assets = tmp_path / "assets"
    assets.mkdir()
    (assets / "etcd").touch(mode=0o755)
    monkeypatch.setenv("KUBEBUILDER_ASSETS", str(assets))
    assert find("etcd") == assets / "etcd"
    with pytest.raises(MissingBinaryError, match="does not require"):
        assert Module("etcd", "example.com/other", {}).version
