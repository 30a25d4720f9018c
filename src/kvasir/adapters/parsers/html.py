"""HTML: the main content as blocks. Navigation, scripts and forms are left out."""

from collections.abc import Iterator
from typing import Any, Final

from lxml import etree, html

from kvasir.adapters.parsers.assembly import TextAssembly, table_rows
from kvasir.errors import InvalidInputError
from kvasir.ports.reading import BlockKind, ParsedDocument

_SKIPPED: Final = frozenset(
    {"script", "style", "noscript", "template", "nav", "form", "button", "svg", "iframe", "object", "head"}
)
_OUTSIDE_MAIN: Final = frozenset({"header", "footer", "aside"})
_BREAKS: Final = frozenset(
    {"p", "div", "section", "article", "main", "blockquote", "ul", "ol", "dl", "dt", "dd", "li", "figure", "figcaption",
     "table", "pre", "hr", "address", "details", "summary", "body", "header", "footer", "aside"}
)  # fmt: skip
_HEADINGS: Final = {f"h{level}": level for level in range(1, 7)}
_MAIN_SHARE: Final = 0.3
"""A `main` or `article` with less of the page's text is a teaser, not the content."""


def parse_html(content: bytes) -> ParsedDocument:
    """Raises InvalidInputError when nothing of it is HTML."""
    parser = html.HTMLParser(recover=True, remove_comments=True, remove_pis=True, huge_tree=False)
    try:
        tree = html.document_fromstring(content, parser=parser)
    except (etree.ParserError, etree.XMLSyntaxError, ValueError) as error:
        raise InvalidInputError(f"The page cannot be read as HTML: {error}.", fix="check the source") from error
    assembly = TextAssembly()
    _Walker(assembly).walk(_content_root(tree))
    title = tree.findtext(".//title") or ""
    return assembly.document(title=" ".join(title.split()), attributes=_attributes(tree))


def _content_root(tree: Any) -> Any:
    body = tree.find("body")
    if body is None:
        return tree
    total = len(_text(body)) or 1
    for path in (".//main", ".//article", ".//*[@role='main']"):
        found = body.findall(path)
        if len(found) == 1 and len(_text(found[0])) >= _MAIN_SHARE * total:
            return found[0]
    return body


def _attributes(tree: Any) -> dict[str, str]:
    """`lang` and the description, where the page has them."""
    found: dict[str, str] = {}
    description = tree.xpath("string(//meta[@name='description']/@content)")
    if description:
        found["description"] = str(description)[:512]
    return found


class _Walker:
    """Walks a tree without recursion and collects inline text until a block ends."""

    def __init__(self, assembly: TextAssembly) -> None:
        self._assembly = assembly
        self._buffer: list[str] = []
        self._items: list[str] = []

    def walk(self, root: Any) -> None:
        whole_page = root.tag in {"body", "html"}
        walker = etree.iterwalk(root, events=("start", "end"))
        for event, element in walker:
            tag = element.tag if isinstance(element.tag, str) else ""
            if event == "start":
                if (
                    tag in _SKIPPED
                    or (whole_page and tag in _OUTSIDE_MAIN)
                    or tag in _HEADINGS
                    or tag in {"table", "pre"}
                ):
                    self._whole(tag, element, skip=tag in _SKIPPED or tag in _OUTSIDE_MAIN)
                    walker.skip_subtree()
                    continue
                self._enter(tag)
                self._buffer.append(element.text or "")
            elif element is not root:
                self._leave(tag)
                self._buffer.append(element.tail or "")
        self._flush("paragraph")
        self._flush_items()

    def _whole(self, tag: str, element: Any, *, skip: bool) -> None:
        """An element whose inside is not walked; its end event still comes, with the tail."""
        if skip:
            return
        self._flush("paragraph")
        self._flush_items()
        if tag in _HEADINGS:
            self._assembly.heading(_HEADINGS[tag], _text(element))
        elif tag == "pre":
            self._assembly.block("".join(element.itertext()), "code")
        else:
            self._assembly.block(table_rows(list(_rows(element))), "table")

    def _enter(self, tag: str) -> None:
        if tag == "br":
            self._buffer.append("\n")
        elif tag in _BREAKS:
            self._flush("paragraph")
            if tag != "li":
                self._flush_items()

    def _leave(self, tag: str) -> None:
        if tag == "li":
            item = _squeezed("".join(self._buffer))
            self._buffer.clear()
            if item:
                self._items.append(f"- {item}")
        elif tag in {"ul", "ol"}:
            self._flush("paragraph")
            self._flush_items()
        elif tag in _BREAKS:
            self._flush("paragraph")

    def _flush(self, kind: BlockKind) -> None:
        text = _squeezed("".join(self._buffer))
        self._buffer.clear()
        if text:
            self._flush_items()
            self._assembly.block(text, kind)

    def _flush_items(self) -> None:
        if self._items:
            self._assembly.block("\n".join(self._items), "list")
            self._items = []


def _rows(table: Any) -> Iterator[list[str]]:
    for row in table.iter("tr"):
        cells = [_text(cell) for cell in row if cell.tag in {"td", "th"}]
        if any(cells):
            yield cells


def _text(element: Any) -> str:
    return " ".join("".join(element.itertext()).split())


def _squeezed(text: str) -> str:
    """White space as a browser shows it; only `br` breaks a line."""
    return "\n".join(" ".join(line.split()) for line in text.split("\n") if line.strip())
