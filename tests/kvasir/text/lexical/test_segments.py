"""Segments: how documents are spread, merged, deleted and stored changes nothing that a search can see."""

import tempfile
from pathlib import Path
from unittest.mock import patch

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from kvasir.errors import CorruptDataError, InvalidInputError, NotFoundError
from kvasir.text.lexical import Budget, LexicalCandidates, LexicalIndex, Segment, SegmentBuilder, merge, pieces, writer
from kvasir.text.lexical.segment import FILE_NAME

Document = tuple[str, str, list[tuple[str, str]]]
WORDS = [
    "cat",
    "cats",
    "category",
    "dog",
    "hotdog",
    "the",
    "RayService",
    "v1.2.3",
    "haus",
    "häuser",
    "你好世界",
    "rare",
    "x",
    "y",
]
TEXT = st.lists(st.sampled_from(WORDS), max_size=10).map(" ".join)
BODY = st.tuples(st.sampled_from(["en", "de", "zh", "und"]), st.lists(st.tuples(TEXT, TEXT), min_size=0, max_size=3))
QUESTION = st.lists(st.sampled_from([*WORDS, "catgory", "unknown"]), min_size=1, max_size=5).map(" ".join)


def test_words_of_dead_documents_are_no_stand_ins() -> None:
    """Found by the property below: a dead exact match raised the bar for live near matches."""
    live: list[Document] = [("a", "en", [("", ""), ("häuser", ""), ("häuser", "")]), ("b", "en", [("häuser", "")])]
    segment = build([*live, ("dead", "en", [("haus", "")])])
    index = LexicalIndex([segment], [np.array([True, True, False])])
    assert len(index.search("haus", budget=Budget(words=6, grams=4, prefixes=3, depth=3)).rows) == 3


def build(documents: list[Document]) -> Segment:
    builder = SegmentBuilder()
    for key, language, passages in documents:
        builder.add(key, language, passages)
    return builder.build()


def merged_of(segments: list[Segment], masks: list[NDArray[np.bool_]]) -> Segment:
    with tempfile.TemporaryDirectory() as folder:
        merge(Path(folder), segments, masks)
        return Segment.open(Path(folder), verify=True)


def seen(segments: list[Segment], found: LexicalCandidates) -> dict[tuple[str, int], tuple[bytes, ...]]:
    """Everything a search says, exactly, by passage."""
    scores = found.scores
    legs = np.stack([scores.words, scores.grams, scores.prefix, scores.document, scores.coverage], axis=1)
    result = {}
    for number, row, values in zip(found.segments.tolist(), found.rows.tolist(), legs, strict=True):
        segment = segments[number]
        key = segment.keys[segment.row_documents[row]], int(segment.row_ordinals[row])
        result[key] = (values.tobytes(), np.float64(found.self_score).tobytes())
    return result


@settings(max_examples=40)
@given(st.lists(BODY, min_size=1, max_size=14), st.lists(BODY, max_size=4), QUESTION, st.data())
def test_scores_depend_on_the_live_documents_alone(
    bodies: list[tuple[str, list[tuple[str, str]]]],
    dead: list[tuple[str, list[tuple[str, str]]]],
    question: str,
    data: st.DataObject,
) -> None:
    live: list[Document] = [(f"live{n}", *body) for n, body in enumerate(bodies)]
    everything = [*live, *((f"dead{n}", *body) for n, body in enumerate(dead))]
    shuffled = data.draw(st.permutations(everything))
    cuts = sorted(data.draw(st.lists(st.integers(0, len(shuffled)), max_size=3)))
    parts = [shuffled[a:b] for a, b in zip([0, *cuts], [*cuts, len(shuffled)], strict=True)]
    segments = [build(part) for part in parts]
    masks = [np.array([key.startswith("live") for key, _, _ in part], np.bool_) for part in parts]
    budget = Budget(words=6, grams=4, prefixes=3, depth=data.draw(st.sampled_from([3, 8, 1_000])))
    whole = [build(live)]
    expected = seen(whole, LexicalIndex(whole).search(question, budget=budget))
    assert seen(segments, LexicalIndex(segments, masks).search(question, budget=budget)) == expected
    merged = [merged_of(segments, masks)]
    assert seen(merged, LexicalIndex(merged).search(question, budget=budget)) == expected


@settings(max_examples=40)
@given(st.lists(BODY, min_size=1, max_size=10), st.data())
def test_merging_gives_the_bytes_of_building(
    bodies: list[tuple[str, list[tuple[str, str]]]], data: st.DataObject
) -> None:
    documents: list[Document] = [(f"d{n}", *body) for n, body in enumerate(bodies)]
    kept = data.draw(st.lists(st.booleans(), min_size=len(documents), max_size=len(documents)))
    at = data.draw(st.integers(0, len(documents)))
    parts, masks = [documents[:at], documents[at:]], [np.array(kept[:at], np.bool_), np.array(kept[at:], np.bool_)]
    with patch.object(pieces, "PIECE", data.draw(st.sampled_from([1, 3, 1 << 19]))):
        merged = merged_of([build(part) for part in parts], masks)
    assert_equal(merged, build([document for document, keep in zip(documents, kept, strict=True) if keep]))


@settings(max_examples=40)
@given(st.lists(BODY, min_size=1, max_size=10), st.sampled_from([1, 7, 40]), st.sampled_from([1, 5, 1000]))
def test_slices_give_the_bytes_of_building(
    bodies: list[tuple[str, list[tuple[str, str]]]], tokens: int, different: int
) -> None:
    documents: list[Document] = [(f"d{n}", *body) for n, body in enumerate(bodies)]
    with (
        tempfile.TemporaryDirectory() as name,
        patch.object(writer, "SLICE_TOKENS", tokens),
        patch.object(writer, "MOST_TOKENS", different),
    ):
        with writer.SegmentWriter(Path(name)) as sliced:
            for document in documents:
                sliced.add(*document)
        assert [path.name for path in Path(name).iterdir()] == [FILE_NAME]
        assert_equal(Segment.open(Path(name), verify=True), build(documents))


def assert_equal(one: Segment, other: Segment) -> None:
    assert one.languages == other.languages
    assert one.arrays.keys() == other.arrays.keys()
    for name, array in other.arrays.items():
        assert one.arrays[name].dtype == array.dtype, name
        assert one.arrays[name].tobytes() == array.tobytes(), name


CORPUS: list[Document] = [
    ("a", "en", [("the cat sat on the mat", "Animals"), ("dogs bark", "Animals")]),
    ("b", "en", [("a category of cats", "Theory")]),
    ("c", "de", [("Häuser und Katzen", "")]),
]


def test_stored_segments_are_equal_and_their_bytes_too(tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        build(CORPUS).write(tmp_path / name)
    assert (tmp_path / "one" / FILE_NAME).read_bytes() == (tmp_path / "two" / FILE_NAME).read_bytes()
    opened = Segment.open(tmp_path / "one", verify=True)
    assert opened.keys == ["a", "b", "c"]
    assert seen([opened], LexicalIndex([opened]).search("cats")) == seen(
        [segment := build(CORPUS)], LexicalIndex([segment]).search("cats")
    )
    assert not opened.arrays["row_words"].flags.writeable


def test_every_damaged_byte_is_noticed(tmp_path: Path) -> None:
    build(CORPUS).write(tmp_path)
    path = tmp_path / FILE_NAME
    good = path.read_bytes()
    noticed = 0
    places = range(0, len(good), 41)
    for at in places:
        path.write_bytes(good[:at] + bytes([good[at] ^ 0xFF]) + good[at + 1 :])
        try:
            opened = Segment.open(tmp_path, verify=True)
        except CorruptDataError:
            noticed += 1
        else:
            assert all((opened.arrays[name] == array).all() for name, array in build(CORPUS).arrays.items()), "padding"
    assert noticed > len(places) * 0.5


@pytest.mark.parametrize("size", [0, 5, 40, 3000])
def test_a_cut_file_is_refused(tmp_path: Path, size: int) -> None:
    build(CORPUS).write(tmp_path)
    path = tmp_path / FILE_NAME
    path.write_bytes(path.read_bytes()[:size])
    with pytest.raises(CorruptDataError):
        Segment.open(tmp_path)


def test_a_missing_segment_is_named(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match="no lexical segment"):
        Segment.open(tmp_path)


def test_only_allowed_documents_are_found_and_scores_stay() -> None:
    segment = build(CORPUS)
    index = LexicalIndex([segment])
    every = seen([segment], index.search("cats category"))
    allowed = [np.array([False, True, False])]
    some = seen([segment], index.search("cats category", allowed=allowed, also=[np.array([0, 1, 2, 3])]))
    assert set(some) == {("b", 0)}
    assert some[("b", 0)] == every[("b", 0)]
    assert seen([segment], index.score("cats category", [np.array([0, 2])], allowed=allowed)) == some


def test_a_narrow_filter_still_finds_enough() -> None:
    documents: list[Document] = [(f"d{n}", "en", [(f"common rare{n}", "")]) for n in range(400)]
    segment = build(documents)
    allowed = [np.arange(400) % 10 == 0]
    found = LexicalIndex([segment]).search("common rare5", allowed=allowed, budget=Budget(words=3, depth=20))
    assert len(found.rows) == 20
    assert (found.rows % 10 == 0).all()


def test_rows_from_elsewhere_get_every_leg() -> None:
    segment = build([(f"d{n}", "en", [(f"word{n} dog", "")]) for n in range(300)])
    found = LexicalIndex([segment]).search("word7", budget=Budget(depth=5), also=[np.array([250, 7, 250])])
    assert {7, 250} <= set(found.rows.tolist())
    assert len(set(found.rows.tolist())) == len(found.rows)


def test_wrong_masks_and_keys_are_refused() -> None:
    segment = build(CORPUS)
    with pytest.raises(InvalidInputError, match="3 documents"):
        LexicalIndex([segment], [np.array([True])])
    with pytest.raises(InvalidInputError):
        LexicalIndex([segment]).search("x", allowed=[np.array([True])])
    with pytest.raises(InvalidInputError):
        LexicalIndex([segment]).search("x", allowed=[])
    with pytest.raises(InvalidInputError):
        LexicalIndex([segment]).score("x", [])
    builder = SegmentBuilder()
    builder.add("a", "en", [])
    with pytest.raises(InvalidInputError, match="added before"):
        builder.add("a", "en", [])
