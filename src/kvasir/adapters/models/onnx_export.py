"""`kvasir models export`: a sentence-transformers model as an ONNX repository, optionally with an int8 graph beside it.

int8 weights per channel by ONNX Runtime agree with the original at a mean cosine of 0.99; torch's dynamic quantisation does
not (0.92).
"""

import json
import shutil
from pathlib import Path
from typing import Any, Final

from kvasir.adapters.models.repository import IDENTITY_FILE, locate, open_repository
from kvasir.errors import UnsupportedError

_INPUTS: Final = ("input_ids", "attention_mask", "token_type_ids")
_COPIED: Final = (
    "config.json", "config_sentence_transformers.json", "modules.json", "sentence_bert_config.json",
    "special_tokens_map.json", "tokenizer.json", "tokenizer_config.json", "1_Pooling/config.json",
)  # fmt: skip


def export_onnx(model: str, target: Path, *, int8: bool) -> Path:
    """Writes the repository and returns its folder. UnsupportedError names what has to be installed."""
    try:
        import torch  # noqa: PLC0415 - an extra
        import transformers  # noqa: PLC0415 - an extra
    except ImportError as error:
        raise UnsupportedError("Exporting needs: pip install 'kvasir-rag[models,onnx]'.") from error
    repository = open_repository(locate(model, None))
    (target / "onnx").mkdir(parents=True, exist_ok=True)
    for name in _COPIED:
        if (repository.folder / name).is_file():
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(repository.folder / name, target / name)
    library: Any = transformers
    network: Any = library.AutoModel.from_pretrained(repository.folder).eval()
    tokenizer: Any = library.AutoTokenizer.from_pretrained(repository.folder)
    sample = tokenizer(["one text", "another, longer text"], padding=True, return_tensors="pt")
    file = target / "onnx" / "model.onnx"
    _export(torch, network, dict(sample), file)
    if int8:
        _quantize(file, target / "onnx" / "model_int8.onnx")
    (target / IDENTITY_FILE).write_text(json.dumps({"fingerprint": repository.fingerprint}), encoding="utf-8")
    return target


def _export(torch: Any, network: Any, sample: dict[str, Any], file: Path) -> None:
    class TokenVectors(torch.nn.Module):
        """The network with named inputs and one output."""

        def forward(self, input_ids: Any, attention_mask: Any, token_type_ids: Any | None = None) -> Any:
            extra = {} if token_type_ids is None else {"token_type_ids": token_type_ids}
            return network(input_ids=input_ids, attention_mask=attention_mask, **extra).last_hidden_state

    batch, tokens = torch.export.Dim("batch"), torch.export.Dim("tokens")
    torch.onnx.export(
        TokenVectors().eval(),
        tuple(sample[name] for name in _INPUTS if name in sample),
        str(file),
        input_names=[name for name in _INPUTS if name in sample],
        output_names=["last_hidden_state"],
        dynamic_shapes=tuple({0: batch, 1: tokens} for name in _INPUTS if name in sample),
        dynamo=True,
        external_data=False,
        verbose=False,
    )


def _quantize(source: Path, target: Path) -> None:
    try:
        from onnxruntime import quantization  # noqa: PLC0415 - an extra
    except ImportError as error:
        raise UnsupportedError("--int8 needs the extra: pip install 'kvasir-rag[models,onnx]'.") from error
    tools: Any = quantization
    tools.quantize_dynamic(str(source), str(target), weight_type=tools.QuantType.QInt8, per_channel=True)
