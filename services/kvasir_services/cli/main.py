"""The console script `kvasir`.

Exit codes: 0 done; 1 it failed, or is not so (a wait that timed out, a document that was quarantined); 2 the input is
wrong, or belongs to a file.
"""

import sys
from importlib.metadata import version
from typing import Annotated, Final

import typer

from kvasir.errors import InvalidInputError, KvasirError
from kvasir.settings import Settings
from kvasir.telemetry import configure_logging
from kvasir_services.cli import keys, knowledge, models, platform, questions, resources
from kvasir_services.cli.client import RequestFailedError
from kvasir_services.cli.output import errors

_BAD_REQUEST = range(400, 401)
_CONFLICT = 409
_DISTRIBUTION: Final = "kvasir-rag"


def _print_version(asked: bool) -> None:
    if asked:
        print(f"kvasir {version(_DISTRIBUTION)}")
        raise typer.Exit


def build() -> typer.Typer:
    """The application with all commands."""
    application = typer.Typer(
        name="kvasir",
        help="Documents into tenant-isolated, cited chat.",
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
    )
    application.callback()(_root)
    for group in (platform, resources, questions, knowledge):
        application.add_typer(group.application)
    application.add_typer(keys.application, name="keys")
    application.add_typer(models.application, name="models")
    return application


def _root(
    *,
    version: Annotated[
        bool, typer.Option("--version", help="Print the version and exit.", is_eager=True, callback=_print_version)
    ] = False,
) -> None:
    """Documents into tenant-isolated, cited chat."""


def main() -> None:
    """Runs one command. Errors of our tree become one message on standard error."""
    configure_logging(Settings.read().log_level)
    try:
        build()()
    except KvasirError as error:
        errors.print(f"error: {error}", style="red", markup=False)
        sys.exit(exit_code(error))


def exit_code(error: KvasirError) -> int:
    """2 for wrong input and for what a file owns, 1 for everything else."""
    if isinstance(error, RequestFailedError):
        return 2 if error.status in _BAD_REQUEST or error.status == _CONFLICT else 1
    return 2 if isinstance(error, InvalidInputError) else 1
