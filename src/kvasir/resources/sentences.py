"""Pydantic's errors as problems of a file: the place, what is wrong in words, and the fix."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any, Final, cast

from pydantic import ValidationError

from kvasir.resources.problems import Problem
from kvasir.resources.rules import Rule
from kvasir.resources.scalars import GIT_URL_PATTERN, SHAPES, WEB_URL_PATTERN
from kvasir.resources.structural import Schema, schema_at
from kvasir.resources.yaml_faults import Place
from kvasir.resources.yaml_tree import ListNode, MapNode, Node, ScalarNode

Step = str | int
_SHOWN: Final = 60
"""Characters of a value that a message repeats."""


@dataclass(frozen=True, slots=True)
class _Fault:
    """What a sentence is made from."""

    schema: Schema
    node: Node | None
    context: Mapping[str, Any]
    hidden: bool

    @property
    def value(self) -> str:
        """The value as it stands in the file; a Secret's is never repeated."""
        if not isinstance(self.node, ScalarNode):
            return "a list" if isinstance(self.node, ListNode) else "a mapping"
        if self.hidden:
            return "what stands here"
        text = self.node.text if len(self.node.text) <= _SHOWN else self.node.text[:_SHOWN] + "..."
        return f"`{text}`" if text else "empty"

    @property
    def range(self) -> str:
        return f"Use a number from {self.schema.get('minimum')} to {self.schema.get('maximum')}."


def problems_of(error: ValidationError, *, file: str, root: MapNode, schema: Schema, hidden: bool) -> Iterator[Problem]:
    """Yield a problem for each error of a validated document. `hidden` keeps values out of the messages."""
    for fault in error.errors(include_url=False):
        location = fault["loc"]
        context: dict[str, Any] = dict(fault.get("ctx", {}))
        for path, message, fix in _sentences(str(fault["type"]), location, context, root, schema, hidden=hidden):
            at_key = fault["type"] == "extra_forbidden" or location[-1:] == ("[key]",)
            place = place_at(root, path, key=at_key)
            yield Problem(file, place.line, place.column, written(path), message, fix)


def place_at(root: Node, path: tuple[Step, ...], *, key: bool = False) -> Place:
    """Return where a value stands, or its key, or the closest thing around it that exists."""
    node, place = root, root.place
    for step in path:
        if isinstance(node, MapNode) and isinstance(step, str) and step in node.entries:
            entry = node.entries[step]
            node, place = entry.value, entry.place if key else entry.value.place
        elif isinstance(node, ListNode) and isinstance(step, int) and step < len(node.items):
            node = node.items[step]
            place = node.place
        else:
            break
    return place


def written(path: tuple[Step, ...]) -> str:
    """Return a path as people write it: `spec.sources[1].http`."""
    text = ""
    for step in path:
        text += f"[{step}]" if isinstance(step, int) else f".{step}" if text else step
    return text


def closest(word: str, choices: list[str]) -> str | None:
    """Return the choice that a misspelt word means, if one is near."""
    folded = {choice.casefold(): choice for choice in choices}
    near = get_close_matches(word.casefold(), list(folded), n=1, cutoff=0.6)
    return folded[near[0]] if near else None


def _sentences(
    kind: str,
    location: tuple[Step, ...],
    context: dict[str, Any],
    root: MapNode,
    schema: Schema,
    *,
    hidden: bool,
) -> Iterator[tuple[tuple[Step, ...], str, str]]:
    if kind == "rule":
        node = _node_at(root, location)
        for rule in cast("tuple[Rule, ...]", context["broken"]):
            yield _broken_rule(rule, context["model"], location, node)
        return
    path = (*location, *_steps(str(context.get("path", ""))))
    if location and location[-1] == "[key]":
        path = location[:-1]
        message, fix = _bad_key(str(location[-2]), context)
    elif kind == "extra_forbidden":
        message, fix = _unknown_field(str(location[-1]), schema_at(schema, location[:-1]))
    else:
        sentence = _SENTENCES.get(kind, _not_valid)
        fault = _Fault(schema_at(schema, path), _node_at(root, path), context, hidden)
        if kind == "too_short" and isinstance(fault.node, ListNode) and len(fault.node.items) >= context["min_length"]:
            return  # pydantic counts valid items only, and reports the invalid ones beside
        message, fix = sentence(fault)
    yield path, message, fix


def _broken_rule(
    rule: Rule, model: Any, location: tuple[Step, ...], node: Node | None
) -> tuple[tuple[Step, ...], str, str]:
    for member in rule.members:
        entry = node.entries.get(member) if isinstance(node, MapNode) else None
        if entry and isinstance(entry.value, ScalarNode) and entry.value.value is None:
            return (*location, member), "is empty, which counts as absent.", f"Write `{member}: {{}}` or its settings."
    return (*location, *_steps(rule.path)), f"{rule.describe(model)}.", rule.fix


def _unknown_field(name: str, parent: Schema) -> tuple[str, str]:
    fields = sorted(parent.get("properties", {}))
    if near := closest(name, fields):
        return f"there is no field `{name}` here.", f"Did you mean `{near}`?"
    known = f"Fields here are {', '.join(fields)}." if fields else "Leave the object empty: {}."
    return f"there is no field `{name}` here.", f"Remove it. {known}"


def _bad_key(name: str, context: Mapping[str, Any]) -> tuple[str, str]:
    shape = SHAPES.get(str(context.get("pattern")), "253 characters or fewer")
    return f"the key `{name[:_SHOWN]}` is not allowed.", f"Use {shape}."


def _text_wanted(fault: _Fault) -> tuple[str, str]:
    if not isinstance(fault.node, ScalarNode):
        return f"must be text, not {fault.value}.", "Write one value here."
    text, value = fault.node.text, fault.node.value
    if value is None:
        return "must be text, and is empty.", "Write a value, or remove the field."
    kind = f"the boolean {str(value).lower()}" if isinstance(value, bool) else "a number"
    quoted = "Put it in quotes." if fault.hidden else f'Quote it: "{text}".'
    return f"must be text, and YAML reads {fault.value} as {kind}.", quoted


def _whole_number_wanted(fault: _Fault) -> tuple[str, str]:
    return f"must be a whole number, not {_kind_of(fault)}.", fault.range


def _number_wanted(fault: _Fault) -> tuple[str, str]:
    return f"must be a number, not {_kind_of(fault)}.", fault.range


def _flag_wanted(fault: _Fault) -> tuple[str, str]:
    return f"must be true or false, not {_kind_of(fault)}.", "Write true or false, without quotes."


def _kind_of(fault: _Fault) -> str:
    quoted = isinstance(fault.node, ScalarNode) and isinstance(fault.node.value, str)
    return f"the text {fault.value}" if quoted else fault.value


def _choice_wanted(fault: _Fault) -> tuple[str, str]:
    choices = [str(choice) for choice in fault.schema.get("enum", ())]
    message = f"must be one of {', '.join(choices)}, not {fault.value}."
    near = closest(fault.node.text, choices) if isinstance(fault.node, ScalarNode) else None
    return message, f"Did you mean `{near}`?" if near else "Choose one of them."


def _mapping_wanted(fault: _Fault) -> tuple[str, str]:
    message = f"must be a mapping, not {_kind_of(fault)}."
    fields = list(fault.schema.get("properties", {}))
    if isinstance(fault.node, ScalarNode) and fault.node.text in fields:
        return message, f"Write {{{fault.node.text}: {{}}}}, with settings inside the inner braces."
    return message, f"Write its fields, such as `{fields[0]}: ...`." if fields else "Write `key: value` pairs."


def _list_wanted(fault: _Fault) -> tuple[str, str]:
    return f"must be a list, not {_kind_of(fault)}.", "Start each item with `- `."


def _required(fault: _Fault) -> tuple[str, str]:
    description = fault.schema.get("description", "")
    return "is required.", f"Add it: {description}" if description else "Add it."


def _too_small(fault: _Fault) -> tuple[str, str]:
    return f"must be at least {fault.schema.get('minimum')}, not {fault.value}.", fault.range


def _too_big(fault: _Fault) -> tuple[str, str]:
    return f"must be at most {fault.schema.get('maximum')}, not {fault.value}.", fault.range


def _text_too_long(fault: _Fault) -> tuple[str, str]:
    length = len(fault.node.text) if isinstance(fault.node, ScalarNode) else 0
    return f"has {length:,} characters; {fault.context['max_length']:,} are allowed.", "Shorten it."


def _text_too_short(fault: _Fault) -> tuple[str, str]:
    least = fault.context["min_length"]
    if least == 1:
        return "must not be empty.", "Write a value, or remove the field."
    return f"must have at least {least} characters.", "Lengthen it."


def _too_many(fault: _Fault) -> tuple[str, str]:
    return f"has {fault.context['actual_length']} entries; {fault.context['max_length']} are allowed.", "Remove some."


def _too_few(fault: _Fault) -> tuple[str, str]:
    return f"needs at least {fault.context['min_length']} entry.", "Add one, or remove the field if it is optional."


def _wrong_shape(fault: _Fault) -> tuple[str, str]:
    pattern = str(fault.context["pattern"])
    # A URL that does not fit may hold a password.
    value = "what stands here" if pattern in (WEB_URL_PATTERN, GIT_URL_PATTERN) else fault.value
    return f"{value} does not fit.", f"Write {SHAPES.get(pattern, f'text that matches {pattern}')}."


def _duplicate(fault: _Fault) -> tuple[str, str]:
    return f"`{fault.context['value']}` stands in this list twice.", "Remove or rename one."


def _bad_cron(fault: _Fault) -> tuple[str, str]:
    return (
        f"`{fault.context['cron']}` never comes: {fault.context['reason']}.",
        "Write minute, hour, day, month, weekday, such as 0 3 * * *.",
    )


def _bad_time_zone(fault: _Fault) -> tuple[str, str]:
    return f"`{fault.context['timeZone']}` is not a time zone.", "Use a name of the tz database, such as Europe/Oslo."


def _bad_time(fault: _Fault) -> tuple[str, str]:
    return f"must be a time, not {fault.value}.", "Write it as 2026-03-01T09:00:00Z."


def _not_valid(fault: _Fault) -> tuple[str, str]:
    return f"{fault.value} is not valid here.", "Check the value."


def _bad_data(fault: _Fault) -> tuple[str, str]:
    return str(fault.context["sentence"]), str(fault.context["fix"])


_SENTENCES: Final[Mapping[str, Callable[[_Fault], tuple[str, str]]]] = {
    "string_type": _text_wanted,
    "int_type": _whole_number_wanted,
    "float_type": _number_wanted,
    "bool_type": _flag_wanted,
    "enum": _choice_wanted,
    "literal_error": _choice_wanted,
    "model_type": _mapping_wanted,
    "model_attributes_type": _mapping_wanted,
    "mapping_type": _mapping_wanted,
    "dict_type": _mapping_wanted,
    "tuple_type": _list_wanted,
    "missing": _required,
    "greater_than_equal": _too_small,
    "less_than_equal": _too_big,
    "string_too_long": _text_too_long,
    "string_too_short": _text_too_short,
    "too_long": _too_many,
    "too_short": _too_few,
    "string_pattern_mismatch": _wrong_shape,
    "duplicate": _duplicate,
    "cron": _bad_cron,
    "time_zone": _bad_time_zone,
    "data": _bad_data,
    **dict.fromkeys(("datetime_type", "datetime_parsing", "datetime_from_date_parsing", "timezone_aware"), _bad_time),
}


def _steps(path: str) -> tuple[Step, ...]:
    parts = path.replace("[", ".[").split(".")
    return tuple(int(part[1:-1]) if part.startswith("[") else part for part in parts if part)


def _node_at(root: Node, path: tuple[Step, ...]) -> Node | None:
    node: Node = root
    for step in path:
        if isinstance(node, MapNode) and isinstance(step, str) and step in node.entries:
            node = node.entries[step].value
        elif isinstance(node, ListNode) and isinstance(step, int) and step < len(node.items):
            node = node.items[step]
        else:
            return None
    return node
