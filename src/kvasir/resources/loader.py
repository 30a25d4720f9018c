"""Files to resources. A faulty file yields problems, each with its place and fix, and none of its resources.

References between resources are not checked here: planning reports them as conditions, as it would on a cluster.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from pydantic import ValidationError

from kvasir.resources.meta import GROUP, Key, KvasirResource, Resource, Scope
from kvasir.resources.problems import InvalidResourceError, Problem
from kvasir.resources.registry import KINDS, api_version_of
from kvasir.resources.sentences import closest, place_at, problems_of
from kvasir.resources.structural import structural_schema
from kvasir.resources.yaml_faults import Place, YAMLFault, place_of
from kvasir.resources.yaml_tree import (
    ListNode,
    MapNode,
    Node,
    ScalarNode,
    plain,
    read_documents,
)

MAX_FILE_BYTES: Final = 8 * 1024 * 1024
SUFFIXES: Final = frozenset({".yaml", ".yml", ".json"})
_ESCAPED_PAIR: Final = re.compile(r"(?<!\\)((?:\\\\)*)(\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2})")


@dataclass(frozen=True, slots=True, order=True)
class Origin:
    """Where a resource stands: file, and line from 1."""

    file: str
    line: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}"


@dataclass(frozen=True, slots=True)
class LoadResult:
    """What files hold.

    Attributes:
        resources: in the order of the files' names and of the documents in them.
        origins: where each of them stands.
        problems: in the same order; a file that has one contributes no resource.
    """

    resources: tuple[Resource, ...] = ()
    origins: Mapping[Key, Origin] = field(default_factory=dict[Key, Origin])
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True)
class _Found:
    resource: Resource
    place: Place


def load_yaml(text: str, *, file: str) -> list[Resource]:
    """Return the resources of a text in their order. `file` names it in messages.

    What a document says under `status` is left out, as kubectl does: status is observed, never asked for.

    Raises:
        InvalidResourceError: anything in the text is wrong; it lists all problems that were found.
    """
    found, problems = _read(text, file)
    if problems:
        raise InvalidResourceError(problems)
    return [each.resource for each in found]


def load_paths(paths: Iterable[str | Path]) -> LoadResult:
    """Read files, and folders with all that they hold in *.yaml, *.yml and *.json. Hidden names are skipped."""
    resources: list[Resource] = []
    origins: dict[Key, Origin] = {}
    problems: list[Problem] = []
    for file in _files(paths, problems):
        found, faults = _read_file(file)
        faults += _repeated_across(found, origins, str(file))
        if faults:
            problems += faults
            continue
        for each in found:
            resources.append(each.resource)
            origins[each.resource.key] = Origin(str(file), each.place.line)
    return LoadResult(tuple(resources), origins, tuple(problems))


def _files(paths: Iterable[str | Path], problems: list[Problem]) -> Iterator[Path]:
    seen: set[Path] = set()
    for path in map(Path, paths):
        if path.is_dir():
            candidates = sorted(files_in(path), key=lambda file: file.relative_to(path).parts)
        elif path.exists():
            candidates = [path]
        else:
            problems.append(_of_file(str(path), "does not exist.", "Check the path."))
            continue
        for file in candidates:
            if (real := file.resolve()) not in seen:
                seen.add(real)
                yield file


def files_in(folder: Path) -> Iterator[Path]:
    """Yield the files below a folder that may hold resources."""
    # A mounted ConfigMap keeps its files in hidden folders and links to them: hidden names are the same files again.
    for child in folder.iterdir():
        if child.name.startswith("."):
            continue
        if child.is_dir() and not child.is_symlink():
            yield from files_in(child)
        elif child.suffix in SUFFIXES and child.is_file():
            yield child


def _read_file(path: Path) -> tuple[list[_Found], list[Problem]]:
    file = str(path)
    try:
        with path.open("rb") as stream:
            data = stream.read(MAX_FILE_BYTES + 1)
    except OSError as error:
        return [], [_of_file(file, f"cannot be read: {error.strerror}.", "Check the permissions.")]
    if len(data) > MAX_FILE_BYTES:
        return [], [
            _of_file(file, f"is larger than {MAX_FILE_BYTES // 2**20} MiB.", "Split it, or use another source.")
        ]
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        before = data[: error.start].decode("utf-8")
        place = place_of(before, len(before))
        return [], [Problem(file, place.line, place.column, "", "the file is not UTF-8.", "Save it as UTF-8.")]
    return _read(text, file)


def _read(text: str, file: str) -> tuple[list[_Found], list[Problem]]:
    found: list[_Found] = []
    problems: list[Problem] = []
    if file.endswith(".json"):
        text = _ESCAPED_PAIR.sub(_join_pair, text)
    try:
        for document in read_documents(text):
            for node in _objects(document):
                _take(node, file, found, problems)
    except YAMLFault as fault:
        problems.append(Problem(file, fault.place.line, fault.place.column, "", fault.message, fault.fix))
    problems += _repeated(found, file)
    return found, sorted(problems)


def _join_pair(pair: re.Match[str]) -> str:
    """JSON writes characters beyond U+FFFF as two escapes, which YAML does not know."""
    halves = bytes.fromhex(pair[2].replace("\\u", ""))
    return pair[1] + halves.decode("utf-16-be")


def _objects(document: Node) -> Iterator[Node]:
    """Yield the objects of a document: itself, or the items of the List that `kubectl get` writes."""
    items = document.entries.get("items") if isinstance(document, MapNode) else None
    if (
        isinstance(document, MapNode)
        and items
        and isinstance(items.value, ListNode)
        and _text(document, "kind") == "List"
    ):
        yield from items.value.items
    else:
        yield document


def _take(node: Node, file: str, found: list[_Found], problems: list[Problem]) -> None:
    if not isinstance(node, MapNode):
        fix = "Start with apiVersion, kind and metadata."
        problems.append(Problem(file, node.place.line, node.place.column, "", "a resource must be a mapping.", fix))
        return
    model, faults = _model_of(node, file)
    if model is None:
        problems += faults
        return
    try:
        resource = model.model_validate(_asked_for(node, model), by_alias=True, by_name=False)
    except ValidationError as error:
        hidden = model.__name__ == "Secret"
        problems += problems_of(error, file=file, root=node, schema=structural_schema(model), hidden=hidden)
        return
    if misplaced := _misplaced(resource, node, file):
        problems.append(misplaced)
        return
    found.append(_Found(resource, node.place))


def _asked_for(node: MapNode, model: type[Resource]) -> dict[str, object]:
    data: dict[str, object] = plain(node)
    if issubclass(model, KvasirResource):
        data.pop("status", None)
    return data


def _model_of(node: MapNode, file: str) -> tuple[type[Resource] | None, list[Problem]]:
    kind, version = _text(node, "kind"), _text(node, "apiVersion")
    model = KINDS.get(kind or "")
    if kind is None:
        return None, [_at(node, file, "kind", "is required.", f"Add one of {', '.join(KINDS)}.")]
    if model is None:
        ours = version is None or version == "v1" or version.startswith(GROUP)
        near = closest(kind, list(KINDS)) if ours else None
        fix = f"Did you mean `{near}`?" if near else f"Keep it in another folder; here go {', '.join(KINDS)}."
        return None, [_at(node, file, "kind", f"Kvasir does not know the kind `{kind}`.", fix)]
    wanted = api_version_of(model)
    if version is None:
        return None, [_at(node, file, "apiVersion", "is required.", f"Add `apiVersion: {wanted}`.")]
    if version != wanted:
        message = f"must be `{wanted}` for {kind}, not `{version}`."
        return None, [_at(node, file, "apiVersion", message, f"Write `apiVersion: {wanted}`.")]
    return model, []


def _misplaced(resource: Resource, node: MapNode, file: str) -> Problem | None:
    if resource.facts.scope is Scope.NAMESPACED and resource.namespace is None:
        fix = "Add `namespace:` with the tenant's namespace, such as `namespace: acme`."
        return _at(node, file, "metadata.namespace", f"is required for {resource.kind}.", fix)
    if resource.facts.scope is Scope.CLUSTER and resource.namespace is not None:
        return _at(node, file, "metadata.namespace", f"{resource.kind} stands in no namespace.", "Remove the field.")
    return None


def _repeated(found: list[_Found], file: str) -> list[Problem]:
    first: dict[Key, Place] = {}
    problems: list[Problem] = []
    for each in found:
        key, place = each.resource.key, each.place
        if key in first:
            message = f"{key} stands in this file twice, first in line {first[key].line}."
            problems.append(Problem(file, place.line, place.column, "", message, "Remove or rename one."))
        first.setdefault(key, place)
    return problems


def _repeated_across(found: list[_Found], origins: Mapping[Key, Origin], file: str) -> list[Problem]:
    return [
        Problem(
            file,
            each.place.line,
            each.place.column,
            "",
            f"{each.resource.key} stands in {origins[each.resource.key]} too.",
            "Remove or rename one.",
        )
        for each in found
        if each.resource.key in origins
    ]


def _text(node: MapNode, name: str) -> str | None:
    entry = node.entries.get(name)
    value = entry.value if entry else None
    return value.text if isinstance(value, ScalarNode) and value.value is not None else None


def _at(node: MapNode, file: str, path: str, message: str, fix: str) -> Problem:
    place = place_at(node, tuple(path.split(".")))
    return Problem(file, place.line, place.column, path, message, fix)


def _of_file(file: str, message: str, fix: str) -> Problem:
    return Problem(file, 0, 0, "", message, fix)
