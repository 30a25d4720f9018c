"""The lexical index: words, character grams, prefixes and parent documents, without any model."""

from kvasir.text.lexical.builder import SegmentBuilder
from kvasir.text.lexical.candidates import Budget
from kvasir.text.lexical.index import LexicalCandidates, LexicalIndex
from kvasir.text.lexical.merging import merge
from kvasir.text.lexical.scoring import LegScores
from kvasir.text.lexical.segment import Segment

__all__ = ["Budget", "LegScores", "LexicalCandidates", "LexicalIndex", "Segment", "SegmentBuilder", "merge"]
