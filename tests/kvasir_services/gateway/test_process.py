"""The process: bytes on the wire, its beginning and its end."""

import json
import os
import shutil
import signal
import subprocess
import threading
import time
from pathlib import Path

import httpx
import psutil
import pytest
from gateway_processes import Served, answers, gateway, scripted_gateway
from gateway_testbed import QUESTION, events, question

END_SECONDS = 10


def curl(served: Served, url: str, words: str, *options: str) -> str:
    body = json.dumps(question(words, stream=True))
    command = ["curl", "-sN", "-i", f"{url}/chat/completions", "-H", f"Authorization: Bearer {served.key}", "-d", body]
    return subprocess.run([*command, *options], capture_output=True, timeout=60, check=False).stdout.decode()


def test_the_bytes_of_a_stream(served: Served) -> None:
    head, _, body = curl(served, served.url, QUESTION).partition("\r\n\r\n")
    assert head.startswith("HTTP/1.1 200 OK")
    assert "\ncontent-type: text/event-stream; charset=utf-8\r" in head
    assert "\ntransfer-encoding: chunked\r" in head
    assert "\ncontent-length" not in head
    assert body.endswith("\n\ndata: [DONE]\n\n")
    assert "\r" not in body
    assert len(events(body)) == 4


def test_comments_on_the_wire(served: Served) -> None:
    _, _, body = curl(served, served.scripted, "sleep:0.7 say:late").partition("\r\n\r\n")
    assert body.startswith(": ping\n\n: ping\n\n")
    assert len(events(body)) == 4


def test_a_client_that_leaves_stops_the_engine(served: Served) -> None:
    log = served.directory / "closed.log"
    before = log.read_text() if log.exists() else ""
    seen = curl(served, served.scripted, "say:half stall", "-m", "1")
    assert "half" in seen
    until(lambda: log.exists() and len(log.read_text()) > len(before))


def test_two_workers_answer_over_one_port(served: Served) -> None:
    with httpx.Client(headers={"authorization": f"Bearer {served.key}"}) as client:
        for _ in range(20):
            assert client.get(f"{served.url}/models", headers={"connection": "close"}).status_code == 200


def test_it_ends_with_its_supervisor(prepared: Path, tmp_path: Path) -> None:
    directory = shutil.copytree(prepared, tmp_path / "data")
    with gateway(directory) as (port, process):
        workers = psutil.Process(process.pid).children(recursive=True)
        assert workers
        assert process.stdin is not None
        process.stdin.close()
        assert process.wait(END_SECONDS) == 0
        process.stdin = None
        until(lambda: not any(worker.is_running() for worker in workers))
        assert not answers(port)


@pytest.mark.crash
def test_killed_it_leaves_no_worker(prepared: Path, tmp_path: Path) -> None:
    directory = shutil.copytree(prepared, tmp_path / "data")
    with gateway(directory, workers=2) as (port, process):
        workers = psutil.Process(process.pid).children(recursive=True)
        process.kill()
        process.wait(END_SECONDS)
        until(lambda: not any(worker.is_running() for worker in workers))
        assert not answers(port)


@pytest.mark.crash
def test_a_dead_worker_is_replaced(prepared: Path, tmp_path: Path) -> None:
    directory = shutil.copytree(prepared, tmp_path / "data")
    with gateway(directory) as (port, process):
        [worker] = [one for one in psutil.Process(process.pid).children() if "spawn_main" in " ".join(one.cmdline())]
        worker.kill()
        until(lambda: answers(port) and not worker.is_running(), 60)


@pytest.mark.parametrize("ending", ["terminate", "close"])
def test_running_streams_end_before_it_does(prepared: Path, tmp_path: Path, ending: str) -> None:
    directory = shutil.copytree(prepared, tmp_path / "data")
    key = json.loads((directory / "keys.json").read_text())["acme"]
    with scripted_gateway(directory) as (port, process):
        seen: list[str] = []
        begun = threading.Event()

        def read() -> None:
            with (
                httpx.Client(base_url=f"http://127.0.0.1:{port}", headers={"authorization": f"Bearer {key}"}) as client,
                client.stream("POST", "/v1/chat/completions", json=question("say:a sleep:2 say:b", stream=True)) as got,
            ):
                for piece in got.iter_text():
                    seen.append(piece)
                    begun.set()

        reader = threading.Thread(target=read)
        reader.start()
        assert begun.wait(30)
        if ending == "terminate":
            process.send_signal(signal.SIGTERM)
        else:
            assert process.stdin is not None
            process.stdin.close()
            process.stdin = None
        reader.join(END_SECONDS)
        assert events("".join(seen))[-1] == "[DONE]"
        assert process.wait(END_SECONDS) == 0


def until(condition: object, seconds: float = END_SECONDS) -> None:
    ends = time.monotonic() + seconds
    assert callable(condition)
    while not condition():
        assert time.monotonic() < ends, "it did not happen in time"
        time.sleep(0.05)


def test_the_environment_is_not_read_here() -> None:
    room = Path(__file__).parents[3] / "services" / "kvasir_services" / "gateway"
    assert not [path for path in room.glob("*.py") if "environ" in path.read_text() or "getenv" in path.read_text()]
    assert os.environ
