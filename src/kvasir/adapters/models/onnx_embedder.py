"""Sentence-transformers models on ONNX Runtime: no torch, half a second to start."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from kvasir.adapters.models.inference import LocalEmbedder, Vectors
from kvasir.adapters.models.repository import ModelRepository, locate, open_repository
from kvasir.errors import NotFoundError, UnsupportedError

_FLOAT: Final = ("onnx/model.onnx", "model.onnx")
_INT8: Final = ("onnx/model_int8.onnx", "onnx/model_quantized.onnx", "onnx/model_qint8_avx512_vnni.onnx")


def open_onnx_embedder(model: str, revision: str | None, *, int8: bool) -> LocalEmbedder:
    """Opens a repository that holds an ONNX file.

    Raises NotFoundError when it holds none, naming how to make one; UnsupportedError without the extra `onnx`.
    """
    repository = open_repository(locate(model, revision))
    file = onnx_file(repository, int8=int8)
    return LocalEmbedder(repository, lambda: OnnxModel(repository, file))


def onnx_file(repository: ModelRepository, *, int8: bool) -> Path:
    """The graph in the wanted precision."""
    for name in _INT8 if int8 else _FLOAT:
        if (repository.folder / name).is_file():
            return repository.folder / name
    flag = " --int8" if int8 else ""
    raise NotFoundError(
        f"{repository.folder} holds none of {', '.join(_INT8 if int8 else _FLOAT)}. "
        f"Make one: kvasir models export {repository.folder} FOLDER{flag}"
    )


class OnnxModel:
    """Implements `inference.EmbeddingModel`."""

    def __init__(self, repository: ModelRepository, file: Path) -> None:
        try:
            import onnxruntime  # noqa: PLC0415 - an extra
            from tokenizers import Tokenizer  # noqa: PLC0415 - an extra
        except ImportError as error:
            raise UnsupportedError("ONNX models need an extra: pip install 'kvasir-rag[onnx]'.") from error
        self._pooling = repository.pooling
        self._tokenizer = Tokenizer.from_file(str(repository.folder / "tokenizer.json"))
        self._tokenizer.enable_truncation(repository.max_tokens)
        self._tokenizer.enable_padding()
        self._plain = Tokenizer.from_file(str(repository.folder / "tokenizer.json"))
        self._plain.no_truncation()
        self._plain.no_padding()
        runtime: Any = onnxruntime
        options = runtime.SessionOptions()
        options.intra_op_num_threads = 1  # a second thread costs 30 to 50 % more CPU for 20 % less latency
        options.enable_cpu_mem_arena = False  # the arena keeps the largest batch's memory for ever
        self._session: Any = runtime.InferenceSession(str(file), options, providers=["CPUExecutionProvider"])
        self._inputs = {one.name for one in self._session.get_inputs()}
        self.dimensions = int(self._session.get_outputs()[0].shape[-1])

    def offsets(self, text: str) -> Sequence[tuple[int, int]]:
        return self._plain.encode(text, add_special_tokens=False).offsets

    def encode(self, texts: Sequence[str]) -> Vectors:
        encoded = self._tokenizer.encode_batch(list(texts))
        mask = np.array([one.attention_mask for one in encoded], np.int64)
        feed = {
            "input_ids": np.array([one.ids for one in encoded], np.int64),
            "attention_mask": mask,
            "token_type_ids": np.array([one.type_ids for one in encoded], np.int64),
        }
        given = {name: values for name, values in feed.items() if name in self._inputs}
        return pool(self._session.run(None, given)[0], mask, self._pooling)


def pool(tokens: NDArray[np.float32], mask: NDArray[np.int64], mode: str) -> Vectors:
    """(n, tokens, dimensions) to (n, dimensions). A model that pools itself gives (n, dimensions), which stays."""
    if tokens.ndim == 2:
        return tokens
    if mode == "cls":
        return tokens[:, 0]
    weights = mask[:, :, None].astype(np.float32)
    if mode == "max":
        return np.where(weights > 0, tokens, -np.inf).max(axis=1).astype(np.float32)
    return ((tokens * weights).sum(axis=1) / np.maximum(weights.sum(axis=1), 1e-9)).astype(np.float32)
