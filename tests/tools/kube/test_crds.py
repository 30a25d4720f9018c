"""The generated CRDs on a real API server."""

import json
import subprocess
from pathlib import Path

from tools.kube.binaries import find
from tools.kube.control_plane import ControlPlane

from kvasir.resources import KVASIR_KINDS


def kubectl(cluster: ControlPlane, *arguments: str) -> str:
    command = [str(find("kubectl")), f"--kubeconfig={cluster.kubeconfig}", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_every_crd_is_accepted_and_served(cluster: ControlPlane, crds: Path) -> None:
    kubectl(cluster, "apply", "--server-side", "-f", str(crds))
    kubectl(cluster, "wait", "--for=condition=Established", "--timeout=60s", "crd", "--all")
    found = json.loads(kubectl(cluster, "get", "crd", "-o", "json"))["items"]
    assert {one["spec"]["names"]["kind"] for one in found} == {kind.__name__ for kind in KVASIR_KINDS}
    types = [condition["type"] for one in found for condition in one["status"]["conditions"]]
    assert "NonStructuralSchema" not in types


def test_the_quickstart_is_taken_as_it_stands(cluster: ControlPlane, crds: Path) -> None:
    kubectl(cluster, "apply", "--server-side", "-f", str(crds))
    kubectl(cluster, "wait", "--for=condition=Established", "--timeout=60s", "crd", "--all")
    quickstart = crds.parent / "examples" / "quickstart"
    applied = kubectl(cluster, "apply", "-f", str(quickstart), "--validate=strict").splitlines()
    assert len(applied) == 5
    assert "handbook" in kubectl(cluster, "get", "kb", "-n", "acme")
