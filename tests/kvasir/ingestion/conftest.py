from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from kvasir.wiring import EmbeddedStores, open_embedded_stores


@pytest.fixture
async def stores(tmp_path: Path) -> AsyncIterator[EmbeddedStores]:
    opened = open_embedded_stores(tmp_path / "data")
    yield opened
    await opened.close()


@pytest.fixture
def bench(stores: EmbeddedStores, tmp_path: Path) -> Any:
    """A `kvasir.testing.ingestion.Bench`, imported late so that its assertions are rewritten."""
    from kvasir.testing.ingestion import Bench

    return Bench(stores.stores, tmp_path / "scratch")
