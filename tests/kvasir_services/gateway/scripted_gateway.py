"""A gateway process whose engine does what the question says: `python scripted_gateway.py DATA_DIRECTORY PORT`."""

import multiprocessing
import sys
from functools import partial
from pathlib import Path

HERE = str(Path(__file__).parent)
sys.path.insert(0, HERE)

from kvasir_services.gateway.__main__ import end_with_supervisor  # noqa: E402
from kvasir_services.gateway.server import server_of  # noqa: E402


def load(directory: Path) -> object:
    from gateway_testbed import ScriptedEngine

    from kvasir.wiring import open_embedded_stores
    from kvasir_services.gateway.application import create_application
    from kvasir_services.gateway.authentication import bearer_authenticator
    from kvasir_services.gateway.catalogues import CatalogueFiles
    from kvasir_services.gateway.runtime import Runtime, Timing
    from kvasir_services.gateway.worker import ClosingStores

    stores = open_embedded_stores(directory / "stores")
    timing = Timing(first_ping=0.2, ping=0.2)
    engine = ScriptedEngine(directory / "closed.log")
    runtime = Runtime(stores, CatalogueFiles(directory / "serving"), engine=engine, timing=timing)
    return ClosingStores(create_application(runtime, authenticate=bearer_authenticator(stores.api_keys)), stores)


if __name__ == "__main__":
    multiprocessing.set_start_method("spawn")
    end_with_supervisor()
    server_of("127.0.0.1", int(sys.argv[2]), 1).serve(target_loader=partial(load, Path(sys.argv[1])), wrap_loader=False)
