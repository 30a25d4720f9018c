"""The OpenAI SDK for JavaScript against running gateways."""

import fcntl
import hashlib
import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from gateway_processes import Served
from gateway_testbed import QUESTION

HERE = Path(__file__).parent / "javascript"
CACHE = Path(__file__).parents[3] / ".cache" / "gateway-javascript"


@pytest.fixture(scope="session")
def client() -> Path:
    """The script beside its installed SDK."""
    if shutil.which("npm") is None or shutil.which("node") is None:
        pytest.skip("THE JAVASCRIPT SDK IS NOT TESTED: install node 20 or later, with npm")
    names = ("package.json", "package-lock.json", "client.mjs")
    digest = hashlib.sha256(b"".join((HERE / name).read_bytes() for name in names[:2])).hexdigest()[:16]
    folder = CACHE / digest
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        for name in names:
            shutil.copy(HERE / name, folder / name)
        if not (folder / "installed").exists():
            install = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
            subprocess.run(install, cwd=folder, check=True, capture_output=True, timeout=240)
            (folder / "installed").touch()
    return folder / "client.mjs"


@pytest.fixture(scope="session")
def said(client: Path, served: Served) -> dict[str, Any]:
    command = ["node", str(client), served.url, served.key, served.scripted]
    done = subprocess.run(command, capture_output=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr.decode()
    return json.loads(done.stdout)


def test_plain_and_streamed_answers_are_one(said: dict[str, Any]) -> None:
    message = said["plain"]["choices"][0]["message"]
    assert message["content"].startswith("Every employee of acme has 30 days")
    deltas = [chunk["choices"][0]["delta"] for chunk in said["streamed"]]
    assert "".join(delta.get("content", "") for delta in deltas) == message["content"]
    assert deltas[-1] == {"annotations": message["annotations"], "kvasir": message["kvasir"]}
    assert said["streamed"][-1]["choices"][0]["finish_reason"] == "stop"


def test_the_streaming_helper_puts_the_message_together(said: dict[str, Any]) -> None:
    [choice] = said["helper"]["choices"]
    assert choice["message"]["content"] == said["plain"]["choices"][0]["message"]["content"]
    assert choice["message"]["annotations"] == said["plain"]["choices"][0]["message"]["annotations"]
    assert said["helper"]["usage"]["total_tokens"] >= 0


def test_models_stores_files_and_search(said: dict[str, Any]) -> None:
    assert said["models"] == ["assistant", "novice"]
    assert said["stores"] == ["empty", "fixed"]
    assert said["search"][0]["filename"] == "leave.md"
    assert said["file"]["filename"] == "Räder.md"
    assert (said["attached"]["id"], said["attached"]["vector_store_id"]) == (said["file"]["id"], "handbook")


def test_errors_have_their_classes(said: dict[str, Any]) -> None:
    assert (said["unknown"]["class"], said["unknown"]["code"]) == ("NotFoundError", "not_found")
    assert said["unknown"]["requestID"].startswith("req_")
    assert (said["unauthenticated"]["class"], said["unauthenticated"]["status"]) == ("AuthenticationError", 401)
    assert (said["invalid"]["class"], said["invalid"]["param"]) == ("BadRequestError", "n")


def test_silence_failures_and_timeouts(said: dict[str, Any]) -> None:
    assert [chunk["choices"][0]["delta"].get("content") for chunk in said["pings"]] == ["", "late", None]
    assert said["broken"]["class"] == "APIError"
    assert "The model went away." in said["broken"]["message"]
    assert said["timeout"]["class"] == "APIConnectionTimeoutError"


def test_the_question_is_the_one_of_the_other_tests() -> None:
    assert QUESTION in (HERE / "client.mjs").read_text()
