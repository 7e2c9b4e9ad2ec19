"""five-chief verify, backup and restore: keeping what was filed."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from cli.common import JsonFlag, err, plain_errors, print_json
from cli.people import Data, opened_store

if TYPE_CHECKING:
    from api.settings import Settings


@contextmanager
def _bar() -> Iterator["_Bar"]:
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.completed}/{task.total}"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=err, transient=True) as progress:
        yield _Bar(progress)


class _Bar:
    """A bar for each part of the work."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._tasks: dict[str, int] = {}

    def __call__(self, what: str, done: int, total: int) -> None:
        if what not in self._tasks:
            self._tasks[what] = self._progress.add_task(what, total=total)
        self._progress.update(self._tasks[what], completed=done, total=total)  # type: ignore[arg-type]


def verify(
    data: Data,
    head: Annotated[
        str, typer.Option(help="A head that was noted before, NUMBER:HASH; it must still stand.")
    ] = "",
    json: JsonFlag = False,
) -> None:
    """Walk the evidence chain and every file, and name any byte that is altered, missing or extra.

    The server may be running. Exits with 0 when all is as it was sealed, with 1 when not; prints
    the head of the chain, to be noted elsewhere.

    Example: `five-chief verify --data ./data`
    """
    from api.evidence import EvidenceFolder
    from api.store.chain import Head
    from api.verify import verify as walk

    noted = None
    if head:
        match = re.fullmatch(r"(\d+):([0-9a-f]{64})", head)
        if match is None:
            err.print("[red]error:[/] --head: give NUMBER:HASH, as five-chief verify prints it")
            raise typer.Exit(2)
        noted = Head(int(match[1]), match[2])
    with opened_store(data) as store, _bar() as bar:
        found = walk(store, EvidenceFolder(data / "evidence", 0, 0), noted, bar)
    for finding in found.findings:
        err.print(f"[red]{finding.what}:[/] {finding.where}: {finding.detail}", markup=True)
    summary = f"{found.links} links, {found.files} files, {found.bytes} bytes"
    printed = f"{found.head.number}:{found.head.hash}"
    if json:
        print_json(
            {
                "head": printed,
                "links": found.links,
                "files": found.files,
                "bytes": found.bytes,
                "findings": [
                    {"what": each.what, "where": each.where, "detail": each.detail}
                    for each in found.findings
                ],
            }
        )
    else:
        typer.echo(printed)
    if found.findings:
        err.print(f"[red]{len(found.findings)} findings[/] in {summary}")
        raise typer.Exit(1)
    err.print(f"[green]all as it was sealed:[/] {summary}")


def _settings(data: Path) -> "Settings":
    import os

    from api.settings import Settings

    url = os.environ.get("FIVE_CHIEF_DATABASE_URL") or None
    return Settings(data=data, worker_keys=(), database_url=url)


def backup(
    target: Annotated[Path, typer.Argument(help="A new folder, or a new file that ends in .tar.")],
    data: Data,
    json: JsonFlag = False,
) -> None:
    """Copy database and evidence, consistent with each other; the server may be running.

    FIVE_CHIEF_DATABASE_URL as for `serve`; PostgreSQL is dumped with pg_dump.

    Example: `five-chief backup /backup/2026-11-25 --data ./data`
    """
    from dataclasses import asdict

    from api.backup import backup as copy
    from api.errors import ApiError

    with plain_errors(ApiError), _bar() as bar:
        contents = copy(_settings(data), target, bar)
    if json:
        print_json(asdict(contents))
    err.print(
        f"[green]{target}:[/] all that was acknowledged before {contents.made_at}; "
        f"{contents.files} files, {contents.bytes} bytes, head of the chain {contents.head}"
    )
    err.print(f"[yellow]the key of its secrets is {contents.secrets_key}[/]")


def restore(
    source: Annotated[Path, typer.Argument(help="What five-chief backup made.")],
    data: Annotated[Path, typer.Option(help="The new server's folder; empty or not there yet.")],
    json: JsonFlag = False,
) -> None:
    """Make a server of a backup, bring its tables up to date, and verify it.

    FIVE_CHIEF_DATABASE_URL names the new, empty database, where the old one was PostgreSQL.

    Example: `five-chief restore /backup/2026-11-25 --data ./data-2`
    """
    from dataclasses import asdict

    from api.backup import restore as bring_back
    from api.errors import ApiError
    from api.store.secret_rows import locked

    with plain_errors(ApiError), _bar() as bar:
        contents, found = bring_back(source, _settings(data), bar)
    for finding in found.findings:
        err.print(f"[red]{finding.what}:[/] {finding.where}: {finding.detail}")
    if json:
        print_json({**asdict(contents), "findings": len(found.findings)})
    if found.findings:
        err.print(f"[red]{len(found.findings)} findings:[/] {data} is not as it was sealed")
        raise typer.Exit(1)
    with opened_store(data) as store:
        why = locked(store)
    if why is not None:
        err.print(
            f"[yellow]secrets of subscriptions, addresses of cameras cannot be decrypted:[/] {why}"
        )
    err.print(f"[green]{data}:[/] as of {contents.made_at}, verified: {found.links} links")


secrets = typer.Typer(help="The key that encrypts secrets in the database.", no_args_is_help=True)


@secrets.command("rotate")
def rotate_secrets(data: Data) -> None:
    """Encrypt all secrets with a new key, and forget the former one; the server may be running.

    With keys in FIVE_CHIEF_SECRETS_KEY: put the new one first, restart, run this, then take the
    former ones out.

    Example: `five-chief secrets rotate --data ./data`
    """
    from api.errors import ApiError
    from api.store.secret_rows import rotate

    with plain_errors(ApiError), opened_store(data) as store:
        count = rotate(store)
        where = "FIVE_CHIEF_SECRETS_KEY" if store.vault.by_environment else store.vault.path
    err.print(f"[green]{count} secrets[/] are encrypted with the first key of {where}")
