"""`kvasir models`: embedding models on this machine."""

from pathlib import Path
from typing import Annotated

import typer

from kvasir_services.cli.output import console

application = typer.Typer(no_args_is_help=True, help="Embedding models on this machine.")


@application.callback()
def group() -> None:
    """Embedding models on this machine."""


@application.command()
def export(
    model: Annotated[str, typer.Argument(help="Folder or name of a sentence-transformers model.")],
    folder: Annotated[Path, typer.Argument(help="Folder to write; name it under `embedding.onnx.model`.")],
    *,
    int8: Annotated[bool, typer.Option("--int8", help="Write an 8-bit graph beside the exact one.")] = False,
) -> None:
    """Make an ONNX repository, which runs without torch, from a sentence-transformers model."""
    from kvasir.wiring import export_model  # noqa: PLC0415 - the other commands start without the library's adapters

    console.print(f"Written: {export_model(model, folder, int8=int8)}", markup=False)
