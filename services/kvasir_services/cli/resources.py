"""`kvasir apply`, `get`, `describe`, `delete`, `wait`, `diff`, `crds`: resources of the running platform."""

import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from kvasir.errors import DeadlineExceededError, InvalidInputError, UnavailableError
from kvasir.planning.changes import Change, change
from kvasir.planning.references import dangling
from kvasir.resources import Key, Resource, load_paths
from kvasir.resources.crd import render_crds
from kvasir.resources.problems import InvalidResourceError
from kvasir.resources.registry import kind_named
from kvasir_services.cli.client import Client, control, object_of
from kvasir_services.cli.kinds import KINDS_HELP, condition_named, split_target
from kvasir_services.cli.options import DEFAULT_DATA_DIRECTORY, DataDirectoryOption, NamespaceOption, OutputOption
from kvasir_services.cli.output import Format, condition, console, print_data, print_table, resource_table, warn
from kvasir_services.embedded.data_directory import DataDirectory

application = typer.Typer()

FileOption = Annotated[Path, typer.Option("--file", "-f", help="File or folder of YAML; - reads standard input.")]
_POLL_SECONDS = 0.2
_MARKS = {"create": "+", "update": "~", "delete": "-", "unchanged": " "}


@application.command()
def apply(file: FileOption, *, data_directory: DataDirectoryOption = DEFAULT_DATA_DIRECTORY) -> None:
    """Create or change resources. Faulty input changes nothing."""
    texts = _texts(file)
    with control(data_directory) as client:
        dangle = _references(client, texts)
        for name, text in texts:
            for one in client.post("/control/apply", {"text": text, "file": name}):
                _print_change(one)
    warn(dangle)


@application.command()
def diff(file: FileOption, *, data_directory: DataDirectoryOption = DEFAULT_DATA_DIRECTORY) -> None:
    """Show what applying would change, before it does; without a platform, what it would create."""
    texts = _texts(file)
    if DataDirectory(data_directory).socket.exists():
        with control(data_directory) as client:
            dangle = _references(client, texts)
            changes = [
                one for name, text in texts for one in client.post("/control/diff", {"text": text, "file": name})
            ]
    else:
        resources = _resources(file)
        dangle = [str(one) for one in dangling(resources, ())]
        changes = [_as_mapping(change(None, resource)) for resource in resources]
    for one in changes:
        _print_change(one)
    warn(dangle)


@application.command(epilog=KINDS_HELP)
def get(
    kind: Annotated[str, typer.Argument(help="Kind, plural or short name, e.g. kb.")],
    name: Annotated[str, typer.Argument(help="Name; absent lists all.")] = "",
    *,
    namespace: NamespaceOption = None,
    data_directory: DataDirectoryOption = DEFAULT_DATA_DIRECTORY,
    output: OutputOption = Format.TABLE,
) -> None:
    """Show resources."""
    model = kind_named(kind)
    with control(data_directory) as client:
        problems = client.get("/control/problems")
        warn(one["message"] for one in problems if not one["objects"])
        items = client.get("/control/resources", kind=kind, name=name, namespace=namespace or "")
    shown = {_label(item) for item in items}
    warn(one["message"] for one in problems if shown & set(one["objects"]))
    if output is not Format.TABLE:
        print_data(items[0] if name and len(items) == 1 else {"kind": "List", "items": items}, output)
        return
    if not items:
        console.print(f"No {kind} found.", markup=False)
        return
    resource_table(model, items)


@application.command(epilog=KINDS_HELP)
def describe(
    target: Annotated[str, typer.Argument(help="KIND/NAME.")],
    *,
    namespace: NamespaceOption = None,
    data_directory: DataDirectoryOption = DEFAULT_DATA_DIRECTORY,
) -> None:
    """Show one resource with its conditions and events."""
    kind, name = split_target(target)
    kind_named(kind)
    with control(data_directory) as client:
        item = object_of(client, kind, name, namespace)
        events = client.get("/control/events")
        runs = client.get("/control/runs")
    place = item["metadata"].get("namespace")
    console.print(f"{item['kind']} {place + '/' if place else ''}{name}", style="bold", markup=False)
    print_data({key: item[key] for key in ("spec",) if key in item}, Format.YAML)
    status = {key: value for key, value in item.get("status", {}).items() if key != "conditions"}
    print_data({"status": status}, Format.YAML)
    conditions = item.get("status", {}).get("conditions", [])
    print_table(
        ("condition", "status", "reason", "message"),
        [[one["type"], one["status"], one["reason"], one.get("message", "")] for one in conditions],
    )
    for run in runs:
        if run["knowledgeBase"] == name and run["tenant"] == place:
            waits = "stuck" if run["stuck"] else f"last advance {run['idleSeconds']:g} s ago"
            doing = ", ".join(run["doing"]) or "nothing"
            console.print(f"Run {run['run']}: {run['step']}, {waits}; works on {doing}", markup=False)
    mine = [event for event in events if event["object"] == _label(item)]
    if mine:
        console.print("Events", style="bold")
        print_table(
            ("time", "type", "reason", "message"),
            [[event["time"][:19], event["type"], event["reason"], event["message"]] for event in mine],
        )


@application.command(epilog=KINDS_HELP)
def delete(
    target: Annotated[str, typer.Argument(help="KIND/NAME.")],
    *,
    namespace: NamespaceOption = None,
    data_directory: DataDirectoryOption = DEFAULT_DATA_DIRECTORY,
) -> None:
    """Delete a resource that was applied; one that belongs to a file is deleted there."""
    kind, name = split_target(target)
    kind_named(kind)
    with control(data_directory) as client:
        _print_change(client.delete("/control/resources", kind=kind, name=name, namespace=namespace or ""))


@application.command(epilog=KINDS_HELP)
def wait(
    target: Annotated[str, typer.Argument(help="KIND/NAME.")],
    *,
    condition_type: Annotated[str, typer.Option("--for", help="Condition to wait for.")] = "Ready",
    timeout: Annotated[str, typer.Option(help="How long, e.g. 60s or 5m.")] = "60s",
    namespace: NamespaceOption = None,
    data_directory: DataDirectoryOption = DEFAULT_DATA_DIRECTORY,
) -> None:
    """Wait until a condition holds for what the spec says now."""
    kind, name = split_target(target)
    wanted = condition_named(kind_named(kind), condition_type)
    patience = seconds(timeout)
    end = time.monotonic() + patience
    with control(data_directory, patience=patience) as client:
        while True:
            item = object_of(client, kind, name, namespace)
            found = condition(item, wanted)
            current = found is not None and found.get("observedGeneration") == item["metadata"].get("generation")
            if found is not None and current and found["status"] == "True":
                console.print(f"{target}: {found['type']}. {found.get('message', '')}", markup=False)
                return
            if time.monotonic() > end:
                why = f"{found['reason']}: {found.get('message', '')}" if found else "nobody reported it"
                raise DeadlineExceededError(f"{target} is not {wanted} after {timeout}. {why}")
            time.sleep(_POLL_SECONDS)


@application.command()
def crds() -> None:
    """Print the CustomResourceDefinitions for a cluster."""
    print("---\n".join(render_crds().values()), end="")


def seconds(text: str) -> float:
    """`90`, `90s`, `5m`, `1h` in seconds. InvalidInputError for anything else."""
    units = {"s": 1.0, "m": 60.0, "h": 3600.0}
    number, unit = (text[:-1], units[text[-1]]) if text[-1:] in units else (text, 1.0)
    try:
        return float(number) * unit
    except ValueError:
        raise InvalidInputError(f"{text!r} is not a duration.", field="--timeout", fix="write e.g. 60s") from None


def _texts(file: Path) -> Sequence[tuple[str, str]]:
    """Names and contents of the files. InvalidResourceError with every problem of all of them."""
    if str(file) == "-":
        return [("standard input", sys.stdin.read())]
    found = load_paths([file])
    if found.problems:
        raise InvalidResourceError(list(found.problems))
    names = sorted({origin.file for origin in found.origins.values()})
    if not names:
        raise InvalidInputError(f"{file} holds no resources.", field="-f")
    return [(name, Path(name).read_text(encoding="utf-8")) for name in names]


def _resources(file: Path) -> Sequence[Resource]:
    if str(file) == "-":
        raise UnavailableError("Without a running platform, diff reads files only.")
    return load_paths([file]).resources


def _references(client: Client, texts: Sequence[tuple[str, str]]) -> Sequence[str]:
    """What the texts refer to in vain; order is free, so it may come later."""
    body = {"texts": [{"text": text, "file": name} for name, text in texts]}
    return client.post("/control/references", body)


def _label(item: Mapping[str, Any]) -> str:
    """As events and problems name an object."""
    return str(Key(item["kind"], item["metadata"].get("namespace"), item["metadata"]["name"]))


def _as_mapping(one: Change) -> Mapping[str, Any]:
    return {
        "action": one.action,
        "kind": one.kind,
        "namespace": one.namespace,
        "name": one.name,
        "fields": [],
        "consequences": one.consequences,
    }


def _print_change(one: Mapping[str, Any]) -> None:
    place = f"{one['namespace']}/{one['name']}" if one["namespace"] else one["name"]
    console.print(f"{_MARKS[one['action']]} {one['kind']} {place}: {one['action']}", markup=False)
    for field in one["fields"]:
        console.print(f"    {field['path']}: {_short(field['before'])} -> {_short(field['after'])}", markup=False)
    for sentence in one["consequences"]:
        if sentence:
            console.print(f"    {sentence}", markup=False)


def _short(value: Any) -> str:
    text = "(absent)" if value is None else repr(value)
    return text if len(text) <= 80 else text[:77] + "..."
