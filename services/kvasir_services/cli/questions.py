"""`kvasir ask`, `search`, `chat`: questions to a deployment or a knowledge base."""

from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from textwrap import shorten
from typing import Annotated, Any

import typer
from rich.markup import escape

from kvasir.errors import InvalidInputError, UnavailableError
from kvasir.rag.refusals import sources_disagree
from kvasir_services.cli.client import Client, control, gateway, tenant_of
from kvasir_services.cli.options import (
    DEFAULT_DATA_DIRECTORY,
    DEFAULT_URL,
    DataDirectoryOption,
    KeyOption,
    NamespaceOption,
    OutputOption,
    URLOption,
)
from kvasir_services.cli.output import Format, console, print_data

application = typer.Typer()


@application.command()
def ask(
    deployment: Annotated[str, typer.Argument(help="Name of a ChatDeployment.")],
    question: Annotated[str, typer.Argument(help="The question.")],
    *,
    key: KeyOption = None,
    url: URLOption = None,
    namespace: NamespaceOption = None,
    data_directory: DataDirectoryOption = DEFAULT_DATA_DIRECTORY,
    output: OutputOption = Format.TABLE,
) -> None:
    """Ask one question and print the answer with its sources."""
    _refuse_blank(question, "question")
    with connect(data_directory, "ChatDeployment", deployment, namespace, key, url) as client:
        messages = [{"role": "user", "content": question}]
        if output is Format.TABLE:
            answer(client, deployment, messages)
        else:
            print_data(client.post("/v1/chat/completions", {"model": deployment, "messages": messages}), output)


@application.command()
def chat(
    deployment: Annotated[str, typer.Argument(help="Name of a ChatDeployment.")],
    *,
    key: KeyOption = None,
    url: URLOption = None,
    namespace: NamespaceOption = None,
    data_directory: DataDirectoryOption = DEFAULT_DATA_DIRECTORY,
) -> None:
    """Talk until an empty line or Ctrl-D."""
    messages: list[dict[str, str]] = []
    with connect(data_directory, "ChatDeployment", deployment, namespace, key, url) as client:
        while question := _prompt():
            messages.append({"role": "user", "content": question})
            text, _ = answer(client, deployment, messages)
            messages.append({"role": "assistant", "content": text})


@application.command()
def search(
    knowledge_base: Annotated[str, typer.Argument(help="Name of a KnowledgeBase.")],
    query: Annotated[str, typer.Argument(help="What to look for.")],
    *,
    limit: Annotated[int, typer.Option("--limit", min=1, max=50, help="Most passages to print.")] = 5,
    key: KeyOption = None,
    url: URLOption = None,
    namespace: NamespaceOption = None,
    data_directory: DataDirectoryOption = DEFAULT_DATA_DIRECTORY,
    output: OutputOption = Format.TABLE,
) -> None:
    """Search a knowledge base and print the best passages."""
    _refuse_blank(query, "query")
    with connect(data_directory, "KnowledgeBase", knowledge_base, namespace, key, url) as client:
        found = client.post(f"/v1/vector_stores/{knowledge_base}/search", {"query": query, "max_num_results": limit})
    if output is not Format.TABLE:
        print_data(found, output)
        return
    for number, hit in enumerate(found["data"], 1):
        console.print(f"[bold]{number}. {escape(hit['filename'])}[/bold]  {hit['score']:.2f}")
        console.print(escape(hit["content"][0]["text"]), "\n")


def _refuse_blank(text: str, what: str) -> None:
    if not text.strip():
        raise InvalidInputError(f"The {what} is empty.", fix="write it in quotes after the name")


@contextmanager
def connect(
    data_directory: Path, kind: str, name: str, namespace: str | None, key: str | None, url: str | None
) -> Generator[Client]:
    """To the gateway with a key, else through the control socket."""
    if key:
        with gateway(url or _gateway_of(data_directory), key) as client:
            yield client
    else:
        tenant = tenant_of(data_directory, kind, name, namespace)
        with control(data_directory, tenant) as client:
            yield client


def _gateway_of(data_directory: Path) -> str:
    """Of the platform that runs there; else where one would be that nothing was said about."""
    try:
        with control(data_directory) as client:
            return str(client.get("/control/gateway")["url"] or DEFAULT_URL)
    except UnavailableError:
        return DEFAULT_URL


def answer(
    client: Client, deployment: str, messages: Sequence[Mapping[str, str]]
) -> tuple[str, Sequence[Mapping[str, Any]]]:
    """Prints a streamed answer as it comes, then its sources; returns both."""
    text = ""
    citations: Sequence[Mapping[str, Any]] = ()
    contradictions: Sequence[Mapping[str, Any]] = ()
    body = {"model": deployment, "messages": list(messages), "stream": True}
    for event in client.stream("/v1/chat/completions", body):
        for choice in event["choices"]:
            delta = choice["delta"]
            text += delta.get("content") or ""
            console.print(delta.get("content") or "", end="", markup=False)
            citations = delta.get("kvasir", {}).get("citations", citations)
            contradictions = delta.get("kvasir", {}).get("contradictions", contradictions)
    console.print()
    print_contradictions(messages[-1]["content"], contradictions)
    print_citations(citations)
    return text, citations


def print_contradictions(question: str, contradictions: Sequence[Mapping[str, Any]]) -> None:
    """One line per contradiction: what is said on both sides."""
    for one in contradictions:
        sides = zip((one["first"], one["second"]), one["values"], strict=True)
        said = " / ".join(f"[{number}] {shorten(value, 60, placeholder=' …')}" for number, value in sides)
        console.print(f"[yellow]{escape(sources_disagree(question))}[/yellow] {escape(said)}")


def print_citations(citations: Sequence[Mapping[str, Any]]) -> None:
    """One line per citation: number, place, verdict and the quote's beginning."""
    for one in citations:
        page = f", page {one['page']}" if one.get("page") else ""
        verdict = "[green]verified[/green]" if one["verified"] else "[yellow]not verified[/yellow]"
        place = escape(f"{one['title']} ({one['filename']}{page})")
        quote = escape(shorten(one["quote"], 120, placeholder=" …"))
        console.print(rf"  \[{one['number']}] {place} {verdict}: “{quote}”")


def _prompt() -> str:
    try:
        return console.input("[bold]> [/bold]").strip()
    except (EOFError, KeyboardInterrupt):
        return ""
