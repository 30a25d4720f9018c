"""`kvasir upload`, `documents`, `rollback`: what is in a knowledge base."""

import time
from pathlib import Path
from typing import Annotated, Any

import typer

from kvasir.errors import DeadlineExceededError, InvalidInputError
from kvasir_services.cli.client import Client, control, tenant_of
from kvasir_services.cli.options import DEFAULT_DATA_DIRECTORY, DataDirectoryOption, NamespaceOption, OutputOption
from kvasir_services.cli.output import Format, console, errors, print_data, print_table

application = typer.Typer()
_POLL_SECONDS = 0.2


@application.command()
def upload(
    knowledge_base: Annotated[str, typer.Argument(help="Name of a KnowledgeBase with an `upload` source.")],
    files: Annotated[list[Path], typer.Argument(help="Files to add; a name that exists is replaced.")],
    *,
    wait: Annotated[bool, typer.Option(help="Wait until the files are indexed.")] = True,
    timeout: Annotated[float, typer.Option(help="Seconds to wait.")] = 300.0,
    namespace: NamespaceOption = None,
    data_directory: DataDirectoryOption = DEFAULT_DATA_DIRECTORY,
) -> None:
    """Add files to a knowledge base."""
    missing = [str(file) for file in files if not file.is_file()]
    if missing:
        raise InvalidInputError(f"Not a file: {', '.join(missing)}.", field="FILES")
    tenant = tenant_of(data_directory, "KnowledgeBase", knowledge_base, namespace)
    with control(data_directory, tenant) as client:
        attached = [_attach(client, knowledge_base, file) for file in files]
        failed = [_wait(client, knowledge_base, one, timeout) for one in attached] if wait else []
    if any(failed):
        raise typer.Exit(1)


def _attach(client: Client, knowledge_base: str, file: Path) -> dict[str, Any]:
    uploaded = client.send_file("/v1/files", file, purpose="assistants")
    client.post(f"/v1/vector_stores/{knowledge_base}/files", {"file_id": uploaded["id"]})
    return uploaded


def _wait(client: Client, knowledge_base: str, file: dict[str, Any], timeout: float) -> bool:
    """Whether indexing failed."""
    end = time.monotonic() + timeout
    while True:
        state = client.get(f"/v1/vector_stores/{knowledge_base}/files/{file['id']}")
        if state["status"] == "completed":
            console.print(f"{file['filename']}: indexed", markup=False)
            return False
        if state["status"] in {"failed", "cancelled"}:
            errors.print(f"{file['filename']}: {state['last_error']['message']}", markup=False)
            return True
        if time.monotonic() > end:
            raise DeadlineExceededError(f"{file['filename']} is not indexed after {timeout:g} s; it still goes on.")
        time.sleep(_POLL_SECONDS)


@application.command()
def documents(
    knowledge_base: Annotated[str, typer.Argument(help="Name of a KnowledgeBase.")],
    *,
    namespace: NamespaceOption = None,
    data_directory: DataDirectoryOption = DEFAULT_DATA_DIRECTORY,
    output: OutputOption = Format.TABLE,
) -> None:
    """List documents and what became of them."""
    tenant = tenant_of(data_directory, "KnowledgeBase", knowledge_base, namespace)
    rows: list[dict[str, Any]] = []
    after: str | None = None
    with control(data_directory, tenant) as client:
        while True:
            page = client.get("/control/documents", tenant=tenant, knowledge_base=knowledge_base, after=after)
            rows += page["documents"]
            after = page["after"]
            if after is None:
                break
    if output is not Format.TABLE:
        print_data(rows, output)
        return
    columns = ("source", "path", "state", "passages", "bytes", "reason", "message")
    print_table(columns, [[row[name] for name in columns] for row in rows])


@application.command()
def rollback(
    knowledge_base: Annotated[str, typer.Argument(help="Name of a KnowledgeBase.")],
    *,
    namespace: NamespaceOption = None,
    data_directory: DataDirectoryOption = DEFAULT_DATA_DIRECTORY,
) -> None:
    """Go back to the generation before the one that answers. Of a file: print the line to write there, and exit 2."""
    tenant = tenant_of(data_directory, "KnowledgeBase", knowledge_base, namespace)
    with control(data_directory, tenant) as client:
        result = client.post("/control/rollback", tenant=tenant, knowledge_base=knowledge_base)
    if result["owner"]:
        former = result["former"]
        place = f"in place of `pinnedGeneration: {former}`" if former else "under `spec:`"
        errors.print(f"{knowledge_base} belongs to {result['owner']}. Write there, {place}:", markup=False)
        print(result["line"])
        raise typer.Exit(2)
    console.print(f"Generation {result['generation']} is pinned.")
