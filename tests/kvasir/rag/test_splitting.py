"""Splitting: what holds for every document, and what is done with headings, tables, code and lists."""

from itertools import pairwise
from typing import get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kvasir.adapters.parsers.markdown import parse_markdown
from kvasir.ports.reading import Block, BlockKind, Heading, ParsedDocument, Piece
from kvasir.rag.splitting import StructureSplitter

ALPHABET = "ab.,!? \n\t#-|`*>\u3002\u4e2d\u0301\u00a0\u2028\x0b\U0001f600\u0634X1)"
texts = st.one_of(
    st.text(ALPHABET, max_size=400),
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=200),
    st.lists(st.sampled_from(["word ", "A sentence. ", "\n\n", "\n", "- item\n", "| a | b |\n", "x" * 50, "# H\n"]), max_size=60).map("".join),
)  # fmt: skip
splitters = st.builds(StructureSplitter, size=st.integers(1, 120), overlap=st.integers(0, 150))


@st.composite
def documents(draw: st.DrawFn) -> ParsedDocument:
    """Any text with any blocks and headings: out of order, overlapping and out of range too."""
    text = draw(texts)
    offsets = st.integers(0, len(text) + 5)
    blocks = draw(st.lists(st.builds(Block, offsets, offsets, st.sampled_from(get_args(BlockKind))), max_size=8))
    headings = draw(st.lists(st.builds(Heading, offsets, st.integers(1, 6), st.text(max_size=8)), max_size=6))
    if draw(st.booleans()):
        blocks = sorted(blocks, key=lambda block: block.start)
    return ParsedDocument(text, "T", headings=sorted(headings, key=lambda one: one.start), blocks=blocks)


def check(document: ParsedDocument, splitter: StructureSplitter) -> list[Piece]:
    pieces = list(splitter(document))
    text = document.text
    covered = 0
    for before, piece in zip([None, *pieces], pieces, strict=False):
        assert 0 <= piece.start < piece.end <= len(text)
        assert piece.end - piece.start <= splitter.size
        assert text[piece.start : piece.end].strip() == text[piece.start : piece.end]
        assert not text[covered : piece.start].strip(), "text is lost between two pieces"
        if before is not None:
            assert piece.start > before.start
            assert piece.end > before.end, "a piece that adds nothing"
            assert before.end - piece.start <= splitter.overlap, "more is repeated than asked for"
        covered = piece.end
    assert not text[covered:].strip(), "text is lost at the end"
    return pieces


@settings(max_examples=400)
@given(documents(), splitters)
def test_pieces_cover_every_text_in_order_and_in_size(document: ParsedDocument, splitter: StructureSplitter) -> None:
    check(document, splitter)


@settings(max_examples=150)
@given(texts, splitters)
def test_pieces_of_markdown(text: str, splitter: StructureSplitter) -> None:
    check(parse_markdown(text.encode()), splitter)


@settings(max_examples=50)
@given(texts, splitters)
def test_splitting_is_deterministic(text: str, splitter: StructureSplitter) -> None:
    document = parse_markdown(text.encode())
    assert list(splitter(document)) == list(splitter(document))


def split(markdown: str, size: int = 200, overlap: int = 0) -> list[tuple[str, str]]:
    """(prefix, text) of each piece."""
    document = parse_markdown(markdown.encode())
    pieces = check(document, StructureSplitter(size, overlap))
    return [(piece.prefix, document.text[piece.start : piece.end]) for piece in pieces]


class TestHeadings:
    def test_a_section_begins_a_piece_and_its_path_stands_above(self) -> None:
        body = "Words of the body, which go on. " * 4
        found = split(f"# Guide\n\n{body}\n\n## Install\n\n{body}\n\n### Linux\n\n{body}\n\n## Use\n\n{body}")
        assert [text.splitlines()[0] for _, text in found] == ["# Guide", "## Install", "### Linux", "## Use"]
        assert [prefix.splitlines()[0] for prefix, _ in found[1:]] == ["Guide", "Guide > Install", "Guide"]

    def test_small_sections_share_a_piece(self) -> None:
        assert len(split("# A\n\none\n\n# B\n\ntwo\n\n# C\n\nthree", size=600)) == 1

    def test_no_overlap_reaches_over_a_heading(self) -> None:
        body = "A sentence here. " * 12
        found = split(f"# A\n\n{body}\n\n# B\n\n{body}", size=220, overlap=60)
        assert found[1][1].startswith(("# B", "A sentence")) or "# B" in found[1][1]
        assert any(text.startswith("# B") for _, text in found)

    def test_prefixes_are_bounded(self) -> None:
        found = split("\n\n".join(f"{'#' * level} {'x' * 5000}\n\nbody" for level in range(1, 7)), size=500)
        assert max(len(prefix) for prefix, _ in found) < 2500

    def test_the_head_of_the_document_joins_the_prefix(self) -> None:
        found = split("Kvasir is wise.\n\n" + "More is said of him. " * 30)
        assert all(prefix.startswith("Kvasir is wise.") for prefix, _ in found[1:])


class TestBlocks:
    def test_table_rows_stay_whole(self) -> None:
        rows = [f"| row {number} | {'v' * 20} |" for number in range(40)]
        found = split("| a | b |\n|---|---|\n" + "\n".join(rows))
        assert {line for _, text in found for line in text.splitlines()} >= set(rows)

    def test_code_is_cut_between_lines(self) -> None:
        code = [f"call_{number}(argument_{number})" for number in range(60)]
        found = split("```python\n" + "\n".join(code) + "\n```")
        assert [line for _, text in found for line in text.splitlines() if line.startswith("call")] == code

    def test_list_items_stay_whole(self) -> None:
        items = [f"- item {number} with some words. And more of them." for number in range(30)]
        found = split("\n".join(items))
        assert [line for _, text in found for line in text.splitlines()] == items

    def test_sentences_stay_whole(self) -> None:
        sentences = [f"Sentence number {number} of Mr. Smith says 3.5 things." for number in range(30)]
        found = split(" ".join(sentences))
        assert all(text.startswith("Sentence") and text.endswith("things.") for _, text in found)

    def test_overlap_repeats_whole_sentences(self) -> None:
        sentences = [f"Sentence number {number} is here." for number in range(30)]
        found = split(" ".join(sentences), size=200, overlap=70)
        for (_, before), (_, after) in pairwise(found):
            assert after.split(". ")[0] in before

    def test_a_word_longer_than_a_passage_is_cut(self) -> None:
        assert "".join(text for _, text in split("x" * 1001, size=100)) == "x" * 1001

    def test_long_sentences_are_cut_at_white_space(self) -> None:
        found = split("word\u3000" * 100, size=90)
        assert all(set(text.split("\u3000")) == {"word"} for _, text in found)


PROSE = "# Chapter\n\n" + "A paragraph of some words, which go on. And more of them follow here. " * 6 + "\n\n"
FIVE_MEGABYTES = {
    "prose": PROSE * (5_000_000 // len(PROSE)),
    "one line": "word " * 1_000_000,
    "one word": "x" * 5_000_000,
    "one paragraph": "This is a sentence with some words. " * 140_000,
}
PATHOLOGICAL = {
    "headings": "## Heading\n\n- item\n- item\n\n" * 15_000,
    "blank lines": "a\n\n" * 80_000,
    "marks": ". ! ? " * 80_000,
    "white space": "a" + " " * 1_000_000 + "b",
    "fences": "```\n" * 100_000,
    "quotes": "> " * 500_000,
}


@pytest.mark.parametrize("text", [pytest.param(text, id=name) for name, text in FIVE_MEGABYTES.items()])
@pytest.mark.timeout(120)  # what is not linear takes hours here
def test_five_megabytes_are_split(text: str) -> None:
    document = parse_markdown(text.encode())
    assert list(StructureSplitter(1500, 180)(document))


@pytest.mark.parametrize("text", [pytest.param(text, id=name) for name, text in PATHOLOGICAL.items()])
@pytest.mark.timeout(120)
def test_hostile_structure_takes_no_longer(text: str) -> None:
    document = parse_markdown(text.encode())
    assert check(document, StructureSplitter(1500, 180))
