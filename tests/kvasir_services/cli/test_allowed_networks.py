"""`kvasir up --allow-network`: private addresses are spoken to where the platform, never a tenant, allows them."""

import json
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.kvasir_services.cli.conftest import COMMAND, ENVIRONMENT, Platform, ended, start, until

from kvasir.errors import UnavailableError
from kvasir.ports.deadline import Deadline
from kvasir.wiring import NetworkPolicy, open_connection
from kvasir_services.cli.client import control

ALLOWED, REFUSED = "127.0.0.1", "127.0.0.2"

TENANT = """
apiVersion: kvasir.dev/v1alpha1
kind: Tenant
metadata: {name: acme}
spec: {displayName: Acme}
"""
RESOURCES = """---
apiVersion: kvasir.dev/v1alpha1
kind: KnowledgeBase
metadata: {{name: site-{name}, namespace: acme}}
spec:
  sources: [{{name: web, http: {{urls: ["http://{host}:{port}/moon.html"]}}}}]
---
apiVersion: kvasir.dev/v1alpha1
kind: ChatDeployment
metadata: {{name: chat-{name}, namespace: acme}}
spec:
  knowledgeBases: [{{name: site-allowed}}]
  model: {{openAICompatible: {{endpoint: "http://{host}:{port}/v1", model: small}}}}
  grounding: {{mode: Open}}
"""


class Answers(BaseHTTPRequestHandler):
    """A page, and a model that always says the same."""

    def do_GET(self) -> None:
        found = self.path == "/moon.html"
        self._send(200 if found else 404, "text/html", b"<h1>Moon</h1><p>The moon base opens in 2031.</p>")

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["content-length"]))
        if self.path == "/v1/embeddings":
            self._send(200, "application/json", json.dumps({"data": [{"index": 0, "embedding": [1.0]}]}).encode())
            return
        chunks: list[dict[str, Any]] = [
            {"choices": [{"index": 0, "delta": {"content": "It opens in 2031 [1]."}, "finish_reason": None}]},
            {"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]},
        ]
        events = b"".join(b"data: " + json.dumps(chunk).encode() + b"\n\n" for chunk in chunks)
        self._send(200, "text/event-stream", events + b"data: [DONE]\n\n")

    def _send(self, status: int, kind: str, body: bytes) -> None:
        self.server.asked.append(self.headers["host"])  # type: ignore[attr-defined]
        self.send_response(status)
        self.send_header("content-type", kind)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def served() -> Iterator[ThreadingHTTPServer]:
    """On every address of this machine: what is not asked was not reached, not unreachable. `asked` lists hosts."""
    server = ThreadingHTTPServer(("0.0.0.0", 0), Answers)
    server.asked = []  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture(scope="module")
def server() -> Iterator[ThreadingHTTPServer]:
    with served() as running:
        yield running


@pytest.fixture(scope="module")
def platform(tmp_path_factory: pytest.TempPathFactory, server: ThreadingHTTPServer) -> Iterator[Platform]:
    folder = tmp_path_factory.mktemp("networks")
    parts = [
        RESOURCES.format(name=name, host=host, port=server.server_port)
        for name, host in (("allowed", ALLOWED), ("refused", REFUSED))
    ]
    (folder / "acme.yaml").write_text(TENANT + "".join(parts), encoding="utf-8")
    running = start(folder, "acme.yaml", "--allow-network", f"{ALLOWED}/32", "--allow-network", "10.9.0.0/16")
    yield running
    ended(running)


def conditions(platform: Platform, name: str) -> dict[str, Any]:
    """Status and message by type."""
    with control(platform.data_directory) as client:
        (item,) = client.get("/control/resources", kind="KnowledgeBase", name=name)
    return {one["type"]: (one["status"], one["message"]) for one in item["status"]["conditions"]}


def test_a_source_is_read_where_its_network_is_allowed(platform: Platform, server: ThreadingHTTPServer) -> None:
    until(lambda: conditions(platform, "site-allowed").get("Ready", ("", ""))[0] == "True")
    until(lambda: conditions(platform, "site-refused").get("SourcesReady", ("", ""))[0] == "False")
    message = conditions(platform, "site-refused")["SourcesReady"][1]
    assert "--allow-network" in message
    assert REFUSED in message
    assert f"{REFUSED}:{server.server_port}" not in server.asked  # type: ignore[attr-defined]


def test_a_model_is_asked_where_its_network_is_allowed(platform: Platform, server: ThreadingHTTPServer) -> None:
    until(lambda: conditions(platform, "site-allowed").get("Ready", ("", ""))[0] == "True")
    headers = {"authorization": f"Bearer {platform.key('acme')}"}
    with httpx.Client(base_url=f"{platform.url}/v1", headers=headers, timeout=60) as http:

        def ask(model: str) -> httpx.Response:
            messages = [{"role": "user", "content": "When does the moon base open?"}]
            return http.post("chat/completions", json={"model": model, "messages": messages})

        until(lambda: ask("chat-allowed").status_code == 200)
        assert "2031" in ask("chat-allowed").json()["choices"][0]["message"]["content"]
        refused = ask("chat-refused")
        assert refused.status_code == 503
        assert "--allow-network" in refused.json()["error"]["message"]
    assert f"{REFUSED}:{server.server_port}" not in server.asked  # type: ignore[attr-defined]


async def test_an_embedding_endpoint_is_checked_by_the_same_rule() -> None:
    with served() as server:
        url, soon = f"http://localhost:{server.server_port}/v1", Deadline.after(60)
        for policy in (None, NetworkPolicy.of(["10.0.0.0/8"])):
            connection = open_connection(url, "key", policy)
            with pytest.raises(UnavailableError, match="--allow-network") as refused:
                await connection.post("embeddings", {}, soon)
            assert ALLOWED not in str(refused.value)
            await connection.close()
        assert server.asked == []  # type: ignore[attr-defined]
        connection = open_connection(url, "key", NetworkPolicy.of(["127.0.0.0/8", "::1/128"]))
        assert (await connection.post("embeddings", {}, soon))["data"]
        await connection.close()


def test_what_is_no_network_is_named(tmp_path: Path) -> None:
    command = [*COMMAND, "up", str(tmp_path), "--allow-network", "10.0.0.1/8", "--data-dir", str(tmp_path / "data")]
    stopped = subprocess.run(command, env=ENVIRONMENT, capture_output=True, text=True, check=False, timeout=60)
    assert stopped.returncode == 2
    assert "--allow-network" in stopped.stderr
    assert "10.0.0.1/8" in stopped.stderr
    assert not (tmp_path / "data").exists()
