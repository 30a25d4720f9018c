"""etcd, kube-apiserver and kube-controller-manager on free ports of 127.0.0.1, everything in one folder."""

import base64
import json
import ssl
import urllib.request
from collections.abc import Generator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Final

from tools.kube.binaries import find
from tools.kube.certificates import Authority, Pair
from tools.kube.processes import Server, free_ports

_HOST: Final = "127.0.0.1"
_SERVICES: Final = "10.96.0.0/16"
_FIRST_SERVICE: Final = "10.96.0.1"
_SECONDS: Final = 120
_NAMES: Final = ("kubernetes", "kubernetes.default", "kubernetes.default.svc", "localhost")


@dataclass(frozen=True, slots=True)
class ControlPlane:
    """A running API server. `kubeconfig` is an administrator's."""

    url: str
    kubeconfig: Path
    authority: Authority
    folder: Path

    def kubeconfig_of(self, user: str, groups: Sequence[str] = ()) -> Path:
        """A kubeconfig for anybody else, by certificate."""
        return _kubeconfig(self.folder / f"{user.replace(':', '-')}.kubeconfig", self.url, self.authority, user, groups)


@contextmanager
def control_plane(folder: Path, flags: Sequence[str] = ()) -> Generator[ControlPlane]:
    """Starts the level `api`; all of it is gone afterwards but the folder with its logs.

    `flags` are more arguments of kube-apiserver. Raises MissingBinaryError and StartError.
    """
    folder.mkdir(parents=True, exist_ok=True)
    authority = Authority(folder / "pki")
    client, peer, port, manager = free_ports(4)
    with ExitStack() as running:
        _start(running, "etcd", _etcd(folder, client, peer), folder).wait_until(
            lambda: _answers(f"http://{_HOST}:{client}/health"), _SECONDS
        )
        url = f"https://{_HOST}:{port}"
        admin = authority.issue("kvasir-admin", ["system:masters"])
        signer = authority.key_pair("service-accounts")
        server = _start(running, "kube-apiserver", [*_api_server(authority, signer, client, port), *flags], folder)
        context = ssl.create_default_context(cafile=str(authority.pair.certificate))
        context.load_cert_chain(admin.certificate, admin.key)
        server.wait_until(lambda: _answers(f"{url}/readyz", context), _SECONDS)
        arguments = _controller_manager(folder, authority, signer, url, manager)
        _start(running, "kube-controller-manager", arguments, folder).wait_until(
            lambda: _answers(f"https://{_HOST}:{manager}/healthz", context), _SECONDS
        )
        kubeconfig = _kubeconfig(folder / "admin.kubeconfig", url, authority, "kvasir-admin", ["system:masters"])
        yield ControlPlane(url, kubeconfig, authority, folder)


def _start(running: ExitStack, name: str, arguments: Sequence[str], folder: Path) -> Server:
    server = Server(name, [str(find(name)), *arguments], folder / f"{name}.log")
    running.callback(server.stop)
    return server


def _etcd(folder: Path, client: int, peer: int) -> Sequence[str]:
    mine, others = f"http://{_HOST}:{client}", f"http://{_HOST}:{peer}"
    return [
        f"--data-dir={folder / 'etcd'}",
        f"--listen-client-urls={mine}",
        f"--advertise-client-urls={mine}",
        f"--listen-peer-urls={others}",
        f"--initial-advertise-peer-urls={others}",
        f"--initial-cluster=default={others}",
        "--unsafe-no-fsync",  # what a test writes need not outlive the machine
    ]


def _api_server(authority: Authority, signer: Pair, etcd: int, port: int) -> Sequence[str]:
    own = authority.issue("kube-apiserver", hosts=[*_NAMES, _HOST, _FIRST_SERVICE])
    proxy = authority.issue("front-proxy-client")
    ca = authority.pair.certificate
    return [
        f"--etcd-servers=http://{_HOST}:{etcd}",
        f"--bind-address={_HOST}",
        f"--advertise-address={_HOST}",
        "--endpoint-reconciler-type=none",  # a loopback address is no endpoint
        f"--secure-port={port}",
        f"--service-cluster-ip-range={_SERVICES}",
        "--authorization-mode=Node,RBAC",
        "--enable-admission-plugins=NodeRestriction",
        "--allow-privileged=true",
        f"--client-ca-file={ca}",
        f"--tls-cert-file={own.certificate}",
        f"--tls-private-key-file={own.key}",
        "--service-account-issuer=https://kubernetes.default.svc",
        f"--service-account-key-file={signer.certificate}",
        f"--service-account-signing-key-file={signer.key}",
        f"--requestheader-client-ca-file={ca}",
        "--requestheader-allowed-names=front-proxy-client",
        "--requestheader-extra-headers-prefix=X-Remote-Extra-",
        "--requestheader-group-headers=X-Remote-Group",
        "--requestheader-username-headers=X-Remote-User",
        f"--proxy-client-cert-file={proxy.certificate}",
        f"--proxy-client-key-file={proxy.key}",
    ]


def _controller_manager(folder: Path, authority: Authority, signer: Pair, url: str, port: int) -> Sequence[str]:
    user = "system:kube-controller-manager"
    kubeconfig = _kubeconfig(folder / "controller-manager.kubeconfig", url, authority, user, ())
    own = authority.issue("kube-controller-manager", hosts=[_HOST])
    return [
        f"--kubeconfig={kubeconfig}",
        f"--authentication-kubeconfig={kubeconfig}",
        f"--authorization-kubeconfig={kubeconfig}",
        f"--bind-address={_HOST}",
        f"--secure-port={port}",
        f"--tls-cert-file={own.certificate}",
        f"--tls-private-key-file={own.key}",
        "--use-service-account-credentials=true",
        f"--root-ca-file={authority.pair.certificate}",
        f"--service-account-private-key-file={signer.key}",
        "--allocate-node-cidrs=false",
        "--leader-elect=false",
    ]


def _kubeconfig(path: Path, url: str, authority: Authority, user: str, groups: Sequence[str]) -> Path:
    """JSON, which is YAML."""
    pair = authority.issue(user, groups)
    cluster = {"server": url, "certificate-authority-data": _encoded(authority.pair.certificate)}
    credentials = {"client-certificate-data": _encoded(pair.certificate), "client-key-data": _encoded(pair.key)}
    config = {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": "kvasir-test",
        "clusters": [{"name": "kvasir-test", "cluster": cluster}],
        "users": [{"name": user, "user": credentials}],
        "contexts": [{"name": "kvasir-test", "context": {"cluster": "kvasir-test", "user": user}}],
    }
    path.touch(mode=0o600)
    path.write_text(json.dumps(config, indent=2), "utf-8")
    return path


def _encoded(path: Path) -> str:
    return base64.b64encode(path.read_bytes()).decode()


def _answers(url: str, context: ssl.SSLContext | None = None) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=2, context=context) as response:
            return bool(response.status == HTTPStatus.OK)
    except OSError:  # refused, or not ready: HTTPError is one
        return False
