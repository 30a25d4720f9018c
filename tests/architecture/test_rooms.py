"""The shape of the tree, guarded by machine: what prose alone would let slip."""

import ast
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ROOMS = (ROOT / "src", ROOT / "services", ROOT / "operator")
MODULES = sorted(path for room in ROOMS for path in room.rglob("*.py"))
MAX_LINES = 500
MAX_FUNCTION = 60
BROAD_PER_THOUSAND = 0.3


def functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


@pytest.mark.parametrize("room", ["operator", "services"])
def test_rooms_are_never_packages(room: str) -> None:
    assert not (ROOT / room / "__init__.py").exists()


def test_the_operator_room_does_not_shadow_the_standard_library() -> None:
    code = "import operator, sys; sys.exit('itemgetter' not in dir(operator))"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0


def test_modules_stay_small() -> None:
    sizes = {path: len(path.read_text(encoding="utf-8").splitlines()) for path in MODULES}
    assert {str(path): size for path, size in sizes.items() if size > MAX_LINES} == {}
    real = sorted(size for size in sizes.values() if size > 5)
    assert real[len(real) // 2] <= 130


def test_functions_stay_short() -> None:
    long = {
        f"{path.relative_to(ROOT)}:{one.name}": one.end_lineno - one.lineno + 1
        for path in MODULES
        for one in functions(path)
        if one.end_lineno and one.end_lineno - one.lineno >= MAX_FUNCTION
    }
    # A list of small routes; splitting it would only scatter them.
    assert long.keys() <= {"services/kvasir_services/embedded/control.py:_router"}


def test_broad_excepts_are_rare() -> None:
    code = {path: path.read_text(encoding="utf-8") for path in MODULES}
    lines = sum(len(text.splitlines()) for text in code.values())
    broad = [
        (str(path.relative_to(ROOT)), match[0])
        for path, text in code.items()
        for match in re.finditer(r"except\s*:|except (?:Base)?Exception\b", text)
    ]
    assert 1000 * len(broad) / lines <= BROAD_PER_THOUSAND, broad


def test_no_module_is_called_utils() -> None:
    assert [path for path in MODULES if path.stem in {"utils", "util", "helpers", "manager", "common", "misc"}] == []


def test_the_environment_is_read_in_settings_alone() -> None:
    readers = [
        str(path.relative_to(ROOT))
        for path in MODULES
        if re.search(r"os\.environ|os\.getenv|getenv\(", path.read_text(encoding="utf-8"))
    ]
    assert [one for one in readers if one != "src/kvasir/settings.py"] == []


def test_every_room_has_a_readme() -> None:
    rooms = {path.parent for path in MODULES if path.name == "__init__.py"}
    shallow = {room for room in rooms if len(room.relative_to(ROOT).parts) <= 3}
    assert sorted(str(room.relative_to(ROOT)) for room in shallow if not (room / "README.md").exists()) == []


def test_direct_dependencies_are_justified() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    declared = [
        *project["dependencies"],
        *(one for extra in project["optional-dependencies"].values() for one in extra),
    ]
    names = {re.split(r"[<>=\[;]", one)[0].lower() for one in declared}
    written = set(
        re.findall(r"^\| `([\w.-]+)` \|", (ROOT / "docs/dependencies.md").read_text(encoding="utf-8"), re.MULTILINE)
    )
    assert names == written


def test_importing_the_library_loads_no_model_and_no_server() -> None:
    code = (
        "import sys, kvasir.wiring\n"
        "heavy = {'torch', 'transformers', 'sentence_transformers', 'onnxruntime', 'fastapi', 'granian', 'ray'}\n"
        "print(*sorted(heavy & set(sys.modules)))"
    )
    ran = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert ran.stdout.strip() == ""
    assert ran.returncode == 0


def test_committed_files_name_no_path_of_a_machine() -> None:
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.split()
    here = {str(ROOT) + "/", str(Path.home()) + "/."}
    texts = {name: (ROOT / name).read_bytes() for name in listed if (ROOT / name).is_file()}
    assert [name for name, text in texts.items() if any(one.encode() in text for one in here)] == []
