import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kvasir.text.analysis import MAX_WORD, TOKENS, grams, stem, tokens, words
from kvasir.text.function_words import LISTS, function_words
from kvasir.text.language import SNOWBALL
from kvasir.text.scripts import fold, has_unspaced, unspaced_share


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("RayService", ["rayservice", "ray", "service"]),
        ("HTTPRoute", ["httproute", "http", "route"]),
        ("snake_case_name __init__", ["snake_case_name", "snake", "case", "name", "init"]),
        ("v1.2.3 of 18,000 at 3.5 for $8", ["v1.2.3", "of", "18000", "at", "3.5", "for", "8"]),
        ("1.234,56 and 1,234.56 and 1.234.567", ["1234.56", "and", "1234.56", "and", "1234567"]),
        ("the U.S. and C++ or C#", ["the", "us", "and", "c++", "or", "c#"]),
        ("don't l'homme F-35", ["don", "t", "l", "homme", "f", "35"]),
        ("Größe STRASSE ﬁne", ["grösse", "strasse", "fine"]),
        ("你好世界 hello 世", ["你好", "好世", "世界", "hello", "世"]),
        ("हिन्दी में", ["हिन्दी", "में"]),
        ("สวัสดี 5", ["สว", "วั", "ัส", "สด", "ดี", "5"]),
        ("", []),
        ("... --- ***", []),
    ],
)
def test_words(text: str, expected: list[str]) -> None:
    assert words(text) == expected


@given(st.text())
def test_words_are_bounded_nonempty_and_deterministic(text: str) -> None:
    found = words(text)
    assert found == words(text)
    assert all(0 < len(word) <= MAX_WORD for word in found)


@given(st.text("avVxZ_19.,+#- \n\u0301\u0e01\u0e31\u0e34你好ñéßẞ١٢\u066b\u066cक्षम्هـ한\u200d", max_size=20))
def test_tokens_are_what_their_definition_says(text: str) -> None:
    definition = re.compile(TOKENS[0], re.ASCII) if text.isascii() else re.compile(TOKENS[1])
    normal = unicodedata.normalize("NFKC", text)
    assert tokens(text) == definition.findall(normal)


@given(st.text(alphabet=st.characters(categories=["L", "N"])))
def test_case_does_not_matter_to_folded_words(text: str) -> None:
    assert {word.casefold() for word in words(text)} == set(words(text))


@given(st.text(min_size=1, max_size=80))
def test_every_word_has_a_gram(text: str) -> None:
    for word in words(text):
        assert grams(word)


def test_grams_mark_boundaries_and_fold() -> None:
    assert grams("house") == ("\x02hou", "hous", "ouse", "use\x02")
    assert grams("a") == ("\x02a\x02",)
    assert grams("crème") == grams("creme")
    assert grams("你好") == ("你好",)
    assert grams("한국어") == ("\x02한", "한국", "국어", "어\x02")


@pytest.mark.parametrize(
    ("language", "one", "other"),
    [
        ("en", "running", "runs"),
        ("de", "häuser", "häusern"),
        ("ru", "книги", "книга"),
        ("ar", "الكتاب", "كتاب"),
        ("fr", "chevaux", "cheval"),
    ],
)
def test_stems_join_inflections(language: str, one: str, other: str) -> None:
    assert stem(one, language) == stem(other, language)


def test_undetermined_text_is_only_folded() -> None:
    assert stem("running", "und") == "running"
    assert stem("réunions", "und") == "reunions"


def test_all_languages_have_a_stemmer() -> None:
    assert all(isinstance(stem("word", language), str) for language in SNOWBALL)


def test_folding() -> None:
    assert fold("أَحْمَد") == fold("احمد")
    assert fold("Żółw".casefold()) == "zolw"
    assert fold("हिन्दी") == "हिन्दी"
    assert fold("が") == "が"


def test_scripts() -> None:
    assert has_unspaced("say 你好")
    assert not has_unspaced("Привет, 한국어")
    assert unspaced_share("你好ab") == 0.5
    assert unspaced_share("12") == 0.0


def test_function_words_are_those_of_one_language() -> None:
    question = ["what", "caused", "the", "war"]
    assert function_words(question, ["de", "en"]) == {"what", "the"}
    assert function_words(question, []) == {"what", "the"}
    assert function_words(["to", "be"], ["en"]) == set(), "a question of nothing else keeps its words"
    assert all(word == word.casefold() for known in LISTS.values() for word in known)
