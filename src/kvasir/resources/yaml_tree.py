"""YAML text to a tree that remembers lines and columns.

Built from parser events rather than PyYAML's composer: the composer recurses in C, so that 100,000 opening brackets
end the process, and it expands aliases without a limit.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, cast

import yaml

from kvasir.resources.yaml_faults import Place, YAMLFault, explained, place_of
from kvasir.resources.yaml_scalars import Scalar, read_plain

MAX_DEPTH: Final = 64
MAX_NODES: Final = 200_000
"""Values of one file, each alias counted with all that it repeats."""

_UNPRINTABLE: Final = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_TAG: Final = "tag:yaml.org,2002:"
_SCALAR_TYPES: Final[Mapping[str, tuple[type, ...]]] = {
    f"{_TAG}int": (int,),
    f"{_TAG}float": (int, float),
    f"{_TAG}bool": (bool,),
    f"{_TAG}null": (type(None),),
}
_Loader: Final[Any] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(slots=True)
class ScalarNode:
    place: Place
    value: Scalar
    text: str
    size: int = 1
    height: int = 1


@dataclass(slots=True)
class ListNode:
    place: Place
    items: list["Node"] = field(default_factory=list["Node"])
    size: int = 0
    height: int = 0


@dataclass(slots=True)
class Entry:
    place: Place
    value: "Node"


@dataclass(slots=True)
class MapNode:
    place: Place
    entries: dict[str, Entry] = field(default_factory=dict[str, Entry])
    inherited: list["MapNode"] = field(default_factory=list["MapNode"])
    size: int = 0
    height: int = 0
    key: ScalarNode | None = None


Node = ScalarNode | ListNode | MapNode


def plain(node: Node) -> Any:
    """Return the tree as dictionaries, lists and scalars."""
    if isinstance(node, ScalarNode):
        return node.value
    if isinstance(node, ListNode):
        return [plain(item) for item in node.items]
    return {key: plain(entry.value) for key, entry in node.entries.items()}


def read_documents(text: str) -> Iterator[Node]:
    """Yield the documents of a text; empty ones are left out.

    Raises:
        YAMLFault: the text is malformed, nests or repeats too much, or uses tags.
    """
    text = text.removeprefix("\ufeff")
    if unprintable := _UNPRINTABLE.search(text):
        raise YAMLFault(
            place_of(text, unprintable.start()),
            f"the character U+{ord(unprintable.group()):04X} is not allowed in YAML.",
            "Remove it, or write it as an escape in double quotes.",
        )
    builder = _Builder()
    try:
        for event in cast("Iterator[yaml.Event]", yaml.parse(text, Loader=_Loader)):
            if isinstance(event, yaml.DocumentEndEvent):
                if builder.root is not None and not _is_empty(builder.root):
                    yield builder.root
                builder = _Builder(nodes=builder.nodes)
            else:
                builder.take(event)
    except yaml.YAMLError as error:
        raise explained(error, text) from None


def _is_empty(node: Node) -> bool:
    return isinstance(node, ScalarNode) and node.value is None


class _Builder:
    """Turns the events of one document into a tree, without recursion."""

    def __init__(self, nodes: int = 0) -> None:
        self.root: Node | None = None
        self.nodes = nodes
        self._open: list[ListNode | MapNode] = []
        self._anchors: dict[str, Node] = {}

    def take(self, event: yaml.Event) -> None:
        place = Place(event.start_mark.line + 1, event.start_mark.column + 1)
        match event:
            case yaml.ScalarEvent():
                self._add(_scalar(event, place), event.anchor)
            case yaml.AliasEvent():
                self._add(self._aliased(event.anchor, place), None)
            case yaml.SequenceStartEvent():
                _refuse_tag(event.tag, "seq", place)
                self._start(ListNode(place), event.anchor)
            case yaml.MappingStartEvent():
                _refuse_tag(event.tag, "map", place)
                self._start(MapNode(place), event.anchor)
            case yaml.SequenceEndEvent() | yaml.MappingEndEvent():
                self._end()
            case _:
                pass

    def _aliased(self, anchor: str, place: Place) -> Node:
        node = self._anchors.get(anchor)
        if node is None:
            raise YAMLFault(place, f"`*{anchor}` repeats nothing.", f"Mark a value with `&{anchor}` above this line.")
        if any(node is container for container in self._open):
            raise YAMLFault(place, f"`*{anchor}` contains itself.", "Write the value out.")
        return node

    def _start(self, node: ListNode | MapNode, anchor: str | None) -> None:
        parent = self._open[-1] if self._open else None
        if isinstance(parent, MapNode) and parent.key is None:
            raise YAMLFault(
                node.place,
                "a key must be text, not a list or mapping.",
                "Put a template such as {{ name }} in quotes, or check the indentation.",
            )
        if len(self._open) >= MAX_DEPTH:
            raise YAMLFault(node.place, f"values nest deeper than {MAX_DEPTH} levels.", "Check the brackets.")
        if anchor:
            self._anchors[anchor] = node
        self._open.append(node)

    def _end(self) -> None:
        node = self._open.pop()
        if isinstance(node, MapNode):
            _merge(node)
            children = [entry.value for entry in node.entries.values()]
        else:
            children = node.items
        node.size = 1 + sum(child.size for child in children)
        node.height = 1 + max((child.height for child in children), default=0)
        self._add(node, None)

    def _add(self, node: Node, anchor: str | None) -> None:
        if anchor:
            self._anchors[anchor] = node
        parent = self._open[-1] if self._open else None
        if parent is None:
            self.root = node
            self._count(node)
        elif isinstance(parent, ListNode):
            parent.items.append(node)
            self._count(node)
        elif parent.key is None:
            parent.key = _key(node)
        else:
            _enter(parent, parent.key, node)
            self._count(node)
            parent.key = None

    def _count(self, node: Node) -> None:
        if len(self._open) + node.height > MAX_DEPTH:
            raise YAMLFault(node.place, f"values nest deeper than {MAX_DEPTH} levels.", "Repeat less with aliases.")
        self.nodes += 1 if isinstance(node, ScalarNode) else node.size
        if self.nodes > MAX_NODES:
            raise YAMLFault(
                node.place,
                f"the file holds more than {MAX_NODES:,} values, aliases counted with all that they repeat.",
                "Split the file, or repeat less with aliases.",
            )


def _key(node: Node) -> ScalarNode:
    if not isinstance(node, ScalarNode):
        raise YAMLFault(node.place, "a key must be text, not a list or mapping.", "Write the key out.")
    reading = "nothing" if node.value is None else str(node.value)
    if isinstance(node.value, bool):
        reading = reading.lower()
    if not isinstance(node.value, str) and node.text != reading:
        raise YAMLFault(node.place, f"the key `{node.text}` is read as {reading}.", f'Quote it: "{node.text}".')
    return node


def _enter(parent: MapNode, key: ScalarNode, value: Node) -> None:
    if key.text == "<<" and isinstance(value, MapNode | ListNode):
        parent.inherited.extend(_merged_maps(value))
        return
    if key.text in parent.entries:
        first = parent.entries[key.text].place
        raise YAMLFault(
            key.place,
            f"`{key.text}` stands here twice, first in line {first.line}.",
            "Remove one of them.",
        )
    parent.entries[key.text] = Entry(key.place, value)


def _merged_maps(value: MapNode | ListNode) -> list[MapNode]:
    maps = [value] if isinstance(value, MapNode) else value.items
    if not all(isinstance(item, MapNode) for item in maps):
        raise YAMLFault(value.place, "`<<` can only merge mappings.", "Write the fields out.")
    return [item for item in maps if isinstance(item, MapNode)]


def _merge(node: MapNode) -> None:
    for base in node.inherited:
        for key, entry in base.entries.items():
            node.entries.setdefault(key, entry)


def _scalar(event: Any, place: Place) -> ScalarNode:
    text: str = event.value
    if event.tag in (None, "!"):
        value: Scalar = read_plain(text) if event.implicit[0] else text
    elif event.tag == f"{_TAG}str":
        value = text
    else:
        value = _tagged(event.tag, text, place)
    if isinstance(value, float) and not abs(value) < float("inf"):
        raise YAMLFault(place, f"`{text}` is not a number that JSON can hold.", "Write a finite number.")
    return ScalarNode(place, value, text)


def _tagged(tag: str, text: str, place: Place) -> Scalar:
    types = _SCALAR_TYPES.get(tag)
    value = read_plain(text)
    if types is None:
        raise YAMLFault(place, f"the tag `{_short(tag)}` means nothing here.", "Remove it.")
    if type(value) not in types:
        raise YAMLFault(place, f"`{text}` is not what its tag `{_short(tag)}` says.", "Remove the tag.")
    return value


def _refuse_tag(tag: str | None, allowed: str, place: Place) -> None:
    if tag not in (None, "!", _TAG + allowed):
        raise YAMLFault(place, f"the tag `{_short(tag)}` means nothing here.", "Remove it.")


def _short(tag: str) -> str:
    return "!!" + tag.removeprefix(_TAG) if tag.startswith(_TAG) else tag
