"""Real weights on both engines."""

from collections.abc import AsyncIterator
from pathlib import Path

import numpy as np
import pytest

from kvasir.adapters.models.inference import LocalEmbedder
from kvasir.adapters.models.onnx_embedder import open_onnx_embedder, pool
from kvasir.adapters.models.repository import IDENTITY_FILE, locate, open_repository
from kvasir.adapters.models.torch_embedder import open_torch_embedder
from kvasir.errors import InvalidInputError, NotFoundError
from kvasir.ingestion.probes import MIN_COSINE, PROBES
from kvasir.ports.deadline import Deadline
from kvasir.testing.embedder import EmbedderSuite

pytestmark = [
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
    pytest.mark.filterwarnings("ignore::UserWarning"),
    pytest.mark.filterwarnings("ignore::FutureWarning"),
]


class TestTorch(EmbedderSuite):
    @pytest.fixture
    async def embedder(self, minilm: Path) -> AsyncIterator[LocalEmbedder]:  # type: ignore[override]
        embedder = open_torch_embedder(str(minilm), None)
        yield embedder
        await embedder.close()


class TestOnnx(EmbedderSuite):
    @pytest.fixture
    async def embedder(self, exported: Path) -> AsyncIterator[LocalEmbedder]:  # type: ignore[override]
        embedder = open_onnx_embedder(str(exported), None, int8=False)
        yield embedder
        await embedder.close()


async def test_engines_agree_on_the_probes_and_share_a_fingerprint(minilm: Path, exported: Path) -> None:
    soon = Deadline.after(250)
    torch, onnx = open_torch_embedder(str(minilm), None), open_onnx_embedder(str(exported), None, int8=False)
    assert (await torch.spec(soon)).fingerprint == (await onnx.spec(soon)).fingerprint
    left, right = await torch.embed_documents(PROBES, soon), await onnx.embed_documents(PROBES, soon)
    assert float((left * right).sum(axis=1).min()) >= MIN_COSINE
    await torch.close()
    await onnx.close()


async def test_int8_orders_texts_as_the_original_does(minilm: Path, exported: Path) -> None:
    soon = Deadline.after(250)
    torch, int8 = open_torch_embedder(str(minilm), None), open_onnx_embedder(str(exported), None, int8=True)
    left, right = await torch.embed_documents(PROBES, soon), await int8.embed_documents(PROBES, soon)
    assert float((left * right).sum(axis=1).mean()) >= 0.98
    query = await torch.embed_query("who signs the contract?", soon)
    rough = await int8.embed_query("who signs the contract?", soon)
    assert len(set(np.argsort(-left @ query)[:4].tolist()) & set(np.argsort(-right @ rough)[:4].tolist())) >= 3
    await torch.close()
    await int8.close()


def test_a_repository_without_onnx_says_how_to_make_one(minilm: Path) -> None:
    with pytest.raises(NotFoundError, match="kvasir models export"):
        open_onnx_embedder(str(minilm), None, int8=True)


def test_what_is_no_repository_is_refused(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match="no folder"):
        locate("./absent", None)
    with pytest.raises(InvalidInputError, match=r"tokenizer\.json"):
        open_repository(tmp_path)


def test_the_fingerprint_follows_the_weights_and_not_the_export(minilm: Path, exported: Path, tmp_path: Path) -> None:
    assert (exported / IDENTITY_FILE).is_file()
    copy = tmp_path / "copy"
    copy.mkdir()
    for name in ("tokenizer.json", "modules.json", "sentence_bert_config.json"):
        (copy / name).write_bytes((minilm / name).read_bytes())
    (copy / "model.safetensors").write_bytes(b"other weights")
    assert open_repository(copy).fingerprint != open_repository(minilm).fingerprint


def test_pooling_follows_its_definition() -> None:
    tokens = np.array([[[1.0, 4.0], [3.0, 0.0], [9.0, 9.0]]], np.float32)
    mask = np.array([[1, 1, 0]], np.int64)
    np.testing.assert_allclose(pool(tokens, mask, "mean"), [[2.0, 2.0]])
    np.testing.assert_allclose(pool(tokens, mask, "cls"), [[1.0, 4.0]])
    np.testing.assert_allclose(pool(tokens, mask, "max"), [[3.0, 4.0]])
    np.testing.assert_allclose(pool(tokens[:, 0], mask, "mean"), [[1.0, 4.0]])
