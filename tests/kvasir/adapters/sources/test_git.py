"""Files of a Git repository, served by Git's own HTTP server on loopback."""

import asyncio
import os
import stat
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from kvasir.adapters.sources.addresses import NetworkPolicy
from kvasir.adapters.sources.git import GitSource, Repository
from kvasir.adapters.sources.git_command import Git, GitCredentials, Pin, failure, ssh_command
from kvasir.adapters.sources.selection import Selection
from kvasir.errors import (
    ExhaustedError,
    InvalidInputError,
    KvasirError,
    NotFoundError,
    PermissionDeniedError,
    UnavailableError,
    UnsupportedError,
)
from kvasir.testing.builders import soon
from kvasir.testing.git_server import GitServer, git_server
from kvasir.testing.sources import bytes_of, contents_of, items_of
from kvasir.testing.website import Handler, serving

Cloning = Callable[..., GitSource]
ALLOWED = NetworkPolicy.of(["127.0.0.0/8"])


@pytest.fixture
def server(tmp_path: Path) -> Iterator[GitServer]:
    with git_server(tmp_path / "served") as running:
        running.commit({"a.md": b"one", "docs/b.md": b"two", "docs/.hidden": b"x", "docs/deep/c.txt": b"three"})
        yield running


@pytest.fixture
def cloning(tmp_path: Path, server: GitServer) -> Cloning:
    def make(*, policy: NetworkPolicy = ALLOWED, http: bool = True, **options: Any) -> GitSource:
        spec = Repository(**{"url": server.url, **options})
        protocols = {"protocols": frozenset({"http"})} if http else {}
        return GitSource("code", spec, policy, tmp_path / "scratch", **protocols)

    return make


async def read(source: GitSource) -> dict[str, bytes | None]:
    try:
        return await contents_of(source)
    finally:
        await source.close()


class TestRefsAndPaths:
    async def test_a_branch_a_tag_and_a_commit(self, server: GitServer, cloning: Cloning) -> None:
        first = server.git("rev-parse", "HEAD")
        server.git("tag", "--annotate", "--message=release", "v1")
        server.git("checkout", "--quiet", "-b", "next/one")
        server.commit({"a.md": b"newer"})
        for ref, expected in [
            ("main", b"one"),
            ("v1", b"one"),
            (first, b"one"),
            ("next/one", b"newer"),
            ("HEAD", b"newer"),
        ]:
            assert (await read(cloning(ref=ref)))["a.md"] == expected, ref

    @pytest.mark.parametrize("ref", ["nowhere", "0" * 40, "--upload-pack=/bin/sh", "a:b", "a..b", "*", "a b"])
    async def test_a_missing_ref_is_named(self, cloning: Cloning, ref: str) -> None:
        source = cloning(ref=ref)
        with pytest.raises(NotFoundError) as caught:
            await items_of(source)
        assert ref in str(caught.value)
        await source.close()

    async def test_a_folder(self, cloning: Cloning) -> None:
        assert await read(cloning(path="docs")) == {"b.md": b"two", "deep/c.txt": b"three"}
        assert await read(cloning(path="./docs/deep/")) == {"c.txt": b"three"}
        source = cloning(path="nowhere")
        with pytest.raises(NotFoundError, match="no folder 'nowhere'"):
            await items_of(source)
        await source.close()

    async def test_globs(self, cloning: Cloning) -> None:
        assert set(await read(cloning(selection=Selection(["**/*.md", "docs/.hidden"], ["a*"])))) == {
            "docs/b.md", "docs/.hidden",
        }  # fmt: skip

    async def test_links_and_submodules_are_left_out(self, server: GitServer, cloning: Cloning) -> None:
        (server.folder / "link.md").symlink_to("/etc/passwd")
        (server.folder / "folder").symlink_to("docs")
        server.git("update-index", "--add", "--cacheinfo", f"160000,{server.git('rev-parse', 'HEAD')},module")
        server.git("commit", "--quiet", "--message=module")
        server.commit({"run.sh": b"#!/bin/sh\n"})
        assert set(await read(cloning())) == {"a.md", "docs/b.md", "docs/deep/c.txt", "run.sh"}

    async def test_an_empty_repository_has_no_ref(self, tmp_path: Path) -> None:
        with git_server(tmp_path / "empty") as empty:
            spec = Repository(empty.url)
            source = GitSource("x", spec, ALLOWED, tmp_path / "s", protocols=frozenset({"http"}))
            with pytest.raises(NotFoundError):
                await items_of(source)
            await source.close()


class TestIncremental:
    async def test_a_new_commit_transfers_what_differs(self, server: GitServer, cloning: Cloning) -> None:
        noise = os.urandom(300_000)
        server.commit({"large.bin": noise})
        await read(cloning())
        server.requests.clear()
        server.commit({"a.md": b"changed"})
        found = await read(cloning())
        assert found["a.md"] == b"changed"
        assert found["large.bin"] == noise
        assert sum(sent for _, _, sent in server.requests) < 10_000

    async def test_files_keep_their_validators_across_commits(self, server: GitServer, cloning: Cloning) -> None:
        source = cloning()
        before = await items_of(source)
        server.commit({"a.md": b"changed"})
        after = await items_of(source)
        await source.close()
        assert {path for path in before if before[path].validators != after[path].validators} == {"a.md"}

    async def test_history_that_was_rewritten(self, server: GitServer, cloning: Cloning) -> None:
        await read(cloning())
        server.git("checkout", "--quiet", "--orphan", "fresh")
        server.commit({"a.md": b"rewritten"})
        server.git("branch", "--force", "main", "fresh")
        assert (await read(cloning(ref="main")))["a.md"] == b"rewritten"

    async def test_a_copy_that_was_damaged_or_locked_is_made_anew(
        self, server: GitServer, cloning: Cloning, tmp_path: Path
    ) -> None:
        await read(cloning())
        (copy,) = [path for path in (tmp_path / "scratch").iterdir() if path.name != "bodies"]
        (copy / "shallow.lock").touch()
        server.commit({"a.md": b"2"})
        assert (await read(cloning()))["a.md"] == b"2"
        for pack in (copy / "objects" / "pack").iterdir():
            pack.chmod(0o600)
            pack.write_bytes(b"broken")
        server.commit({"a.md": b"3"})
        assert (await read(cloning()))["a.md"] == b"3"


class TestLimits:
    async def test_a_large_file_is_reported_alone_and_never_transferred(
        self, server: GitServer, cloning: Cloning
    ) -> None:
        server.commit({"huge.bin": os.urandom(400_000)})
        source = cloning(max_bytes=100_000)
        items = await items_of(source)
        with pytest.raises(ExhaustedError, match=r"huge\.bin is larger"):
            await source.fetch(items["huge.bin"], soon())
        assert await bytes_of(await source.fetch(items["a.md"], soon())) == b"one"
        await source.close()
        assert sum(sent for _, _, sent in server.requests) < 100_000

    async def test_the_repository_as_a_whole_is_limited(
        self, server: GitServer, cloning: Cloning, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("kvasir.adapters.sources.git_command._POLL_SECONDS", 0.005)
        server.commit({f"{number}.bin": os.urandom(500_000) for number in range(12)})
        source = cloning(max_repository_bytes=2_000_000)
        with pytest.raises(ExhaustedError, match="2,000,000"):
            await items_of(source)
        await source.close()

    async def test_time(self, cloning: Cloning) -> None:
        source = cloning(timeout_seconds=0.001)
        with pytest.raises(UnavailableError, match="takes longer"):
            await items_of(source)
        await source.close()

    async def test_files_of_git_lfs_are_refused(self, server: GitServer, cloning: Cloning) -> None:
        server.commit({"model.pdf": b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n"})
        source = cloning()
        items = await items_of(source)
        with pytest.raises(InvalidInputError, match="Git LFS"):
            await source.fetch(items["model.pdf"], soon())
        await source.close()


class TestSafety:
    @pytest.mark.parametrize(
        "url",
        [
            "file:///etc",
            "/etc/passwd",
            "../x",
            "ext::sh -c touch% /tmp/x",
            "http://127.0.0.1/x.git",
            "git://127.0.0.1/x",
        ],
    )
    async def test_https_and_ssh_only(self, cloning: Cloning, url: str) -> None:
        source = cloning(http=False, url=url)
        with pytest.raises(PermissionDeniedError, match="https and ssh only"):
            await items_of(source)
        await source.close()

    async def test_private_addresses_are_refused(self, server: GitServer, cloning: Cloning) -> None:
        for url in (server.url, "git@127.0.0.1:x.git", "ssh://10.0.0.1/x", "https://localhost/x.git"):
            source = cloning(policy=NetworkPolicy(), url=url, http=url == server.url)
            with pytest.raises(PermissionDeniedError, match="not public"):
                await items_of(source)
            await source.close()
        assert server.requests == []

    async def test_redirects_are_not_followed(self, server: GitServer, cloning: Cloning) -> None:
        def elsewhere(handler: Handler) -> None:
            handler.reply(302, {"Location": f"{server.url}{handler.path.removeprefix('/x')}"}, b"")

        with serving(elsewhere) as url:
            source = cloning(url=f"{url}/x")
            with pytest.raises(UnavailableError, match="has moved"):
                await items_of(source)
            await source.close()
        assert server.requests == []

    async def test_hooks_and_attributes_of_the_repository_never_run(
        self, server: GitServer, cloning: Cloning, tmp_path: Path
    ) -> None:
        marker = tmp_path / "ran"
        server.commit({".gitattributes": b"* filter=evil\n*.md filter=lfs\n", ".gitmodules": b'[submodule "x"]\n'})
        for hook in ("post-checkout", "reference-transaction", "post-merge"):
            template = tmp_path / "scratch" / "hooks" / hook
            template.parent.mkdir(parents=True, exist_ok=True)
            template.write_text(f"#!/bin/sh\ntouch {marker}\n")
            template.chmod(0o755)
        source = cloning()
        await items_of(source)
        (copy,) = [path for path in (tmp_path / "scratch").iterdir() if path.name not in {"bodies", "hooks"}]
        (tmp_path / "scratch" / "hooks").rename(copy / "own")
        for hook in (copy / "own").iterdir():
            hook.rename(copy / "hooks" / hook.name)
        server.commit({"a.md": b"2"})
        assert (await read(source))["a.md"] == b"2"
        assert not marker.exists()

    async def test_without_git_the_fix_is_named(self, cloning: Cloning, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("shutil.which", lambda _: None)
        source = cloning()
        with pytest.raises(UnsupportedError, match="apt install git"):
            await items_of(source)
        await source.close()


class TestCredentials:
    async def test_a_password_opens_and_never_shows(
        self, server: GitServer, cloning: Cloning, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        server.login = "ada:s3cret"
        commands: list[object] = []
        original = asyncio.create_subprocess_exec

        async def spy(*command: Any, **options: Any) -> Any:
            commands.extend(command)
            return await original(*command, **options)

        monkeypatch.setattr(asyncio, "create_subprocess_exec", spy)
        credentials = GitCredentials.of({"username": b"ada\n", "password": b"s3cret\n"})
        assert (await read(cloning(credentials=credentials)))["a.md"] == b"one"
        assert commands
        assert "s3cret" not in repr((commands, credentials))

    @pytest.mark.parametrize("password", ["wrong", ""])
    async def test_a_wrong_one_is_refused(self, server: GitServer, cloning: Cloning, password: str) -> None:
        server.login = "ada:s3cret"
        source = cloning(credentials=GitCredentials("ada", password) if password else GitCredentials())
        with pytest.raises(PermissionDeniedError, match="credentialsSecretRef") as caught:
            await items_of(source)
        assert "wrong" not in str(caught.value)
        await source.close()

    def test_secrets(self) -> None:
        key = GitCredentials.of({"ssh-privatekey": b"KEY", "known_hosts": b"host ssh-ed25519 A"})
        assert (key.private_key, key.known_hosts) == ("KEY", "host ssh-ed25519 A")
        assert GitCredentials.of({"password": b"p"}).username == "git"
        with pytest.raises(InvalidInputError, match="known_hosts"):
            GitCredentials.of({"ssh-privatekey": b"KEY"})

    async def test_a_key_is_readable_by_us_alone_and_gone_afterwards(self, tmp_path: Path) -> None:
        git = Git(tmp_path / "r", frozenset({"ssh"}), 1 << 20, GitCredentials(private_key="KEY", known_hosts="h"))
        environment = git._environment(tmp_path)
        assert stat.S_IMODE((tmp_path / "key").stat().st_mode) == 0o600
        assert (tmp_path / "key").read_text() == "KEY\n"
        assert environment["GIT_TERMINAL_PROMPT"] == "0"
        assert environment["GIT_ALLOW_PROTOCOL"] == "ssh"

    def test_ssh_checks_host_keys_at_the_pinned_address(self, tmp_path: Path) -> None:
        command = ssh_command(tmp_path, Pin("git.example.com", 22, "203.0.113.7"))
        assert "-F /dev/null" in command
        for option in (
            "StrictHostKeyChecking=yes",
            "HostName=203.0.113.7",
            "HostKeyAlias=git.example.com",
            "BatchMode=yes",
        ):
            assert f"-o {option}" in command


def test_addresses_of_curl() -> None:
    assert Pin("h", 443, "1.2.3.4").for_http == "h:443:1.2.3.4"
    assert Pin("h", 443, "2606::1").for_http == "h:443:[2606::1]"


@pytest.mark.parametrize(
    ("complaint", "error"),
    [
        ("fatal: couldn't find remote ref nope", NotFoundError),
        ("fatal: repository 'https://x/' not found", NotFoundError),
        ("fatal: Authentication failed for 'https://x/'", PermissionDeniedError),
        ("git@x: Permission denied (publickey).", PermissionDeniedError),
        ("Host key verification failed.", PermissionDeniedError),
        ("fatal: transport 'ext' not allowed", PermissionDeniedError),
        ("fatal: unable to access 'https://x/': Could not resolve host: x", UnavailableError),
        ("", UnavailableError),
    ],
)
def test_complaints_of_git(complaint: str, error: type[KvasirError]) -> None:
    assert type(failure(complaint)) is error
