"""Data directories and gateway processes for tests."""

import asyncio
import shutil
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from gateway_testbed import Platform, opened, prepare  # noqa: E402


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
