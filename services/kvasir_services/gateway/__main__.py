"""`python -m kvasir_services.gateway`: N workers over a data directory that `kvasir up` writes."""

import argparse
import multiprocessing
import os
import signal
import stat
import sys
import threading
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from kvasir_services.gateway.loading import load
from kvasir_services.gateway.server import server_of


def main(arguments: Sequence[str] | None = None) -> None:
    """Serves until SIGTERM, or until the other end of its standard input is gone."""
    options = _parser().parse_args(arguments)
    multiprocessing.set_start_method("spawn")  # a forked worker would inherit locks of this process's threads
    end_with_supervisor()
    server = server_of(options.host, options.port, options.workers)
    server.serve(target_loader=partial(load, options.data_dir, tuple(options.allow_network)), wrap_loader=False)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m kvasir_services.gateway", description=main.__doc__)
    parser.add_argument("--data-dir", type=Path, required=True, help="the data directory of `kvasir up`")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8080)
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--allow-network", action="append", default=[], help="CIDR that model endpoints may be in")
    return parser


def end_with_supervisor() -> None:
    """A pipe or socket as standard input belongs to a supervisor: its end means that the supervisor is gone."""
    try:
        mode = os.fstat(sys.stdin.fileno()).st_mode
    except (AttributeError, OSError, ValueError):  # no standard input at all
        return
    if not stat.S_ISFIFO(mode) and not stat.S_ISSOCK(mode):
        return

    def watch() -> None:
        while os.read(0, 4096):
            pass
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=watch, name="supervisor-watch", daemon=True).start()


if __name__ == "__main__":
    main()
