"""`kvasir keys`: API keys of a tenant."""

from typing import Annotated

import typer

from kvasir_services.cli.client import control
from kvasir_services.cli.options import DEFAULT_DATA_DIRECTORY, DataDirectoryOption, OutputOption
from kvasir_services.cli.output import Format, console, errors, print_data, print_table

application = typer.Typer(no_args_is_help=True, help="API keys of a tenant.")

TenantOption = Annotated[str, typer.Option("--tenant", help="Name of the Tenant.")]


@application.command()
def create(
    tenant: TenantOption,
    *,
    name: Annotated[str, typer.Option(help="What the key is for.")] = "key",
    group: Annotated[list[str] | None, typer.Option(help="Group whose documents it may read; may be repeated.")] = None,
    data_directory: DataDirectoryOption = DEFAULT_DATA_DIRECTORY,
    output: OutputOption = Format.TABLE,
) -> None:
    """Make a key and print it; it cannot be shown again."""
    with control(data_directory) as client:
        made = client.post("/control/keys", {"tenant": tenant, "name": name, "groups": group or []})
    if output is not Format.TABLE:
        print_data(made, output)
        return
    errors.print(f"Key {made['id']} of tenant {tenant}. It is shown this once:", markup=False)
    print(made["secret"])


@application.command("list")
def list_keys(
    tenant: TenantOption,
    *,
    data_directory: DataDirectoryOption = DEFAULT_DATA_DIRECTORY,
    output: OutputOption = Format.TABLE,
) -> None:
    """List keys without their secrets."""
    with control(data_directory) as client:
        keys = client.get("/control/keys", tenant=tenant)
    if output is not Format.TABLE:
        print_data(keys, output)
        return
    columns = ("id", "name", "prefix", "groups", "created", "expires")
    print_table(columns, [[", ".join(key[c]) if c == "groups" else key[c] for c in columns] for key in keys])


@application.command()
def revoke(
    key: Annotated[str, typer.Argument(help="Id of the key.")],
    tenant: TenantOption,
    *,
    data_directory: DataDirectoryOption = DEFAULT_DATA_DIRECTORY,
) -> None:
    """Revoke a key; every process refuses it within seconds."""
    with control(data_directory) as client:
        client.delete("/control/keys", tenant=tenant, key=key)
    console.print(f"Key {key} is revoked.", markup=False)
