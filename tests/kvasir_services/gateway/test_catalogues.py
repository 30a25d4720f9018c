"""Catalogues follow their files."""

import asyncio
import logging
from pathlib import Path
from typing import Any

import pytest
from gateway_testbed import RESOURCES, write_serving

from kvasir.errors import NotFoundError, UnavailableError
from kvasir_services.gateway import catalogues
from kvasir_services.gateway.catalogues import CatalogueFiles


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def files(tmp_path: Path, clock: Clock) -> CatalogueFiles:
    write_serving(tmp_path, "acme")
    return CatalogueFiles(tmp_path / "serving", clock=clock)


async def test_a_catalogue_has_what_the_file_says(files: CatalogueFiles) -> None:
    catalogue = await files.of("acme")
    assert catalogue.tenant == "acme"
    assert sorted(catalogue.deployments) == ["assistant", "novice"]
    assert sorted(catalogue.knowledge_bases) == ["empty", "fixed", "handbook"]
    assert catalogue.knowledge_bases["handbook"].upload_sources == ("uploads",)
    assert catalogue.knowledge_bases["handbook"].created == 1_763_632_800 + 31_536_000
    assert "missing" in catalogue.waiting["unready"]


async def test_a_changed_file_is_seen_after_a_moment(files: CatalogueFiles, clock: Clock, tmp_path: Path) -> None:
    before = await files.of("acme")
    write_serving(tmp_path, "acme", lambda text: text.replace("novice", "expert"))
    assert await files.of("acme") is before  # not looked at again within a quarter of a second
    clock.now += 0.25
    after = await files.of("acme")
    assert sorted(after.deployments) == ["assistant", "expert"]
    assert sorted(before.deployments) == ["assistant", "novice"]  # who pinned it keeps it


async def test_an_unchanged_file_is_not_read_again(files: CatalogueFiles, clock: Clock, monkeypatch: Any) -> None:
    before = await files.of("acme")
    clock.now += 1
    monkeypatch.setattr(catalogues, "load_paths", None)
    assert await files.of("acme") is before


async def test_a_faulty_file_keeps_what_was_there(
    files: CatalogueFiles, clock: Clock, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    before = await files.of("acme")
    write_serving(tmp_path, "acme", lambda text: text.replace("sources:", "sauces:"))
    clock.now += 1
    with caplog.at_level(logging.ERROR, "kvasir.gateway"):
        assert await files.of("acme") is before
        clock.now += 1
        assert await files.of("acme") is before
    assert "acme.yaml" in caplog.text
    assert caplog.text.count("spec.sauces") == len({line for line in caplog.text.splitlines() if "spec.sauces" in line})


async def test_a_file_that_was_never_right_is_unavailable(tmp_path: Path, clock: Clock) -> None:
    write_serving(tmp_path, "acme", lambda _: "kind: [")
    files = CatalogueFiles(tmp_path / "serving", clock=clock)
    with pytest.raises(UnavailableError, match="faults"):
        await files.of("acme")
    write_serving(tmp_path, "acme")
    clock.now += 1
    assert (await files.of("acme")).deployments


async def test_a_removed_file_is_a_removed_tenant(files: CatalogueFiles, clock: Clock, tmp_path: Path) -> None:
    await files.of("acme")
    (tmp_path / "serving" / "acme.yaml").unlink()
    clock.now += 1
    with pytest.raises(NotFoundError):
        await files.of("acme")


@pytest.mark.parametrize("name", ["globex", "", ".", "../serving/acme", "acme.yaml", "ACME", "a" * 300, "acme\x00"])
async def test_unknown_tenants(files: CatalogueFiles, name: str) -> None:
    with pytest.raises(NotFoundError):
        await files.of(name)


async def test_many_requests_read_once(files: CatalogueFiles, monkeypatch: Any) -> None:
    read: list[Any] = []
    real = catalogues.load_paths
    monkeypatch.setattr(catalogues, "load_paths", lambda paths: read.append(paths) or real(paths))
    found = await asyncio.gather(*(files.of("acme") for _ in range(50)))
    assert len({id(one) for one in found}) == len(read) == 1


async def test_other_tenants_do_not_get_in(files: CatalogueFiles, tmp_path: Path) -> None:
    write_serving(tmp_path, "acme", lambda text: text + "---" + RESOURCES.format(tenant="globex"))
    catalogue = await files.of("acme")
    assert sorted(catalogue.deployments) == ["assistant", "novice"]


async def test_readiness_needs_the_folder(files: CatalogueFiles, tmp_path: Path) -> None:
    await files.check()
    with pytest.raises(UnavailableError):
        await CatalogueFiles(tmp_path / "elsewhere").check()
