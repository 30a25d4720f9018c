"""Sentence-transformers models on torch."""

import copy
from collections.abc import Sequence
from typing import Any

import numpy as np

from kvasir.adapters.models.inference import LocalEmbedder, Vectors
from kvasir.adapters.models.repository import ModelRepository, locate, open_repository
from kvasir.errors import UnsupportedError


def open_torch_embedder(model: str, revision: str | None) -> LocalEmbedder:
    """Raises NotFoundError and UnavailableError as `repository.locate`; UnsupportedError without the extra `models`."""
    repository = open_repository(locate(model, revision))
    return LocalEmbedder(repository, lambda: TorchModel(repository))


class TorchModel:
    """Implements `inference.EmbeddingModel`."""

    def __init__(self, repository: ModelRepository) -> None:
        try:
            import sentence_transformers  # noqa: PLC0415 - an extra, and seconds of import
        except ImportError as error:
            raise UnsupportedError("This model needs an extra: pip install 'kvasir-rag[models]'.") from error
        self._model: Any = sentence_transformers.SentenceTransformer(str(repository.folder))
        # Its own: padding and truncation are state of a tokenizer, and the model sets both while it encodes.
        self._plain: Any = copy.deepcopy(self._model.tokenizer)
        self.dimensions = int(self._model.get_embedding_dimension())

    def offsets(self, text: str) -> Sequence[tuple[int, int]]:
        encoded = self._plain(text, add_special_tokens=False, return_offsets_mapping=True, verbose=False)
        return [(int(start), int(end)) for start, end in encoded["offset_mapping"]]

    def encode(self, texts: Sequence[str]) -> Vectors:
        # The caller puts prompts before texts; the model must not add its default one.
        vectors = self._model.encode(list(texts), prompt="", convert_to_numpy=True, show_progress_bar=False)
        return np.asarray(vectors, np.float32)
