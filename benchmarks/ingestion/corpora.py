"""Folders of documents that are made for the measurement. Words are English, so that languages and sentences are found."""

import json
import random
from collections.abc import Callable, Iterator
from pathlib import Path

from kvasir.testing.hostile_office import good_docx, good_pptx, good_xlsx
from kvasir.testing.pdf_writer import lines, pdf

WORDS = [
    "the",
    "of",
    "and",
    "to",
    "in",
    "that",
    "is",
    "was",
    "for",
    "it",
    "with",
    "as",
    "his",
    "on",
    "be",
    "at",
    "by",
    "had",
    "not",
    "are",
    "but",
    "from",
    "or",
    "have",
    "an",
    "they",
    "which",
    "one",
    "you",
    "were",
    "all",
    "her",
    "she",
    "there",
    "would",
    "their",
    "we",
    "him",
    "been",
    "has",
    "when",
    "who",
    "will",
    "no",
    "more",
    "if",
    "out",
    "so",
    "up",
    "said",
    "what",
    "its",
    "about",
    "than",
    "into",
    "them",
    "can",
    "only",
    "other",
    "time",
    "new",
    "some",
    "could",
    "these",
    "two",
    "may",
    "first",
    "then",
    "do",
    "any",
    "like",
    "my",
    "now",
    "over",
    "such",
    "our",
    "man",
    "me",
    "even",
    "most",
    "made",
]


def sentence(rng: random.Random) -> str:
    return " ".join(rng.choices(WORDS, k=rng.randint(8, 22))).capitalize() + "."


def paragraph(rng: random.Random) -> str:
    return " ".join(sentence(rng) for _ in range(5))


def markdown(rng: random.Random) -> bytes:
    parts = [f"# {sentence(rng)}"]
    for _ in range(6):
        parts += [f"## {sentence(rng)}", paragraph(rng), paragraph(rng), f"- {sentence(rng)}\n- {sentence(rng)}"]
    return "\n\n".join(parts).encode()


def html(rng: random.Random) -> bytes:
    body = "".join(f"<h2>{sentence(rng)}</h2><p>{paragraph(rng)}</p><p>{paragraph(rng)}</p>" for _ in range(6))
    return f"<html><head><title>{sentence(rng)}</title></head><body><main>{body}</main></body></html>".encode()


def text(rng: random.Random) -> bytes:
    return "\n\n".join(paragraph(rng) for _ in range(14)).encode()


def table(rng: random.Random) -> bytes:
    rows = [f"{number},{sentence(rng)},{rng.random():.4f}" for number in range(100)]
    return "\n".join(["Number,Words,Share", *rows]).encode()


def records(rng: random.Random) -> bytes:
    return json.dumps([{"number": number, "words": sentence(rng)} for number in range(100)]).encode()


def code(rng: random.Random) -> bytes:
    return "\n\n".join(
        f'def function_{number}():\n    """{sentence(rng)}"""\n    return {number}' for number in range(80)
    ).encode()


def pages(rng: random.Random, count: int = 10) -> bytes:
    return pdf((lines([sentence(rng)[:90] for _ in range(45)]) for _ in range(count)), compress=True)


def word(rng: random.Random) -> bytes:
    return good_docx(*(paragraph(rng) for _ in range(14)))


def slides(rng: random.Random) -> bytes:
    return good_pptx(*(sentence(rng) for _ in range(20)))


def workbook(rng: random.Random) -> bytes:
    return good_xlsx(("Number", "Words", "Share"), *((number, sentence(rng), rng.random()) for number in range(100)))


FORMATS: dict[str, tuple[int, Callable[[random.Random], bytes]]] = {
    "md": (400, markdown), "html": (400, html), "txt": (400, text), "csv": (400, table), "json": (400, records),
    "py": (400, code), "pdf": (100, pages), "docx": (100, word), "pptx": (100, slides), "xlsx": (100, workbook),
}  # fmt: skip
"""How many documents of each format, and what makes one."""


def write_format(folder: Path, name: str, *, share: float = 1.0) -> None:
    """The documents of one format."""
    count, make = FORMATS[name]
    rng = random.Random(7)
    folder.mkdir(parents=True)
    for number in range(max(1, round(count * share))):
        (folder / f"{number:04}.{name}").write_bytes(make(rng))


def write_large_text(folder: Path, size: int) -> None:
    """One text file of at least `size` bytes."""
    folder.mkdir(parents=True)
    written = 0
    with (folder / "large.txt").open("wb") as file:
        for block in _blocks():
            written += file.write(block)
            if written >= size:
                return


def write_long_pdf(folder: Path, count: int) -> None:
    """One PDF of so many pages."""
    folder.mkdir(parents=True)
    (folder / "long.pdf").write_bytes(pages(random.Random(7), count))


def _blocks() -> Iterator[bytes]:
    rng = random.Random(7)
    some = [f"{paragraph(rng)}\n\n" for _ in range(2000)]
    while True:
        yield "".join(rng.choices(some, k=200)).encode()
