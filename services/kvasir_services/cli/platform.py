"""`kvasir up` and `kvasir demo`: the platform in this process."""

import asyncio
import signal
from collections.abc import Callable, Sequence
from ipaddress import ip_network
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TaskID, TextColumn

from kvasir.errors import DeadlineExceededError, InvalidInputError, said
from kvasir.resources import READY, ChatDeployment, Tenant
from kvasir.settings import Settings
from kvasir_services.cli.client import gateway
from kvasir_services.cli.options import DEFAULT_DATA_DIRECTORY, DataDirectoryOption
from kvasir_services.cli.output import console, errors
from kvasir_services.cli.questions import answer
from kvasir_services.embedded.up_options import UpOptions

if TYPE_CHECKING:
    from kvasir_services.embedded.supervisor import Supervisor

application = typer.Typer()

PathsArgument = Annotated[list[Path], typer.Argument(help="Files and folders of YAML; they are watched.")]
PortOption = Annotated[int, typer.Option(help="Port of the gateway.", min=1, max=65535)]
VolumeOption = Annotated[
    list[str] | None, typer.Option(help="NAME=DIR: the folder that stands for the claim NAME; may be repeated.")
]
NetworkOption = Annotated[
    list[str] | None,
    typer.Option(help="CIDR of private addresses where sources and model endpoints may be; may be repeated."),
]
_READY_SECONDS = 150.0


@application.command()
def up(
    paths: PathsArgument,
    *,
    port: PortOption = 8080,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    workers: Annotated[int, typer.Option(help="Gateway worker processes.", min=1, max=64)] = 1,
    volume: VolumeOption = None,
    allow_network: NetworkOption = None,
    data_directory: DataDirectoryOption = DEFAULT_DATA_DIRECTORY,
) -> None:
    """Run the platform on YAML files until it is stopped."""
    given, allowed = volumes(volume or []), networks(allow_network or [])
    options = UpOptions(paths, data_directory, host, port, workers, given, allowed)
    asyncio.run(_up(options))


@application.command()
def demo(
    folder: Annotated[Path, typer.Argument(help="Folder with YAML and questions.txt.")] = Path("examples/quickstart"),
    *,
    port: PortOption = 8080,
    allow_network: NetworkOption = None,
    data_directory: DataDirectoryOption = DEFAULT_DATA_DIRECTORY,
) -> None:
    """Run the platform on an example, ask its questions, and stay up. With CI=true, exit after the answers."""
    settings = Settings.read()
    file = folder / "questions.txt"
    if not file.is_file():
        raise InvalidInputError(f"{file} does not exist.", field="FOLDER", fix="name a folder of examples/")
    questions = [line for line in file.read_text(encoding="utf-8").splitlines() if line.strip()]
    options = UpOptions([folder], data_directory, port=port, networks=networks(allow_network or []))
    if not asyncio.run(_demo(options, questions, stay=not settings.ci)):
        raise typer.Exit(1)


def volumes(given: Sequence[str]) -> dict[str, Path]:
    """`NAME=DIR` pairs. InvalidInputError for a pair without `=` or a folder that does not exist."""
    found: dict[str, Path] = {}
    for pair in given:
        name, equals, folder = pair.partition("=")
        if not (name and equals and Path(folder).is_dir()):
            raise InvalidInputError(f"{pair!r} is not NAME=DIR with an existing folder.", field="--volume")
        found[name] = Path(folder).resolve()
    return found


def networks(given: Sequence[str]) -> Sequence[str]:
    """CIDRs as they came. InvalidInputError for what is none."""
    for one in given:
        try:
            ip_network(one)
        except ValueError as error:
            raise InvalidInputError(
                f"{one!r} is no network: {said(error)}.",
                field="--allow-network",
                fix="write e.g. 10.0.0.0/8 or 127.0.0.1/32",
            ) from None
    return given


async def _up(options: UpOptions) -> None:
    from kvasir_services.embedded.platform import supervise  # noqa: PLC0415 - the other commands start without it

    with _progress_bar() as (progress, task):
        async with supervise(options) as supervisor:
            stopped = _stop_on_signals()
            watcher = asyncio.create_task(_show_progress(supervisor, progress, task))
            _print_welcome(supervisor)
            await stopped.wait()
            watcher.cancel()
            console.print("Stopping.")


async def _demo(options: UpOptions, questions: Sequence[str], *, stay: bool) -> bool:
    """Whether every answer had a citation and all were verified."""
    from kvasir_services.embedded.platform import supervise  # noqa: PLC0415 - the other commands start without it

    async with supervise(options) as supervisor:
        stopped = _stop_on_signals()
        await _wait_ready(supervisor)
        _print_welcome(supervisor)
        deployment = next(one for one in supervisor.driver.objects.all() if isinstance(one, ChatDeployment))
        key = _key(supervisor, deployment.namespace or "")
        verified = True
        for question in questions:
            console.print(f"\n> {question}", style="bold", markup=False)
            verified &= await asyncio.to_thread(_ask, supervisor.driver.url or "", key, deployment.name, question)
        if stay:
            console.print("\nThe platform stays up; Ctrl-C stops it.")
            await stopped.wait()
        return verified


def _ask(url: str, key: str, deployment: str, question: str) -> bool:
    with gateway(url, key) as client:
        _, citations = answer(client, deployment, [{"role": "user", "content": question}])
    return bool(citations) and all(one["verified"] for one in citations)


async def _wait_ready(supervisor: "Supervisor") -> None:
    """Until every ChatDeployment is Ready, showing the bar meanwhile."""
    with _progress_bar() as (progress, task):
        shown = asyncio.create_task(_show_progress(supervisor, progress, task))
        try:
            async with asyncio.timeout(_READY_SECONDS):
                await _until(lambda: _all_ready(supervisor))
        except TimeoutError:
            raise DeadlineExceededError(f"Not ready after {_READY_SECONDS:g} s: {_why_not(supervisor)}") from None
        finally:
            shown.cancel()


async def _until(holds: Callable[[], bool]) -> None:
    while not holds():  # noqa: ASYNC110 - status has no event of its own; this is a person's eye, not a hot path
        await asyncio.sleep(0.1)


def _deployments(supervisor: "Supervisor") -> Sequence[ChatDeployment]:
    return [one for one in supervisor.driver.objects.all() if isinstance(one, ChatDeployment)]


def _all_ready(supervisor: "Supervisor") -> bool:
    found = [one.status.condition(READY) for one in _deployments(supervisor)]
    return bool(found) and all(one is not None and one.status == "True" for one in found)


def _why_not(supervisor: "Supervisor") -> str:
    found = [one.status.condition(READY) for one in _deployments(supervisor)]
    return "; ".join(one.message for one in found if one is not None and one.status != "True")


def _key(supervisor: "Supervisor", tenant: str) -> str:
    return (supervisor.directory.bootstrap_keys / tenant).read_text(encoding="utf-8")


def _print_welcome(supervisor: "Supervisor") -> None:
    console.print(f"Kvasir is up at [bold]{supervisor.driver.url}/v1[/bold]")
    for resource in supervisor.driver.objects.all():
        if isinstance(resource, Tenant):
            path = supervisor.directory.bootstrap_keys / resource.name
            key = path.read_text(encoding="utf-8") if path.exists() else "(not ready)"
            console.print(f"  tenant {resource.name}: API key {key}", markup=False)


class _progress_bar:  # noqa: N801 - used as the context manager that it is
    """A bar on a terminal, nothing elsewhere."""

    def __enter__(self) -> tuple[Progress, TaskID]:
        columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
        self._progress = Progress(*columns, console=errors, transient=True, disable=not errors.is_terminal)
        self._progress.start()
        return self._progress, self._progress.add_task("Waiting", total=None, visible=False)

    def __exit__(self, *_: object) -> None:
        self._progress.stop()


async def _show_progress(supervisor: "Supervisor", progress: Progress, task: TaskID) -> None:
    while True:
        live = list(supervisor.driver.ingestion.live.values())
        counts = {name: sum(one.progress.counts[name] for one in live) for name in ("listed", "indexed", "unchanged")}
        stuck = " (stuck)" if any(one.progress.stuck for one in live) else ""
        steps = ", ".join(sorted({str(one.progress.step) for one in live}))
        progress.update(
            task,
            description=f"Ingestion: {steps}{stuck}",
            completed=counts["indexed"] + counts["unchanged"],
            total=counts["listed"] or None,
            visible=bool(live),
        )
        await asyncio.sleep(0.2)


def _stop_on_signals() -> asyncio.Event:
    stopped = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    return stopped
