"""What of an embedding belongs to an index generation."""

import pytest

from kvasir.resources.embedding import Embedding

ONNX = {"onnx": {"model": "m", "precision": "Int8"}}
REMOTE = {"openAICompatible": {"endpoint": "https://a.example/v1", "model": "m", "dimensions": 3}}


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (ONNX, {"onnx": {"model": "m", "precision": "Float32"}}, True),
        (ONNX, {"sentenceTransformers": {"model": "m"}}, True),
        (ONNX, {"onnx": {"model": "m", "revision": "v2"}}, False),
        (ONNX, {"none": {}}, False),
        (ONNX, REMOTE, False),
        (REMOTE, {"openAICompatible": {**REMOTE["openAICompatible"], "endpoint": "https://b.example/v1"}}, True),
        (REMOTE, {"openAICompatible": {**REMOTE["openAICompatible"], "batchSize": 8}}, True),
        (REMOTE, {"openAICompatible": {**REMOTE["openAICompatible"], "dimensions": 4}}, False),
    ],
)
def test_engine_precision_server_and_key_do_not(one: object, other: object, *, same: bool) -> None:
    assert (Embedding.model_validate(one).identity == Embedding.model_validate(other).identity) is same
