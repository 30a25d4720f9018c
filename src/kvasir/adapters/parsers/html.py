"""HTML: the main content as blocks. Navigation, scripts, controls and what is hidden are left out."""

import re
from collections.abc import Iterator
from typing import Any, Final, cast

from lxml import etree, html

from kvasir.adapters.parsers.assembly import TextAssembly, table_rows
from kvasir.adapters.parsers.decoding import decode
from kvasir.errors import InvalidInputError, said
from kvasir.ports.reading import ParsedDocument

_SKIPPED: Final = frozenset(
    {"script", "style", "noscript", "template", "nav", "button", "select", "textarea", "datalist", "svg", "iframe",
     "object", "canvas", "audio", "video", "head"}
)  # fmt: skip
_OUTSIDE_MAIN: Final = frozenset({"header", "footer", "aside"})
_BREAKS: Final = frozenset(
    {"p", "div", "section", "article", "main", "blockquote", "ul", "ol", "dl", "dt", "dd", "li", "figure", "figcaption",
     "table", "caption", "tr", "td", "th", "pre", "hr", "address", "details", "summary", "body", "header", "footer",
     "aside", "form", "fieldset", "legend", "label", "option"}
)  # fmt: skip
_HEADINGS: Final = {f"h{level}": level for level in range(1, 7)}
_HIDDEN: Final = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
_CHARSET: Final = re.compile(
    rb"""<(?:meta|\?xml)[^>]{0,200}?(?:charset|encoding)\s*=\s*["']?\s*([\w.:-]{1,40})""", re.IGNORECASE
)
_HEAD_BYTES: Final = 4096
_MAIN_SHARE: Final = 0.3
"""A `main` or `article` with less of the page's text is a teaser, not the content."""


def parse_html(content: bytes) -> ParsedDocument:
    """Raises InvalidInputError when nothing of it is HTML."""
    declared = _CHARSET.search(content[:_HEAD_BYTES])
    text = decode(content, declared[1].decode("ascii", "replace") if declared else "")
    parser = html.HTMLParser(encoding="utf-8", recover=True, remove_comments=True, remove_pis=True, huge_tree=False)
    try:
        # The stubs are strict about what elements and events are; here both are looked at as they come.
        tree = cast("Any", html.document_fromstring(text.encode(), parser=parser))
    except (etree.ParserError, etree.XMLSyntaxError, ValueError) as error:
        raise InvalidInputError(f"The page cannot be read as HTML: {said(error)}.", fix="check the source") from error
    assembly = TextAssembly()
    _Walker(assembly).walk(_content_root(tree))
    title = tree.findtext("head/title") or tree.findtext(".//title") or ""
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
    """The page's own description, where it has one."""
    description = " ".join(str(tree.xpath("string(//meta[@name='description']/@content)")).split())
    return {"description": description[:512]} if description else {}


class _Walker:
    """Walks a tree without recursion and collects inline text until a block ends."""

    def __init__(self, assembly: TextAssembly) -> None:
        self._assembly = assembly
        self._buffer: list[str] = []
        self._items: list[str] = []
        self._depth = 0
        self._marker = ""

    def walk(self, root: Any) -> None:
        outside: frozenset[str] = _OUTSIDE_MAIN if root.tag in {"body", "html"} else frozenset()
        walker = cast("Any", etree.iterwalk(root, events=("start", "end")))
        skipped: Any = None
        for event, element in walker:
            tag: str = element.tag if isinstance(element.tag, str) else ""
            if event == "end":
                if element is not skipped:
                    self._leave(tag)
                self._say(element.tail if element is not root else "")
                continue
            if tag in outside or _is_skipped(element):
                skipped = element  # its end event still comes, with the tail
                walker.skip_subtree()
            elif tag in _HEADINGS or tag == "pre" or (tag == "table" and element.find(".//table") is None):
                self._whole(tag, element)
                skipped = element
                walker.skip_subtree()
            else:
                self._enter(tag)
                self._say(element.text)
        self._flush()
        self._flush_items()

    def _say(self, text: str | None) -> None:
        """Line ends of the source are no line breaks."""
        if text:
            self._buffer.append(text.replace("\n", " "))

    def _whole(self, tag: str, element: Any) -> None:
        """An element whose inside is not walked."""
        self._flush()
        self._flush_items()
        if tag in _HEADINGS:
            self._assembly.heading(_HEADINGS[tag], _text(element))
        elif tag == "pre":
            self._assembly.block("".join(_visible(element)), "code")
        else:
            caption = element.find("caption")
            self._assembly.block("" if caption is None else _text(caption), "paragraph")
            self._assembly.block(table_rows(list(_rows(element))), "table")

    def _enter(self, tag: str) -> None:
        if tag == "br":
            self._buffer.append("\n")
        elif tag in _BREAKS:
            self._flush()
        if tag == "li":
            self._depth += 1
            self._marker = "- "

    def _leave(self, tag: str) -> None:
        if tag in _BREAKS:
            self._flush()
        if tag == "li":
            self._depth -= 1
            self._marker = ""
        elif tag in {"ul", "ol"} and self._depth == 0:
            self._flush_items()

    def _flush(self) -> None:
        """What stands in the buffer becomes a paragraph, or a line of the list that it stands in."""
        text = _squeezed("".join(self._buffer))
        self._buffer.clear()
        if not text:
            return
        if self._depth:
            indent = "  " * (min(self._depth, 20) - 1)
            self._items.append(indent + (self._marker or "  ") + " ".join(text.split("\n")))
            self._marker = ""
        else:
            self._flush_items()
            self._assembly.block(text, "paragraph")

    def _flush_items(self) -> None:
        if self._items:
            self._assembly.block("\n".join(self._items), "list")
            self._items = []


def _is_skipped(element: Any) -> bool:
    """Whether a reader of the page does not see it as text: what is hidden must not be quoted either."""
    return (
        element.tag in _SKIPPED
        or element.get("hidden") is not None
        or _HIDDEN.search(element.get("style") or "") is not None
    )


def _visible(root: Any) -> Iterator[str]:
    """Text inside an element, in order."""
    walker = cast("Any", etree.iterwalk(root, events=("start", "end")))
    for event, element in walker:
        if event == "end":
            if element is not root:
                yield element.tail or ""
        elif _is_skipped(element):
            walker.skip_subtree()
        else:
            yield "\n" if element.tag == "br" else element.text or ""


def _rows(table: Any) -> Iterator[list[str]]:
    for row in table.iter("tr"):
        cells = [_text(cell) for cell in row if cell.tag in {"td", "th"}]
        if any(cells):
            yield cells


def _text(element: Any) -> str:
    return " ".join("".join(_visible(element)).split())


def _squeezed(text: str) -> str:
    """White space as a browser shows it; only `br` breaks a line."""
    return "\n".join(" ".join(line.split()) for line in text.split("\n") if line.strip())
