from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from kvasir.adapters.embedded.ledger import Ledger


@pytest.fixture
async def ledger(tmp_path: Path) -> AsyncIterator[Ledger]:
    ledger = Ledger.open(tmp_path / "data")
    yield ledger
    await ledger.close()
