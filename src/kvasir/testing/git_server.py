"""A real Git repository, and Git's own HTTP server for it on loopback."""

import base64
import os
import subprocess
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from kvasir.testing.website import Handler, serving

_IDENTITY: Final = {
    "GIT_AUTHOR_NAME": "Ada", "GIT_AUTHOR_EMAIL": "ada@example.com", "GIT_AUTHOR_DATE": "2026-11-22T12:00:00Z",
    "GIT_COMMITTER_NAME": "Ada", "GIT_COMMITTER_EMAIL": "ada@example.com", "GIT_COMMITTER_DATE": "2026-11-22T12:00:00Z",
    "GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_NOSYSTEM": "1",
}  # fmt: skip


@dataclass(slots=True)
class GitServer:
    """A repository with a work tree.

    Attributes:
        url: of the repository over HTTP.
        login: `user:password` that the server asks for; empty lets everybody in.
        requests: (method, path, bytes sent back), in order.
    """

    folder: Path
    url: str = ""
    login: str = ""
    requests: list[tuple[str, str, int]] = field(default_factory=list[tuple[str, str, int]])

    def git(self, *arguments: str) -> str:
        """Runs git in the work tree."""
        environment = {"PATH": os.defpath, "HOME": str(self.folder), **_IDENTITY}
        done = subprocess.run(  # noqa: S603 - arguments of a test
            ["/usr/bin/env", "git", *arguments], cwd=self.folder, env=environment, capture_output=True, check=True
        )
        return done.stdout.decode().strip()

    def create(self) -> None:
        self.folder.mkdir(parents=True)
        self.git("init", "--quiet", "--initial-branch=main")
        self.git("config", "http.receivepack", "false")
        self.git("config", "uploadpack.allowFilter", "true")

    def commit(self, files: Mapping[str, bytes | None]) -> str:
        """Writes files, removes those that are None, commits; returns the commit's id."""
        for path, content in files.items():
            file = self.folder / path
            if content is None:
                file.unlink()
            else:
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_bytes(content)
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", "--message=change")
        return self.git("rev-parse", "HEAD")

    def answer(self, handler: Handler) -> None:
        """One request, by `git http-backend` (CGI)."""
        expected = f"Basic {base64.b64encode(self.login.encode()).decode()}"
        if self.login and handler.headers.get("Authorization") != expected:
            handler.reply(401, {"WWW-Authenticate": 'Basic realm="git"'}, b"")
            return
        path, _, query = handler.path.partition("?")
        body = handler.rfile.read(int(handler.headers.get("Content-Length", "0")))
        environment = {
            "PATH": os.defpath, "GIT_PROJECT_ROOT": str(self.folder.parent), "GIT_HTTP_EXPORT_ALL": "1",
            "PATH_INFO": path, "QUERY_STRING": query, "REQUEST_METHOD": handler.command,
            "CONTENT_TYPE": handler.headers.get("Content-Type", ""), "CONTENT_LENGTH": str(len(body)),
            "HTTP_CONTENT_ENCODING": handler.headers.get("Content-Encoding", ""),
            "GIT_PROTOCOL": handler.headers.get("Git-Protocol", ""), "REMOTE_ADDR": "127.0.0.1", **_IDENTITY,
        }  # fmt: skip
        done = subprocess.run(
            ["/usr/bin/env", "git", "http-backend"], input=body, env=environment, capture_output=True, check=False
        )
        head, _, content = done.stdout.partition(b"\r\n\r\n")
        fields = dict(line.split(": ", 1) for line in head.decode().split("\r\n") if ": " in line)
        status = int(fields.pop("Status", "200").split()[0])
        self.requests.append((handler.command, handler.path, len(content)))
        handler.reply(status, fields, content)


@contextmanager
def git_server(folder: Path) -> Generator[GitServer]:
    """An empty repository that is served until the context ends."""
    server = GitServer(folder / "repository")
    server.create()
    with serving(server.answer) as url:
        server.url = f"{url}/repository/.git"
        yield server
