"""Which platform a command talks to."""

from pathlib import Path

import pytest

from kvasir.errors import UnavailableError
from kvasir_services.cli.client import control, gateway
from kvasir_services.embedded.data_directory import DataDirectory


def test_the_address_is_taken_with_or_without_its_version() -> None:
    for url in ("http://127.0.0.1:1", "http://127.0.0.1:1/", "http://127.0.0.1:1/v1", "http://127.0.0.1:1/v1/"):
        with gateway(url, "key") as client:
            assert str(client.http.base_url) == "http://127.0.0.1:1"
            with pytest.raises(UnavailableError, match=r"at http://127\.0\.0\.1:1 does not answer"):
                client.get("/v1/models")


def test_a_directory_says_whether_a_process_has_it(tmp_path: Path) -> None:
    directory = DataDirectory(tmp_path / "data")
    assert not directory.in_use()
    directory.lock()
    assert DataDirectory(directory.path).in_use()
    directory.unlock()
    assert not directory.in_use()


def test_without_a_platform_the_command_says_so(tmp_path: Path) -> None:
    with pytest.raises(UnavailableError, match="No platform runs on"), control(tmp_path):
        pass
