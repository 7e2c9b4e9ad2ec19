"""five-chief serve: the case API and the operators' page."""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli.common import JsonFlag, err, log_to_stderr, plain_errors, print_json, stop_on_signals

if TYPE_CHECKING:
    from api.oidc import OidcSettings

_OIDC = ("ISSUER", "CLIENT_ID", "CLIENT_SECRET", "LABEL", "CLAIM", "ROLES")


def serve(
    data: Annotated[
        Path, typer.Option(help="Folder of the database and the evidence; made when missing.")
    ],
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to listen on; 0 takes a free one.")] = 8000,
    district: Annotated[
        str, typer.Option(help="Six-digit code of the district; case numbers begin with it.")
    ] = "370114",
    catalogue: Annotated[
        Path | None, typer.Option(help="A catalogue of violations in place of the shipped one.")
    ] = None,
    merging: Annotated[
        Path | None, typer.Option(help="Rules of merging in place of the shipped ones.")
    ] = None,
    sources: Annotated[
        Path | None, typer.Option(help="A table of sources in place of the shipped one.")
    ] = None,
    clocks: Annotated[
        Path | None, typer.Option(help="Working hours, days off and stages' limits, likewise.")
    ] = None,
    dispatch: Annotated[
        Path | None, typer.Option(help="Who is told of a case, when and how, likewise.")
    ] = None,
    chiefs: Annotated[
        Path | None, typer.Option(help="Roles and chiefs to begin with, likewise.")
    ] = None,
    streets: Annotated[
        Path | None,
        typer.Option(help="GeoJSON of the district's streets, for the map without a network."),
    ] = None,
    tiles: Annotated[
        str | None,
        typer.Option(
            help="Address of map tiles on WGS 84, https://HOST/{z}/{x}/{y}.png, to lie under the "
            "streets."
        ),
    ] = None,
    tiles_credit: Annotated[
        str, typer.Option(help="What their licence wants to be read on the map.")
    ] = "",
    channels: Annotated[
        Path | None,
        typer.Option(help="How notices are sent: SMS, e-mail, robots; without it, none is."),
    ] = None,
    json: JsonFlag = False,
) -> None:
    """Take reports from workers, make cases, and serve the operators' page, until Ctrl-C.

    Workers need a key: one of `five-chief key add`, or of FIVE_CHIEF_WORKER_KEYS (one or more,
    comma between them). People sign in with an account of `five-chief user add`, or with
    FIVE_CHIEF_OPERATOR_KEY. Until there is either, a server for this machine alone lets in
    whoever sits at it; any other prints a token that makes the first administrator on the page.
    FIVE_CHIEF_DATABASE_URL takes another database than the SQLite file. FIVE_CHIEF_PUBLIC_URL is
    where others reach this server, for links in what is sent to them; FIVE_CHIEF_OUTWARD_NETWORKS
    (10.20.0.0/16, commas between) may be called although they are not on the public internet.

    Example: `FIVE_CHIEF_WORKER_KEYS=$(openssl rand -base64 24) five-chief serve --data ./data`
    """
    from api.errors import ApiError
    from api.server import serve as run
    from api.settings import Settings
    from api.tiles import Tiles

    log_to_stderr()
    keys = os.environ.get("FIVE_CHIEF_WORKER_KEYS", "")

    def ready(url: str) -> None:
        if json:
            print_json({"url": url})
        err.print(f"[green]page:[/] {url}/   API: {url}/docs   Ctrl-C stops.")

    def first_run(token: str) -> None:
        err.print(
            "[yellow]nobody has an account yet.[/] Make the first administrator on the page, "
            f"within the hour, with this token: {token}\n"
            f"or here: five-chief user add NAME --role admin --data {data}"
        )

    with plain_errors(ApiError):
        settings = Settings(
            data=data,
            worker_keys=_words(keys),
            operator_key=os.environ.get("FIVE_CHIEF_OPERATOR_KEY") or None,
            database_url=os.environ.get("FIVE_CHIEF_DATABASE_URL") or None,
            district=district,
            catalogue=catalogue,
            merging=merging,
            sources=sources,
            clocks=clocks,
            dispatch=dispatch,
            chiefs=chiefs,
            channels=channels,
            streets=streets,
            tiles=None if tiles is None else Tiles(tiles, tiles_credit),
            host=host,
            oidc=_provider(),
            public_url=os.environ.get("FIVE_CHIEF_PUBLIC_URL") or None,
            outward_networks=_words(os.environ.get("FIVE_CHIEF_OUTWARD_NETWORKS", "")),
        )
        run(settings, port=port, ready=ready, first_run=first_run, stop=stop_on_signals())


def _provider() -> "OidcSettings | None":
    """FIVE_CHIEF_OIDC_ISSUER, _CLIENT_ID, _CLIENT_SECRET, _LABEL, _CLAIM, _ROLES (group=role,…)."""
    from api.errors import SettingsInvalid
    from api.oidc import OidcSettings
    from api.schema import Role

    said = {name: os.environ.get(f"FIVE_CHIEF_OIDC_{name}", "") for name in _OIDC}
    if not said["ISSUER"]:
        return None
    pairs = [word.partition("=") for word in _words(said["ROLES"])]
    wrong = [f"{group}={role}" for group, _, role in pairs if role not in [*Role]]
    if wrong or not pairs or not said["CLIENT_ID"]:
        raise SettingsInvalid(
            "FIVE_CHIEF_OIDC_CLIENT_ID and FIVE_CHIEF_OIDC_ROLES go with FIVE_CHIEF_OIDC_ISSUER: "
            f"give roles as GROUP=ROLE, commas between, ROLE one of {', '.join(Role)}"
            + (f"; wrong are {', '.join(wrong)}" if wrong else "")
        )
    return OidcSettings(
        issuer=said["ISSUER"],
        client_id=said["CLIENT_ID"],
        client_secret=said["CLIENT_SECRET"] or None,
        label=said["LABEL"] or "OpenID",
        claim=said["CLAIM"] or "roles",
        roles={group: Role(role) for group, _, role in pairs},
    )


def _words(text: str) -> tuple[str, ...]:
    return tuple(word.strip() for word in text.split(",") if word.strip())
