"""`python -m tools.kube build | up`."""

import signal
import sys
import tempfile
import threading
from pathlib import Path
from types import FrameType

from tools.kube.binaries import API_LEVEL, build
from tools.kube.control_plane import control_plane


def main() -> int:
    match sys.argv[1:]:
        case ["build"]:
            build(API_LEVEL)
        case ["up"]:
            build(API_LEVEL)
            with tempfile.TemporaryDirectory(prefix="kvasir-kube-") as name, control_plane(Path(name)) as running:
                asked = threading.Event()

                def stop(_signal: int, _frame: FrameType | None) -> None:
                    asked.set()

                for one in (signal.SIGINT, signal.SIGTERM):
                    signal.signal(one, stop)
                print(f"export KUBECONFIG={running.kubeconfig}", flush=True)
                asked.wait()
        case _:
            print("usage: python -m tools.kube build | up", file=sys.stderr)
            return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
