"""Names of loggers, and the one way to configure logging. Metrics and spans join with the gateway."""

import logging
from typing import Final

LOGGER: Final = "kvasir"
_FORMAT: Final = "%(asctime)s %(levelname)s %(name)s: %(message)s"


def logger(room: str) -> logging.Logger:
    """The logger of one room, e.g. `kvasir.ingestion`. Secrets and document text are never logged."""
    return logging.getLogger(f"{LOGGER}.{room}")


def configure_logging(level: str) -> None:
    """Kvasir's loggers to standard error at this level, others' from warnings on. Called once by each process."""
    logging.basicConfig(level=logging.WARNING, format=_FORMAT, force=True)
    logging.getLogger(LOGGER).setLevel(level)
