"""Compiles the search kernel when the package is built or installed in place.

A C compiler of the machine (`CC`, else `cc`) is used where there is one; elsewhere the build asks for the one that PyPI has
(ziglang), so that nothing need be installed beforehand.
"""

import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface
from packaging.tags import sys_tags

FOLDER = Path("src/kvasir/text/lexical/native")
LIBRARY = FOLDER / "kernel.so"
FLAGS = ["-std=c11", "-O2", "-Wall", "-Wextra", "-Werror", "-fPIC", "-shared"]


class KernelBuildHook(BuildHookInterface):  # type: ignore[type-arg] - generic at type-checking time only
    def dependencies(self) -> list[str]:
        return [] if _own_compiler() else ["ziglang>=0.13"]

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002 - the hook's interface
        if self.target_name != "wheel":
            return
        root = Path(self.root)
        sources = sorted(str(path) for path in (root / FOLDER).glob("*.c"))
        compiler = _own_compiler() or [sys.executable, "-m", "ziglang", "cc"]
        draft = root / LIBRARY.with_suffix(f".{os.getpid()}.tmp")
        try:
            subprocess.run([*compiler, *FLAGS, *sources, "-o", str(draft), "-lm"], check=True)  # noqa: S603 - our own words
            draft.replace(root / LIBRARY)
        finally:
            draft.unlink(missing_ok=True)
        build_data["artifacts"].append(f"/{LIBRARY}")
        build_data["pure_python"] = False
        build_data["tag"] = f"py3-none-{next(sys_tags()).platform}"


def _own_compiler() -> list[str] | None:
    named = shlex.split(os.environ.get("CC", "cc"))
    return named if named and shutil.which(named[0]) else None
