"""Hostile and broken documents, each with what has to become of it."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from kvasir.testing import hostile_office, hostile_pdf

READABLE: Final = frozenset({""})
INVALID: Final = frozenset({"InvalidInput"})
EXHAUSTED: Final = frozenset({"Exhausted"})
UNSUPPORTED: Final = frozenset({"Unsupported"})
REFUSED: Final = INVALID | EXHAUSTED
ANY: Final = READABLE | REFUSED
"""Libraries may repair such a file or give up: both are fine, harm is not."""


@dataclass(frozen=True, slots=True)
class Hostile:
    """A document by the name that its parser is chosen by. `outcomes` are reasons; empty means that it is readable."""

    name: str
    content: bytes
    outcomes: frozenset[str]


def hostile_documents() -> Iterator[Hostile]:
    """All of them; some are made of many megabytes, so they are made one at a time."""
    yield from _texts()
    yield from _front_matter()
    yield from _markdown()
    yield from _markup()
    yield from _records()
    for name, content, outcomes in [*hostile_office.documents(), *hostile_pdf.documents()]:
        yield Hostile(name, content, {"readable": READABLE, "refused": REFUSED, "any": ANY}[outcomes])


def good_documents() -> dict[str, bytes]:
    """What must come through whatever stands beside it."""
    return {
        "good/guide.md": b"# Guide\n\nEverything is fine here.\n",
        "good/notes.txt": b"Plain notes that anybody can read.\n",
        "good/page.html": b"<html><body><h1>Page</h1><p>Words of a page.</p></body></html>",
        "good/table.csv": b"Name,City\nAda,Oslo\nBob,Bergen\n",
        "good/data.json": b'{"title": "Data", "value": 3}',
    }


_PROSE: Final = "These are some plain words that make a sentence. " * 20
_LAUGHS: Final = (
    '<!DOCTYPE x [<!ENTITY l0 "haha">' + "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 12)) + "]>"
)


def _texts() -> Iterator[Hostile]:
    yield Hostile("empty.md", b"", INVALID)
    yield Hostile("blank.txt", b" \t\r\n" * 1000, INVALID)
    yield Hostile("byte-order-mark.txt", b"\xef\xbb\xbf", INVALID)
    yield Hostile("nul.md", b"# Title\x00\n\nText", INVALID)
    yield Hostile("program.md", b"\x7fELF\x02\x01\x01\x00" + bytes(range(256)) * 400, INVALID)
    yield Hostile("noise.txt", bytes((n * n * 31 + n // 7) % 255 + 1 for n in range(100_000)), ANY)
    yield Hostile(
        "latin-1.txt",
        ("Gr\u00fc\u00dfe aus K\u00f6ln, wo es \u00e4u\u00dferst sch\u00f6n ist. " * 9).encode("latin-1"),
        READABLE,
    )
    yield Hostile("utf-16.txt", _PROSE.encode("utf-16"), READABLE)
    yield Hostile("utf-16-odd.txt", _PROSE.encode("utf-16") + b"\x41", INVALID)
    yield Hostile(
        "shift-jis.txt",
        ("\u3053\u308c\u306f\u65e5\u672c\u8a9e\u306e\u6587\u7ae0\u3067\u3059\u3002" * 30).encode("shift_jis"),
        READABLE,
    )
    yield Hostile("one-line.txt", b"word " * 2_000_000, READABLE)
    yield Hostile("one-word.txt", b"x" * 3_000_000, READABLE)
    yield Hostile(
        "invisible.md",
        "\u202eabc\u202c \u200b\u200d\ufeff\u2066mixed\u2069 \u05e9\u05dc\u05d5\u05dd \u0645\u0631\u062d\u0628\u0627 ".encode()
        * 200,
        READABLE,
    )
    yield Hostile("combining.txt", ("a" + "\u0301" * 5000 + " ").encode() * 20, READABLE)
    yield Hostile("controls.txt", bytes(range(1, 32)) * 500 + b" words between controls", READABLE)
    yield Hostile("regex-bait.py", b"export public static " * 100_000 + b"\n" + b"class " * 100_000, READABLE)
    yield Hostile("gaps.txt", b"a\n" + b" " * 500_000 + b"b\n" + b"\n \t" * 300_000 + b"c", READABLE)
    yield Hostile("no-extension", b"What am I?", UNSUPPORTED)
    yield Hostile("unknown.xyz", b"What am I?", UNSUPPORTED)
    yield Hostile("../../etc/passwd.md", b"The name leads out, the text is fine.", READABLE)
    yield Hostile("picture\u202egnp.md", b"The name reads backwards, the text is fine.", READABLE)
    yield Hostile(("deep/" * 300) + "file.md", b"The name is long, the text is fine.", READABLE)


def _front_matter() -> Iterator[Hostile]:
    anchors = "a: &a [x,x,x,x]\n" + "".join(
        f"{chr(n + 1)}: &{chr(n + 1)} [{','.join([f'*{chr(n)}'] * 9)}]\n" for n in range(97, 110)
    )
    yield Hostile("front-anchors.md", f"---\n{anchors}---\nText.".encode(), INVALID)
    yield Hostile("front-broken.md", b"---\naccess: [hr\ntitle: x: y\n---\nSecret.", INVALID)
    yield Hostile("front-unclosed.md", b"---\ntitle: x\naccess: [hr]\n\nSecret.", INVALID)
    yield Hostile("front-toml.md", b'+++\naccess = ["hr"]\n+++\nSecret.', INVALID)
    yield Hostile("front-access-number.md", b"---\naccess: 7\n---\nSecret.", INVALID)
    yield Hostile("front-long.md", b"---\nx: " + b"y" * 100_000 + b"\n---\nText.", INVALID)
    yield Hostile("front-deep.md", b"---\nx: " + b"[" * 8000 + b"\n---\nText.", REFUSED)
    yield Hostile("front-numbers.md", b"---\na: .inf\nb: 1" + b"0" * 400 + b"\nc: .nan\nd: 1e999\n---\nText.", READABLE)
    yield Hostile("front-tag.md", b"---\nx: !!python/object/apply:os.system [id]\n---\nText.", INVALID)
    yield Hostile("front-surrogate.md", b'---\ntitle: "\\ud800 x"\n---\nText.', READABLE)


def _markdown() -> Iterator[Hostile]:
    yield Hostile("quotes.md", b"> " * 100_000 + b"end", READABLE)
    yield Hostile("lists.md", b"".join(b"  " * n + b"- item\n" for n in range(1500)), READABLE)
    yield Hostile("list-line.md", b"- " * 50_000 + b"end", READABLE)
    yield Hostile("brackets.md", b"[" * 100_000 + b"a" + b"](b)" * 50_000, READABLE)
    yield Hostile("backticks.md", b"".join(b"`" * n + b" " for n in range(1, 1500)), READABLE)
    yield Hostile("emphasis.md", b"*a_ **b__ " * 50_000, READABLE)
    yield Hostile("heading.md", b"# " + b"[x" * 100_000, READABLE)
    yield Hostile("columns.md", b"|a" * 20_000 + b"|\n" + b"|-" * 20_000 + b"|\n" + b"|b" * 20_000 + b"|\n", READABLE)
    yield Hostile("fences.md", b"```\n" * 50_000, READABLE)
    yield Hostile("html.md", b"<!-- " * 50_000 + b"<script>" * 10_000 + b"\n\ntext", READABLE)
    yield Hostile("references.md", b"[a]: <" * 30_000, READABLE)


def _markup() -> Iterator[Hostile]:
    yield Hostile("deep.html", b"<div>" * 100_000 + b"text at the bottom", ANY)
    yield Hostile("open.html", b"<" * 1_000_000, ANY)
    yield Hostile(
        "attributes.html",
        b"<p " + b"".join(b"a%d='x' " % n for n in range(4_000)) + b">text of a paragraph</p>",
        READABLE,
    )
    yield Hostile("tables.html", b"<table><tr><td>x" * 5_000, ANY)
    yield Hostile("hidden.html", b"<body><p hidden>a</p><p style='display: none'>b</p></body>", INVALID)
    yield Hostile("script.html", b"<html><head><title>t</title></head><body><script>x()</script></body>", INVALID)
    yield Hostile("charset.html", b"<meta charset=x-klingon><p>\xff\xfe\xfd</p>", INVALID)
    yield Hostile("laughs.xhtml", f"{_LAUGHS}<html><body><p>words &l11;</p></body></html>".encode(), ANY)
    yield Hostile("laughs.xml", f"{_LAUGHS}<x>&l11;</x>".encode(), READABLE)
    yield Hostile("outside.xml", b'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><x>&e;</x>', READABLE)
    yield Hostile(
        "outside.xhtml", b'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><html><p>w &e;</p></html>', READABLE
    )


def _records() -> Iterator[Hostile]:
    yield Hostile("deep.json", b"[" * 100_000 + b"]" * 100_000, EXHAUSTED)
    yield Hostile("deep-objects.json", b'{"a":' * 50_000 + b"1" + b"}" * 50_000, EXHAUSTED)
    yield Hostile("number.json", b'{"n": ' + b"9" * 100_000 + b"}", INVALID)
    yield Hostile("truncated.json", json.dumps([{"a": _PROSE}] * 50).encode()[:-300], INVALID)
    yield Hostile("surrogate.json", b'{"title": "\\ud800", "text": "a lone \\udfff surrogate"}', READABLE)
    yield Hostile(
        "wide.csv",
        b",".join(b"c%d" % n for n in range(1_000_000)) + b"\n" + b"1," * 999_999 + b"1\n",
        READABLE | EXHAUSTED,
    )
    yield Hostile("cell.csv", b'a,b\n"' + b"x" * 3_000_000 + b'",y\n', INVALID)
    yield Hostile("quote.csv", b'a,b\n1,"' + b"never closed, " * 300_000, INVALID)
    yield Hostile("sniffer.csv", b"a,'b' ," * 2_000 + b'"' * 3_000 + b",'\n" * 2_000, ANY)
    yield Hostile(
        "amplified.csv",
        b",".join(b"h%d" % n + b"x" * 50_000 for n in range(10)) + b"\n" + b"1,2,3,4,5,6,7,8,9,0\n" * 20_000,
        EXHAUSTED,
    )
