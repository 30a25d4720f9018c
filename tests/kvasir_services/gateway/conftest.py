"""Data directories and gateway processes for tests."""

import asyncio
import json
import shutil
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from gateway_processes import Served, gateway, scripted_gateway
from gateway_testbed import Platform, opened, prepare


@pytest.fixture(scope="session")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Ingested once; tests work on copies."""
    directory = tmp_path_factory.mktemp("prepared")
    asyncio.run(prepare(directory))
    return directory


@pytest.fixture
def directory(prepared: Path, tmp_path: Path) -> Path:
    return shutil.copytree(prepared, tmp_path / "data")


@pytest.fixture
async def platform(directory: Path) -> AsyncIterator[Platform]:
    async with opened(directory) as platform:
        yield platform


@pytest.fixture(scope="session")
def served(prepared: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    directory = shutil.copytree(prepared, tmp_path_factory.mktemp("served") / "data")
    key = json.loads((directory / "keys.json").read_text())["acme"]
    with gateway(directory, workers=2) as (port, _), scripted_gateway(directory) as (scripted_port, _):
        yield Served(f"http://127.0.0.1:{port}/v1", f"http://127.0.0.1:{scripted_port}/v1", key, directory)
