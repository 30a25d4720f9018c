"""Which language a document is written in, decided once per document from a bounded sample.

`und` (undetermined, BCP 47) is an honest answer: such text is searched without a stemmer, and its character grams carry
the load. Sampling bounds the cost at about half a millisecond whatever the document's length.
"""

import threading
from functools import cache
from typing import Final, Protocol

from kvasir.text.scripts import has_unspaced

UNDETERMINED: Final = "und"

#: ISO 639-1 code -> Snowball algorithm (https://snowballstem.org/algorithms/).
SNOWBALL: Final[dict[str, str]] = {
    "ar": "arabic", "hy": "armenian", "eu": "basque", "ca": "catalan", "da": "danish", "nl": "dutch", "en": "english",
    "et": "estonian", "fi": "finnish", "fr": "french", "de": "german", "el": "greek", "hi": "hindi", "hu": "hungarian",
    "id": "indonesian", "ga": "irish", "it": "italian", "lt": "lithuanian", "ne": "nepali", "no": "norwegian",
    "pt": "portuguese", "ro": "romanian", "ru": "russian", "sr": "serbian", "es": "spanish", "sv": "swedish",
    "ta": "tamil", "tr": "turkish",
}  # fmt: skip
#: Languages that are told apart although they have no stemmer here: they must not be taken for a neighbour that has.
_OTHERS: Final = (
    "af", "bg", "bn", "bs", "cs", "fa", "gl", "he", "hr", "is", "ja", "ka", "kk", "km", "ko", "lo", "lv", "mk", "ms",
    "my", "nn", "pl", "sk", "sl", "sq", "sw", "th", "tl", "uk", "ur", "uz", "vi", "zh",
)  # fmt: skip
_ALIASES: Final = {"nn": "no", "bs": "sr", "hr": "sr"}

_WINDOW: Final = 400
_MIN_LETTERS: Final = 24
_MIN_LETTERS_UNSPACED: Final = 6
_MIN_PROBABILITY: Final = 0.7


class _Identifier(Protocol):
    def set_languages(self, langs: list[str]) -> None: ...

    def classify(self, text: str) -> tuple[str, float]: ...


_lock = threading.Lock()


@cache
def _identifier() -> _Identifier:
    """The naive-Bayes model of py3langid, limited to languages people write documents in (loads in about 0.9 s)."""
    from py3langid import langid  # noqa: PLC0415 - the model costs start-up time that readers never need

    identifier: _Identifier = langid.LanguageIdentifier.from_model_file(langid.MODEL_FILE, norm_probs=True)
    identifier.set_languages([*SNOWBALL, *_OTHERS])
    return identifier


def sample(text: str) -> str:
    """At most 1,200 characters of `text`: from its start, its middle and its end."""
    if len(text) <= 3 * _WINDOW:
        return text
    middle = len(text) // 2
    return f"{text[:_WINDOW]}\n{text[middle : middle + _WINDOW]}\n{text[-_WINDOW:]}"


def detect(text: str) -> str:
    """ISO 639-1 code of the language of `text`, or `und` when it is too short, or the model is unsure.

    The answer is a pure function of `text`; probabilities are the model's own, normalised for length.
    """
    excerpt = sample(text)
    letters = sum(character.isalpha() for character in excerpt)
    if letters < (_MIN_LETTERS_UNSPACED if has_unspaced(excerpt) else _MIN_LETTERS):
        return UNDETERMINED
    with _lock:
        language, probability = _identifier().classify(excerpt)
    if probability < _MIN_PROBABILITY:
        return UNDETERMINED
    return _ALIASES.get(language, language)
