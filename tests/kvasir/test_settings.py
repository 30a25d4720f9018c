from pathlib import Path

import pytest

from kvasir.settings import Settings


@pytest.mark.parametrize(("given", "ci"), [("true", True), ("1", True), ("", False), ("false", False)])
def test_the_environment_is_read_once_and_typed(given: str, *, ci: bool) -> None:
    settings = Settings.read({"CI": given, "KVASIR_DATA": "data", "KVASIR_LOG_LEVEL": "debug"})
    assert settings == Settings(data=Path("data"), ci=ci, log_level="DEBUG")
    assert Settings.read({}) == Settings(data=None, ci=False, log_level="WARNING")
