"""Ordinary documents, in passages: what must not be taken for orders."""

import json
import random
from collections.abc import Mapping, Sequence
from pathlib import Path

import pypdfium2
import yaml

from benchmarks.scale import corpus

_HANDBOOK = Path(__file__).parents[2] / "examples" / "quickstart" / "20-configmap.yaml"
_SIZE = 1000


def passages(data: Path, debian: int) -> Mapping[str, Sequence[str]]:
    """Texts of about a thousand code points by corpus; so many of the Debian documentation."""
    docs = json.loads((data / "product-docs" / "docs.json").read_text("utf-8"))
    sets: dict[str, Sequence[str]] = {"product-docs": [one["text"] for one in docs]}
    for language in ("en", "de", "ru", "ar", "zh"):
        articles = json.loads((data / "xquad" / f"xquad.{language}.json").read_text("utf-8"))["data"]
        sets[f"xquad {language}"] = [part["context"] for article in articles for part in article["paragraphs"]]
    for path in sorted((data / "chunking" / "corpora").glob("*.md")):
        sets[path.stem] = _pieces(path.read_text("utf-8"))
    tasks = [json.loads(line) for line in (data / "multi-turn" / "tasks.jsonl").read_text("utf-8").splitlines()]
    sets["multi-turn"] = sorted({context["text"] for task in tasks for context in task["contexts"]})
    sets["filings"] = [piece for path in sorted((data / "filings").glob("*.pdf")) for piece in _pieces(_pages(path))]
    sets["handbook"] = list(yaml.safe_load(_HANDBOOK.read_text("utf-8"))["data"].values())
    texts = [one.text for one in corpus.passages(100_000, size=1000, overlap=150)] if debian else []
    random.Random(5).shuffle(texts)
    return {**sets, "debian": texts[:debian]}


def _pages(path: Path) -> str:
    pages = pypdfium2.PdfDocument(str(path))
    return "\n\n".join(page.get_textpage().get_text_range().replace("\r\n", "\n") for page in pages)


def _pieces(text: str) -> list[str]:
    found: list[str] = []
    at = 0
    while at < len(text):
        end = at + _SIZE
        for mark in ("\n\n", ". "):
            if end < len(text) and (cut := text.rfind(mark, at + _SIZE // 2, end)) > 0:
                end = cut + 1
                break
        found.append(text[at:end])
        at = end
    return found
