"""Binaries of a real Kubernetes: built once from Go modules, kept by version outside the tree."""

import fcntl
import hashlib
import os
import re
import subprocess
import tempfile
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

_HERE: Final = Path(__file__).parent
_VERSION: Final = "k8s.io/component-base/version"


class MissingBinaryError(Exception):
    """A binary is neither built nor given; the message says how to get it."""


@dataclass(frozen=True, slots=True)
class Module:
    """A Go module of this folder. `required` is the dependency whose version counts."""

    folder: str
    required: str
    packages: Mapping[str, str]

    @property
    def version(self) -> str:
        """As `go.mod` asks for it, `v` included."""
        text = (_HERE / self.folder / "go.mod").read_text("utf-8")
        found = re.search(rf"^(?:require )?\s*{re.escape(self.required)} (v\S+)$", text, re.MULTILINE)
        if found is None:
            raise MissingBinaryError(f"{self.folder}/go.mod does not require {self.required}.")
        return found[1]

    @property
    def place(self) -> Path:
        """Where its binaries are kept: another version, or another checksum of any dependency, is another folder."""
        digest = hashlib.sha256((_HERE / self.folder / "go.sum").read_bytes()).hexdigest()[:12]
        return cache() / f"{self.folder}-{self.version}-{digest}"


KUBERNETES: Final = Module(
    "kubernetes",
    "k8s.io/kubernetes",
    {
        name: f"k8s.io/kubernetes/cmd/{name}"
        for name in ("kube-apiserver", "kube-controller-manager", "kube-scheduler", "kube-proxy", "kubelet", "kubectl")
    },
)
ETCD: Final = Module("etcd", "go.etcd.io/etcd/server/v3", {"etcd": "go.etcd.io/etcd/server/v3"})
MODULES: Final = (ETCD, KUBERNETES)
API_LEVEL: Final = ("etcd", "kube-apiserver", "kube-controller-manager", "kubectl")


def cache() -> Path:
    """Outside the tree: `KVASIR_CACHE`, else `~/.cache/kvasir`."""
    base = os.environ.get("KVASIR_CACHE")
    return (Path(base) if base else Path.home() / ".cache" / "kvasir") / "kube"


def find(name: str) -> Path:
    """A binary that can be run. MissingBinaryError naming the command that builds it."""
    assets = os.environ.get("KUBEBUILDER_ASSETS")
    for folder in (*([Path(assets)] if assets else []), _module_of(name).place):
        if os.access(folder / name, os.X_OK):
            return folder / name
    raise MissingBinaryError(f"{name} is not built: make kube")


def build(names: Sequence[str]) -> None:
    """Builds what is missing. Two builds at the same time wait for each other; a failed one leaves nothing behind."""
    for module in MODULES:
        wanted = [name for name in names if name in module.packages]
        with _locked(module.place):
            missing = [name for name in wanted if not (module.place / name).exists()]
            if missing:
                _go_build(module, missing)


def _module_of(name: str) -> Module:
    return next(module for module in MODULES if name in module.packages)


def _go_build(module: Module, names: Sequence[str]) -> None:
    major, minor, _ = module.version.removeprefix("v").split(".", 2)
    # Without these a server calls itself v0.0.0-master, and charts with a `kubeVersion` refuse it.
    stamp = {"gitVersion": module.version, "gitMajor": major, "gitMinor": minor, "gitTreeState": "clean"}
    flags = " ".join(["-s -w", *(f"-X {_VERSION}.{key}={value}" for key, value in stamp.items())])
    with tempfile.TemporaryDirectory(dir=module.place) as target:
        for name in names:
            print(f"building {name} {module.version}", flush=True)
            command = ["go", "build", "-mod=readonly", "-trimpath", "-buildvcs=false", "-ldflags", flags]
            command += ["-o", f"{target}/{name}", module.packages[name]]
            environment = {**os.environ, "GOTOOLCHAIN": "local", "CGO_ENABLED": "0", "GOFLAGS": ""}
            subprocess.run(command, cwd=_HERE / module.folder, env=environment, check=True)
            Path(target, name).replace(module.place / name)


@contextmanager
def _locked(folder: Path) -> Generator[None]:
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / ".lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
