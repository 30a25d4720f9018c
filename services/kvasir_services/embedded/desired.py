"""Desired resources: from the folders given to `kvasir up`, and from `kvasir apply`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from kvasir.durable_files import replace_file
from kvasir.errors import ConflictError, InvalidInputError, NotFoundError
from kvasir.resources import Key, Resource, dump_yaml, load_paths
from kvasir.resources.loader import LoadResult, Origin, files_in
from kvasir.resources.problems import Problem


@dataclass(frozen=True, slots=True)
class Desired:
    """All resources by key, and the file that each of those from folders belongs to."""

    resources: Mapping[Key, Resource] = field(default_factory=dict[Key, Resource])
    origins: Mapping[Key, Origin] = field(default_factory=dict[Key, Origin])
    problems: Sequence[Problem] = ()

    @property
    def refused(self) -> Mapping[Key, str]:
        """Objects that are what their file said before it became faulty, and what is wrong with it."""
        faults: dict[str, list[Problem]] = {}
        for problem in self.problems:
            faults.setdefault(problem.file, []).append(problem)
        return {key: _told(faults[origin.file]) for key, origin in self.origins.items() if origin.file in faults}


def _told(problems: Sequence[Problem]) -> str:
    first, *others = problems
    more = f" {len(others)} more in this file." if others else ""
    return f"{first}{more} Until then the object stays what the file said last."


def check_paths(paths: Sequence[Path]) -> None:
    """What is not there, and a folder without any YAML, are mistakes at the start: InvalidInputError naming them."""
    for path in paths:
        if not path.exists():
            raise InvalidInputError(f"There is no file or folder {path}.", fix=f"check the path; this is {Path.cwd()}")
        if path.is_dir() and not any(True for _ in files_in(path)):
            raise InvalidInputError(
                f"The folder {path} holds no YAML, so there is nothing to run.",
                fix="name a folder with resources, e.g. examples/quickstart, or put some there as *.yaml",
            )


class DesiredState:
    """Reads resources again whenever asked. A file that became faulty keeps what it last said."""

    def __init__(self, paths: Sequence[Path], applied: Path) -> None:
        self._paths = paths
        self._applied = applied
        self._good: dict[str, tuple[Resource, ...]] = {}
        self.current = Desired()

    def reload(self) -> Desired:
        """Reads all files. Problems name file, line, field and fix; resources of faulty files stay as they were."""
        found = load_paths(self._paths)
        applied = load_paths([self._applied]) if self._applied.is_dir() else LoadResult()
        self._remember(found)
        resources: dict[Key, Resource] = {resource.key: resource for resource in applied.resources}
        origins: dict[Key, Origin] = {}
        for file, members in sorted(self._good.items()):
            for resource in members:
                resources[resource.key] = resource
                origins[resource.key] = found.origins.get(resource.key, Origin(file, 0))
        self.current = Desired(resources, origins, (*found.problems, *applied.problems))
        return self.current

    def apply(self, resources: Sequence[Resource]) -> None:
        """Keeps resources in the data directory. ConflictError for one that a file of the folders owns."""
        self._refuse_owned([resource.key for resource in resources])
        for resource in resources:
            replace_file(self._file(resource.key), dump_yaml(resource).encode())

    def delete(self, key: Key) -> None:
        """ConflictError for one that a file owns, NotFoundError for one that was never applied."""
        self._refuse_owned([key])
        try:
            self._file(key).unlink()
        except FileNotFoundError:
            raise NotFoundError(f"There is no {key}.") from None

    def _remember(self, found: LoadResult) -> None:
        faulty = {problem.file for problem in found.problems}
        fresh: dict[str, tuple[Resource, ...]] = {}
        for resource in found.resources:
            file = found.origins[resource.key].file
            fresh[file] = (*fresh.get(file, ()), resource)
        kept = {file: members for file, members in self._good.items() if file in faulty}
        self._good = {**kept, **fresh}

    def _refuse_owned(self, keys: Sequence[Key]) -> None:
        for key in keys:
            origin = self.current.origins.get(key)
            if origin is not None:
                raise ConflictError(f"{key} belongs to {origin}. Change that file; `kvasir up` follows it.")

    def _file(self, key: Key) -> Path:
        return self._applied / f"{key.kind.lower()}-{key.namespace or ''}-{key.name}.yaml"
