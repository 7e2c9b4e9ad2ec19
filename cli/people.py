"""five-chief user and five-chief key: who may use the API, on the server itself."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from cli.common import JsonFlag, err, out, plain_errors, print_json

if TYPE_CHECKING:
    from api.schema import MadeKey
    from api.store.engine import Store

user = typer.Typer(no_args_is_help=True, help="Accounts of people, in the data folder of a server.")
key = typer.Typer(no_args_is_help=True, help="Keys of workers and integrators.")

Data = Annotated[Path, typer.Option(help="The server's folder; it may be running.")]
_Stdin = Annotated[
    bool, typer.Option("--password-stdin", help="Read the password from stdin, one line.")
]


@contextmanager
def opened_store(data: Path, *, make: bool = False) -> Iterator["Store"]:
    """The server's store, brought up to date; FIVE_CHIEF_DATABASE_URL as for `serve`.

    Args:
        data: the server's folder.
        make: a folder where nothing was ever served may get a store, as by `serve`; else a store
            that is not there is an error.
    """
    from pydantic import ValidationError

    from api.errors import ApiError, SettingsInvalid
    from api.settings import Settings
    from api.store.belonging import FILE, check_belonging, check_file, note_belonging
    from api.store.engine import open_store
    from api.store.keys import KeyProblem
    from api.store.migrate import upgrade
    from api.store.people import PeopleError

    url = os.environ.get("FIVE_CHIEF_DATABASE_URL") or None
    with plain_errors(ApiError, PeopleError, KeyProblem):
        settings = Settings(data=data, worker_keys=(), database_url=url)
        known = settings.evidence.is_dir() or (data / FILE).is_file()
        if not make and not known:
            raise SettingsInvalid(f"--data: {data} is not the folder of a server: {data}/evidence")
        check_belonging(settings)
        check_file(settings, may_make=make)
        data.mkdir(mode=0o700, parents=True, exist_ok=True)
        store = open_store(settings)
        try:
            upgrade(store)
            if make:
                note_belonging(settings)
            yield store
        except ValidationError as error:
            for item in error.errors():
                place = ".".join(map(str, item["loc"]))
                err.print(f"[red]error:[/] {place}: {item['msg']}", markup=True)
            raise typer.Exit(2) from None
        finally:
            store.engine.dispose()


def _password(name: str, *, stdin: bool) -> str:
    if stdin:
        return sys.stdin.readline().rstrip("\r\n")
    said: str = typer.prompt(
        f"password for {name} (10 characters or more)", hide_input=True, confirmation_prompt=True
    )
    return said


@user.command("add")
def add_user(
    name: Annotated[str, typer.Argument(help="What they sign in with, in lower case.")],
    data: Data,
    role: Annotated[
        list[str], typer.Option(help="operator, clerk, chief, engineer or admin; may come again.")
    ],
    display: Annotated[str, typer.Option(help="The name that is shown.")] = "",
    assignment: Annotated[
        list[str] | None,
        typer.Option(help="Code of a chief's street, lane or shop: only its cases are theirs."),
    ] = None,
    password_stdin: _Stdin = False,
    json: JsonFlag = False,
) -> None:
    """Give a person an account; the first one ends the machine's being open to all who sit at it.

    Example: `five-chief user add li --role admin --role operator --display 李 --data ./data`
    """
    from api.schema import NewPerson
    from api.store.audit import CONSOLE
    from api.store.chiefs import unknown_assignments
    from api.store.people import add_person

    with opened_store(data, make=True) as store:
        fields = {"name": name, "display": display, "roles": role, "password": "x" * 10}
        fields["assignments"] = assignment or []
        NewPerson.model_validate(fields)  # before a password is asked for in vain
        fields["password"] = _password(name, stdin=password_stdin)
        person = add_person(store, NewPerson.model_validate(fields), CONSOLE, datetime.now(UTC))
        unknown = unknown_assignments(store, person.assignments)
    if json:
        print_json(person.model_dump(mode="json"))
    err.print(f"[green]{person.name}[/] may sign in, as {', '.join(person.roles)}")
    if unknown:
        err.print(
            f"[yellow]warning:[/] no such assignment yet: {', '.join(unknown)}; its cases are "
            "theirs once it is there"
        )


@user.command("list")
def list_users(data: Data, json: JsonFlag = False) -> None:
    """Show everyone who has or had an account.

    Example: `five-chief user list --data ./data`
    """
    from api.store.people import list_people

    with opened_store(data) as store:
        everyone = list_people(store)
    if json:
        print_json([person.model_dump(mode="json") for person in everyone])
        return
    table = Table("name", "shown as", "roles", "signs in", "since")
    for person in everyone:
        way = "disabled" if person.disabled_at else "here" if person.password else "elsewhere"
        since = f"{person.created_at:%Y-%m-%d}"
        table.add_row(person.name, person.display, ", ".join(person.roles), way, since)
    out.print(table)


@user.command("disable")
def disable_user(name: str, data: Data) -> None:
    """End a person's account and sessions; the records go on naming them.

    Example: `five-chief user disable li --data ./data`
    """
    from api.schema import PersonChange
    from api.store.audit import CONSOLE
    from api.store.people import change_person, find_person

    with opened_store(data) as store:
        person = find_person(store, name)
        change_person(store, person.id, PersonChange(disabled=True), CONSOLE, datetime.now(UTC))
    err.print(f"[green]{name}[/] cannot sign in any more")


@user.command("passwd")
def set_password(name: str, data: Data, password_stdin: _Stdin = False) -> None:
    """Set a person's password anew, and end their sessions.

    Example: `five-chief user passwd li --data ./data`
    """
    from api.schema import PersonChange
    from api.store.audit import CONSOLE
    from api.store.people import change_person, find_person

    with opened_store(data) as store:
        person = find_person(store, name)
        password = _password(name, stdin=password_stdin)
        change = PersonChange.model_validate({"password": password, "disabled": False})
        change_person(store, person.id, change, CONSOLE, datetime.now(UTC))
    err.print(f"[green]{name}[/] has a new password")


@key.command("add")
def add(
    name: Annotated[str, typer.Argument(help="Of the worker or the system that will use it.")],
    data: Data,
    scope: Annotated[
        list[str],
        typer.Option(help="work, read, evidence, act, intake or subscribe; may come again."),
    ],
    days: Annotated[
        int | None, typer.Option(min=1, help="It ends after so many days; never without.")
    ] = None,
    json: JsonFlag = False,
) -> None:
    """Make a key, and print its secret, which is shown this once.

    Example: `five-chief key add worker-1 --scope work --data ./data`
    """
    from api.schema import NewKey
    from api.store.audit import CONSOLE
    from api.store.keys import add_key

    now = datetime.now(UTC)
    end = None if days is None else now + timedelta(days=days)
    with opened_store(data, make=True) as store:
        new = NewKey.model_validate({"name": name, "scopes": scope, "expires_at": end})
        made = add_key(store, new, CONSOLE, now)
    _show(made, json=json)


@key.command("rotate")
def rotate(
    name: str,
    data: Data,
    overlap_hours: Annotated[
        float,
        typer.Option(
            min=0, max=720, help="The old secret works for so long still; the API's overlap_s."
        ),
    ] = 24,
    json: JsonFlag = False,
) -> None:
    """Give a key a new secret; the old one works a while longer, so that nothing stops.

    Example: `five-chief key rotate worker-1 --overlap-hours 2 --data ./data`
    """
    from api.store.audit import CONSOLE
    from api.store.keys import find_key_id, rotate_key

    with opened_store(data) as store:
        overlap, key_id = timedelta(hours=overlap_hours), find_key_id(store, name)
        made = rotate_key(store, key_id, overlap, CONSOLE, datetime.now(UTC))
    _show(made, json=json)


@key.command("revoke")
def revoke(name: str, data: Data) -> None:
    """End a key; a running server follows within five seconds.

    Example: `five-chief key revoke worker-1 --data ./data`
    """
    from api.store.audit import CONSOLE
    from api.store.keys import find_key_id, revoke_key

    with opened_store(data) as store:
        revoke_key(store, find_key_id(store, name), CONSOLE, datetime.now(UTC))
    err.print(f"[green]{name}[/] does not work any more")


@key.command("list")
def list_all(data: Data, json: JsonFlag = False) -> None:
    """Show all keys, with when each was last used; not their secrets, which are not kept.

    Example: `five-chief key list --data ./data`
    """
    from api.store.keys import list_keys

    with opened_store(data) as store:
        keys = list_keys(store)
    if json:
        print_json([each.model_dump(mode="json") for each in keys])
        return
    table = Table("name", "scopes", "made", "ends", "last used")
    for each in keys:
        ends = "revoked" if each.revoked_at else _day(each.expires_at)
        scopes = ", ".join(each.scopes)
        table.add_row(each.name, scopes, _day(each.created_at), ends, _day(each.last_used_at))
    out.print(table)


def _show(made: "MadeKey", *, json: bool) -> None:
    if json:
        print_json(made.model_dump(mode="json"))
    else:
        typer.echo(made.secret)
    err.print(f"[green]{made.name}[/]: this is the only time that its secret is shown")


def _day(moment: datetime | None) -> str:
    return "" if moment is None else f"{moment:%Y-%m-%d %H:%M}Z"
