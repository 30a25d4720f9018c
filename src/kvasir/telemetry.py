"""Names of loggers, and the one way to configure logging. Metrics and spans join with the gateway."""

import logging
from typing import Final

LOGGER: Final = "kvasir"


def logger(room: str) -> logging.Logger:
    """The logger of one room, e.g. `kvasir.ingestion`. Secrets and document text are never logged."""
    return logging.getLogger(f"{LOGGER}.{room}")
