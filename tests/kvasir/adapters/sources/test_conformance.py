"""Every source against the one suite; http and git over real servers on loopback."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

import pytest

from kvasir.adapters.embedded.blobs import FolderBlobs
from kvasir.adapters.sources.addresses import NetworkPolicy
from kvasir.adapters.sources.git import GitSource, Repository
from kvasir.adapters.sources.http import HTTPSource, WebSite
from kvasir.adapters.sources.mapping import MappingSource
from kvasir.adapters.sources.selection import Selection
from kvasir.adapters.sources.volume import VolumeSource
from kvasir.errors import NotFoundError
from kvasir.ingestion.uploads import Uploads, UploadSource
from kvasir.ports.principal import Access
from kvasir.ports.sources import Source
from kvasir.testing.builders import KNOWLEDGE_BASE, soon, system
from kvasir.testing.git_server import GitServer, git_server
from kvasir.testing.sources import Place, SourceSuite, bytes_of
from kvasir.testing.website import LOOPBACK, Website, website

ALLOWED = NetworkPolicy.of([LOOPBACK])


@dataclass
class Names:
    def path(self, name: str) -> str:
        return name


@dataclass
class MappingPlace(Names):
    content: dict[str, bytes] = field(default_factory=dict)

    def source(self, access: Access = None) -> Source:
        return MappingSource("files", dict(self.content), access)

    async def put(self, name: str, content: bytes) -> None:
        self.content[name] = content

    async def remove(self, name: str) -> None:
        del self.content[name]


class TestMappingSource(SourceSuite):
    @pytest.fixture
    def place(self) -> Place:
        return MappingPlace()


@dataclass
class VolumePlace(Names):
    folder: Path

    def source(self, access: Access = None) -> Source:
        return VolumeSource("files", self.folder, self.folder, access=access)

    async def put(self, name: str, content: bytes) -> None:
        file = self.folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)

    async def remove(self, name: str) -> None:
        (self.folder / name).unlink()


class TestVolumeSource(SourceSuite):
    @pytest.fixture
    def place(self, tmp_path: Path) -> Place:
        return VolumePlace(tmp_path)


@dataclass
class UploadPlace(Names):
    uploads: Uploads
    files: dict[str, str] = field(default_factory=dict)

    def path(self, name: str) -> str:
        return name.replace("/", "-")

    def source(self, access: Access = None) -> Source:
        return UploadSource("files", self.uploads, system(), KNOWLEDGE_BASE, access)

    async def put(self, name: str, content: bytes) -> None:
        file = await self.uploads.add(system(), self.path(name), content, soon())
        await self.uploads.attach(system(), KNOWLEDGE_BASE, "files", file.id, soon())
        self.files[name] = file.id

    async def remove(self, name: str) -> None:
        await self.uploads.delete(system(), self.files[name], soon())


class TestUploadSource(SourceSuite):
    @pytest.fixture
    def place(self, tmp_path: Path) -> Place:
        return UploadPlace(Uploads(FolderBlobs(tmp_path)))


@dataclass
class WebPlace:
    """Pages below `/docs/`, named by a sitemap, or linked from a start page that is no document itself."""

    site: Website
    folder: Path
    by_sitemap: bool
    names: list[str] = field(default_factory=list)

    def path(self, name: str) -> str:
        return f"{self.site.url}/docs/{quote(name)}"

    def source(self, access: Access = None) -> Source:
        self.site.page("/docs/", *(quote(name) for name in self.names))
        locations = "".join(f"<url><loc>{self.path(name)}</loc></url>" for name in self.names)
        namespace = "http://www.sitemaps.org/schemas/sitemap/0.9"
        self.site.put("/sitemap.xml", f'<urlset xmlns="{namespace}">{locations}</urlset>', media_type="application/xml")
        if self.by_sitemap:
            spec = WebSite(sitemap=f"{self.site.url}/sitemap.xml", timeout_seconds=10)
        else:
            spec = WebSite(
                urls=[f"{self.site.url}/docs/"], selection=Selection(include=["**/docs/**/?*"]), timeout_seconds=10
            )
        return HTTPSource("pages", spec, ALLOWED, self.folder, access)

    async def put(self, name: str, content: bytes) -> None:
        if name not in self.names:
            self.names.append(name)
        etag = len(self.names) % 2 == 0
        self.site.put(f"/docs/{quote(name)}", content, media_type="text/plain", etag=etag)

    async def remove(self, name: str) -> None:
        del self.site.pages[f"/docs/{quote(name)}"]


@pytest.fixture
def site() -> Iterator[Website]:
    with website() as served:
        yield served


class TestHTTPSourceByLinks(SourceSuite):
    @pytest.fixture
    def place(self, site: Website, tmp_path: Path) -> Place:
        return WebPlace(site, tmp_path, by_sitemap=False)


class TestHTTPSourceBySitemap(SourceSuite):
    @pytest.fixture
    def place(self, site: Website, tmp_path: Path) -> Place:
        return WebPlace(site, tmp_path, by_sitemap=True)

    async def test_what_was_removed_is_not_listed(self, place: Place) -> None:
        """A sitemap may still name it; fetching tells."""
        await self.fill(place)
        await place.remove("guide.md")
        source = place.source()
        missing: list[str] = []
        async for item in source.list({}, soon()):
            try:
                await bytes_of(await source.fetch(item, soon()))
            except NotFoundError:
                missing.append(item.path)
        assert missing == [place.path("guide.md")]
        await source.close()


@dataclass
class GitPlace(Names):
    server: GitServer
    folder: Path

    def source(self, access: Access = None) -> Source:
        return GitSource(
            "code", Repository(self.server.url), ALLOWED, self.folder, access, protocols=frozenset({"http"})
        )

    async def put(self, name: str, content: bytes) -> None:
        self.server.commit({name: content})

    async def remove(self, name: str) -> None:
        self.server.commit({name: None})


class TestGitSource(SourceSuite):
    @pytest.fixture
    def place(self, tmp_path: Path) -> Iterator[Place]:
        with git_server(tmp_path / "served") as server:
            server.commit({})
            yield GitPlace(server, tmp_path / "scratch")
