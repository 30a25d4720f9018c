"""Sentence-transformers repositories: where a name leads, and what identifies the model in it.

Layout: https://sbert.net/docs/sentence_transformer/usage/custom_models.html (modules.json, 1_Pooling/config.json, ...).
"""

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, cast

from kvasir.errors import InvalidInputError, NotFoundError, UnavailableError, UnsupportedError

IDENTITY_FILE: Final = "kvasir.json"
"""Left by `kvasir models export`: the fingerprint of the model that an export was made from."""

_WEIGHTS: Final = ("model.safetensors", "pytorch_model.bin", "onnx/model.onnx", "model.onnx")
_SHAPING: Final = (
    "tokenizer.json",
    "modules.json",
    "1_Pooling/config.json",
    "sentence_bert_config.json",
    "config_sentence_transformers.json",
)
_CHUNK: Final = 1 << 20


@dataclass(frozen=True, slots=True)
class ModelRepository:
    """A model's folder.

    Attributes:
        pooling: `mean`, `cls` or `max`.
        normalize: whether vectors are scaled to unit length by the model; Kvasir does so anyway.
        max_tokens: longest input, special tokens included.
        query_prompt, document_prompt: put before texts; empty for symmetric models.
    """

    folder: Path
    pooling: str
    max_tokens: int
    query_prompt: str
    document_prompt: str

    @property
    def fingerprint(self) -> str:
        """Of weights, tokenizer, pooling, normalisation and prompts; engine and precision are not in it."""
        identity = self.folder / IDENTITY_FILE
        if identity.is_file():
            return str(json.loads(identity.read_text(encoding="utf-8"))["fingerprint"])
        digest = hashlib.sha256()
        for name in (_weights(self.folder), *_SHAPING):
            path = self.folder / name
            if path.is_file():
                digest.update(name.encode())
                with path.open("rb") as file:
                    while piece := file.read(_CHUNK):
                        digest.update(piece)
        return digest.hexdigest()[:32]


def open_repository(folder: Path) -> ModelRepository:
    """Reads a repository's settings. Raises InvalidInputError when it is none."""
    if not (folder / "tokenizer.json").is_file():
        raise InvalidInputError(f"{folder} holds no tokenizer.json: it is not a sentence-transformers model.")
    pooling = _json(folder / "1_Pooling" / "config.json")
    modes = {"pooling_mode_cls_token": "cls", "pooling_mode_max_tokens": "max", "pooling_mode_mean_tokens": "mean"}
    chosen = [mode for key, mode in modes.items() if pooling.get(key)]
    prompts = cast("dict[str, str]", _json(folder / "config_sentence_transformers.json").get("prompts") or {})
    limit = _json(folder / "sentence_bert_config.json").get("max_seq_length")
    limit = limit or _json(folder / "config.json").get("max_position_embeddings") or 512
    return ModelRepository(
        folder=folder,
        pooling=chosen[0] if chosen else "mean",
        max_tokens=int(limit),
        query_prompt=str(prompts.get("query", "")),
        document_prompt=str(prompts.get("document", prompts.get("passage", ""))),
    )


def locate(model: str, revision: str | None) -> Path:
    """The folder of a model: a path, or a name that is fetched from Hugging Face once and kept in its cache.

    Raises NotFoundError, UnavailableError (no network), UnsupportedError (an extra is not installed).
    """
    if Path(model).is_dir():
        return Path(model)
    if model.startswith((".", "/", "~")):
        raise NotFoundError(f"There is no folder {model}.")
    try:
        import huggingface_hub  # noqa: PLC0415 - comes with the extras `onnx` and `models`
        from huggingface_hub.errors import HfHubHTTPError, LocalEntryNotFoundError  # noqa: PLC0415
    except ImportError as error:
        raise UnsupportedError("Models need an extra: pip install 'kvasir-rag[onnx]' or [models].") from error
    try:
        hub: Any = huggingface_hub
        return Path(hub.snapshot_download(model, revision=revision))
    except LocalEntryNotFoundError as error:
        raise UnavailableError(
            f"Model {model} is not on this machine and Hugging Face does not answer. Name a folder instead."
        ) from error
    except (HfHubHTTPError, OSError) as error:
        raise NotFoundError(f"Model {model} cannot be fetched: {error}") from error


def _weights(folder: Path) -> str:
    found = next((name for name in _WEIGHTS if (folder / name).is_file()), None)
    if found is None:
        raise InvalidInputError(f"{folder} holds no weights ({', '.join(_WEIGHTS)}).")
    return found


def _json(path: Path) -> dict[str, Any]:
    return cast("dict[str, Any]", json.loads(path.read_text(encoding="utf-8"))) if path.is_file() else {}
