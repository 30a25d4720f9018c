"""Options that many commands share."""

from pathlib import Path
from typing import Annotated

import typer

from kvasir_services.cli.output import Format

DataDirectoryOption = Annotated[
    Path, typer.Option("--data-dir", help="Data directory of the platform.", show_default=True)
]
NamespaceOption = Annotated[
    str | None, typer.Option("--namespace", "-n", help="Namespace (tenant); needed only where a name is ambiguous.")
]
OutputOption = Annotated[Format, typer.Option("--output", "-o", help="Format of the output.")]
KeyOption = Annotated[
    str | None, typer.Option("--key", help="API key; without it the command acts as the tenant's system principal.")
]
URLOption = Annotated[
    str | None,
    typer.Option("--url", help="Gateway to use with --key; absent: the one of the data directory's platform."),
]

DEFAULT_DATA_DIRECTORY = Path(".kvasir")
DEFAULT_URL = "http://127.0.0.1:8080"
