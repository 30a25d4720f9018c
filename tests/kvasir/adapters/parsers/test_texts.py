"""Formats that are text themselves: the canonical text is the file, character for character."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kvasir.adapters.parsers.decoding import decode, lines
from kvasir.adapters.parsers.front_matter import read_front_matter
from kvasir.adapters.parsers.markdown import parse_markdown
from kvasir.adapters.parsers.plain_text import parse_plain_text
from kvasir.adapters.parsers.registry import parser_for
from kvasir.adapters.parsers.source_code import parse_source_code
from kvasir.errors import InvalidInputError, UnsupportedError
from kvasir.ports.reading import Heading, ParsedDocument

plain = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0\r\ufeff"), max_size=300)


def blocks(document: ParsedDocument) -> list[tuple[str, str]]:
    return [(block.kind, document.text[block.start : block.end].strip("\n")) for block in document.blocks]


class TestDecoding:
    @pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32", "latin-1", "cp1251", "shift_jis"])
    def test_encodings(self, encoding: str) -> None:
        text = {
            "cp1251": "\u042d\u0442\u043e \u043e\u0431\u044b\u0447\u043d\u044b\u0439 \u0440\u0443\u0441\u0441\u043a\u0438\u0439 \u0442\u0435\u043a\u0441\u0442. "
            * 20,
            "shift_jis": "\u3053\u308c\u306f\u65e5\u672c\u8a9e\u306e\u6587\u7ae0\u3067\u3059\u3002" * 20,
        }.get(encoding, "Gr\u00fc\u00dfe aus K\u00f6ln, \u00e4u\u00dferst sch\u00f6n. " * 20)
        assert decode(text.encode(encoding)) == text

    def test_line_ends_are_one_character(self) -> None:
        assert decode(b"a\r\nb\rc\nd") == "a\nb\nc\nd"

    def test_utf8_is_believed_before_any_declaration(self) -> None:
        assert decode("\u00e9t\u00e9".encode(), "iso-8859-1") == "\u00e9t\u00e9"
        assert decode("\u00e9t\u00e9".encode("latin-1"), "iso-8859-1") == "\u00e9t\u00e9"

    @pytest.mark.parametrize("content", [b"a\x00b", b"\xff\xfeA", b"PK\x03\x04\x00\x00"])
    def test_what_is_no_text(self, content: bytes) -> None:
        with pytest.raises(InvalidInputError):
            decode(content)

    @given(plain)
    def test_any_text_survives(self, text: str) -> None:
        assert decode(text.encode()) == text

    @given(plain)
    def test_lines_are_the_text(self, text: str) -> None:
        assert "".join(lines(text)) == text


class TestMarkdown:
    def test_blocks_headings_and_title(self) -> None:
        document = parse_markdown(
            b"# The *guide* to `x`\n\nA paragraph\nof two lines.\n\n- one\n- two\n\n```py\n# no heading\n```\n\n"
            b"| a | b |\n|---|---|\n| 1 | 2 |\n\nLower\n-----\n\n> quoted\n\n    indented\n\n[ref]: https://x.y\n"
        )
        assert document.title == "The guide to x"
        assert [(one.level, one.text) for one in document.headings] == [(1, "The guide to x"), (2, "Lower")]
        assert blocks(document) == [
            ("heading", "# The *guide* to `x`"),
            ("paragraph", "A paragraph\nof two lines."),
            ("list", "- one\n- two"),
            ("code", "```py\n# no heading\n```"),
            ("table", "| a | b |\n|---|---|\n| 1 | 2 |"),
            ("heading", "Lower\n-----"),
            ("paragraph", "> quoted"),
            ("code", "    indented"),
            ("paragraph", "[ref]: https://x.y"),
        ]

    def test_headings_begin_at_their_marks(self) -> None:
        document = parse_markdown(b"text\n\n   ## Deep\n")
        assert document.headings == [Heading(9, 2, "Deep")]

    @given(plain)
    def test_the_text_is_the_source(self, text: str) -> None:
        if read_front_matter(text).body == 0:
            assert parse_markdown(text.encode()).text == text

    def test_long_files_are_parsed_in_sections_alike(self) -> None:
        """A file of several sections has the structure of its parts."""
        part = "# One\n\nText of it.\n\n```\n# no heading\n\n" + "code\n" * 2000 + "```\n\n- a\n- b\n\n"
        document = parse_markdown((part * 60).encode())
        assert len(document.text) > 600_000
        assert len(document.headings) == 60
        assert blocks(document) == blocks(parse_markdown(part.encode())) * 60

    def test_a_long_title_is_no_title(self) -> None:
        assert parse_markdown(b"# " + b"word " * 100 + b"\n\n# Short\n").title == "Short"


class TestPlainText:
    def test_paragraphs(self) -> None:
        document = parse_plain_text(b"---\ntitle: Notes\n---\n\none\ntwo\n \t\n\nthree\n")
        assert document.title == "Notes"
        assert blocks(document) == [("paragraph", "one\ntwo"), ("paragraph", "three")]

    @given(plain)
    def test_paragraphs_cover_the_text(self, text: str) -> None:
        document = parse_plain_text(text.encode())
        covered = 0
        for block in document.blocks:
            assert not document.text[covered : block.start].strip()
            covered = block.end
        assert not document.text[covered:].strip()


def test_source_code_is_cut_at_definitions() -> None:
    document = parse_source_code(b"import x\n\nasync def f():\n    pass\n\nclass A:\n    def g(self): ...\n")
    assert [(one.text, document.text[one.start :].split("(")[0].split(":")[0]) for one in document.headings] == [
        ("f", "async def f"),
        ("A", "class A"),
    ]
    assert [kind for kind, _ in blocks(document)] == ["code"] * 3


class TestFrontMatter:
    def test_everything_it_can_say(self) -> None:
        found = read_front_matter(
            "---\nTitle: The handbook\naccess: [hr, legal]\nteam: core\nversion: 2\ndraft: true\n"
            "date: 2026-11-22\ntags: [a, b]\nnothing:\nnested: {a: 1}\n---\nBody"
        )
        assert found.title == "The handbook"
        assert found.access == frozenset({"hr", "legal"})
        assert found.attributes == {
            "team": "core", "version": 2.0, "draft": True, "date": "2026-11-22", "tags": "a, b",
        }  # fmt: skip
        assert found.warnings == (
            "front matter: 'nested' is neither a short text, a number, a date nor a list of them",
        )

    @pytest.mark.parametrize(
        ("block", "access"),
        [
            ("access: hr", {"hr"}),
            ("groups: [hr]", {"hr"}),
            ("ACCESS: [hr]", {"hr"}),
            ("access: {groups: [hr]}", {"hr"}),
            ("access: []", set()),
        ],
    )
    def test_access(self, block: str, access: set[str]) -> None:
        assert read_front_matter(f"---\n{block}\n---\n").access == access

    @pytest.mark.parametrize(
        "block",
        [
            "access:",
            "access: 7",
            "access: [1]",
            "access: {groups: 3}",
            "access: [hr",
            "access: *all",
            "a: &x [1]\nb: *x",
        ],
    )
    def test_what_cannot_be_read_is_refused(self, block: str) -> None:
        with pytest.raises(InvalidInputError):
            read_front_matter(f"---\n{block}\n---\nSecret")

    @pytest.mark.parametrize(
        "head",
        [
            "---\naccess: [hr]\n\nSecret",
            "---\ntitle: x\nGroups: [hr]\nSecret",
            '+++\naccess = ["hr"]\n+++\nSecret',
            "---\n'access': hr\nSecret",
        ],
    )
    def test_access_that_nobody_would_see_is_refused(self, head: str) -> None:
        with pytest.raises(InvalidInputError, match="access"):
            read_front_matter(head)

    @pytest.mark.parametrize(
        "text",
        [
            "",
            "text",
            "---\n\nA thematic break.\n\n---\n",
            "----\na: b\n----\n",
            "text\n---\na: b\n---\n",
            "---\n- list\n---\n",
        ],
    )
    def test_what_is_none(self, text: str) -> None:
        assert read_front_matter(text).body == 0

    def test_signs_that_yaml_uses_elsewhere_are_fine(self) -> None:
        found = read_front_matter("---\ntitle: R&D *now* & then\nx: a & b\n---\n")
        assert found.title == "R&D *now* & then"
        assert found.attributes == {"x": "a & b"}

    def test_titles_that_are_no_text(self) -> None:
        assert read_front_matter("---\ntitle:\n---\n").title == ""
        assert read_front_matter("---\ntitle: 2024\n---\n").title == "2024"
        assert read_front_matter("---\ntitle: [a]\n---\n").title == ""


@pytest.mark.parametrize(
    ("media_type", "path", "name"),
    [
        ("", "a.md", "parse_markdown"),
        ("text/plain", "a.md", "parse_markdown"),
        ("text/markdown; charset=utf-8", "a.txt", "parse_markdown"),
        ("text/html", "https://x.y/page", "parse_html"),
        ("", "https://x.y/a.pdf?download=1.zip", "parse_pdf"),
        ("application/octet-stream", "A.PDF", "parse_pdf"),
        ("text/troff", "page", "parse_plain_text"),
        ("application/zip", "a.csv", "parse_csv"),
        ("", "main.rs", "parse_source_code"),
    ],
)
def test_which_parser_reads_what(media_type: str, path: str, name: str) -> None:
    assert parser_for(media_type, path).__name__ == name


@pytest.mark.parametrize(
    ("media_type", "path"), [("", "a"), ("", ""), ("image/png", "a.png"), ("x", "a.exe"), ("", "a.")]
)
def test_what_no_parser_reads_is_named(media_type: str, path: str) -> None:
    with pytest.raises(UnsupportedError, match="No parser reads"):
        parser_for(media_type, path)
