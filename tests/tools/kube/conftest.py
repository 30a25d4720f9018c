"""A real API server for the tests of this room; without its binaries they are skipped, and say how to get them."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from tools.kube.binaries import API_LEVEL, MissingBinaryError, find
from tools.kube.control_plane import ControlPlane, control_plane


@pytest.fixture(scope="session")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ControlPlane]:
    """Level `api`: etcd, kube-apiserver, kube-controller-manager."""
    try:
        for name in API_LEVEL:
            find(name)
    except MissingBinaryError as error:
        pytest.skip(str(error))
    with control_plane(tmp_path_factory.mktemp("kube")) as running:
        yield running


@pytest.fixture(scope="session")
def crds() -> Path:
    return Path(__file__).parents[3] / "crds"
