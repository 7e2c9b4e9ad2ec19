"""The API's settings.

Messages name keys by the variables that `five-chief serve` takes them from, too.
"""

import ipaddress
from dataclasses import dataclass, field
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from api.errors import SettingsInvalid
from api.oidc import OidcSettings
from api.tiles import Tiles

MIN_KEY_LENGTH = 16
DATABASE_URL = "FIVE_CHIEF_DATABASE_URL"
SQLITE_FILE = "five-chief.sqlite3"
_WORKER_KEYS = "worker_keys (FIVE_CHIEF_WORKER_KEYS)"
_OPERATOR_KEY = "operator_key (FIVE_CHIEF_OPERATOR_KEY)"
MIB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Settings:
    """All that the API needs to be told.

    Attributes:
        data: folder of the SQLite file and the evidence; made when missing.
        worker_keys: any of them lets a worker report, beside the keys that are in the store.
        operator_key: lets operators in. Without it, and until anyone has an account, whoever
            sits at this machine needs neither, if `host` lets in nobody else.
        database_url: SQLAlchemy URL to use in place of the SQLite file in `data`.
        district: six-digit code of the administrative district, the head of case numbers.
        timezone: IANA name of the zone whose days number the cases.
        catalogue: a violations.yaml to use in place of the shipped one.
        clocks: a clocks.yaml to use in place of the shipped one.
        dispatch: a dispatch.yaml to use in place of the shipped one.
        chiefs: a chiefs.yaml that fills empty tables, in place of the shipped one.
        channels: a channels.yaml: how notices are sent; without one, none is.
        merging: a merging.yaml to use in place of the shipped one.
        streets: a GeoJSON file of the district's streets, for maps without a network.
        tiles: a server of map tiles, to lie under the streets.
        sources: a sources.yaml to use in place of the shipped one.
        host: address to listen on.
        max_body_bytes: largest request body taken.
        max_file_bytes: largest evidence file taken.
        max_pixels: largest picture decoded, width times height.
        oidc: an OpenID provider that vouches for people.
        worker_timeout_s: a worker not heard of for so long is taken for gone.
        public_url: address at which others reach this server, for links in what is sent outward.
        outward_networks: networks beyond the public internet that may be called, in CIDR notation.
        job_lease_s: background jobs move to another process when theirs is silent for so long.
    """

    data: Path
    worker_keys: tuple[str, ...] = field(repr=False)
    operator_key: str | None = field(default=None, repr=False)
    database_url: str | None = field(default=None, repr=False)
    district: str = "370114"
    timezone: str = "Asia/Shanghai"
    catalogue: Path | None = None
    clocks: Path | None = None
    dispatch: Path | None = None
    chiefs: Path | None = None
    channels: Path | None = None
    merging: Path | None = None
    sources: Path | None = None
    streets: Path | None = None
    tiles: Tiles | None = None
    host: str = "127.0.0.1"
    max_body_bytes: int = 256 * MIB
    max_file_bytes: int = 128 * MIB
    max_pixels: int = 64_000_000
    worker_timeout_s: float = 60.0
    oidc: OidcSettings | None = None
    job_lease_s: float = 10.0
    public_url: str | None = None
    outward_networks: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        operator_keys = () if self.operator_key is None else (self.operator_key,)
        wrong = [
            name
            for name, keys in ((_WORKER_KEYS, self.worker_keys), (_OPERATOR_KEY, operator_keys))
            if any(len(key) < MIN_KEY_LENGTH or not key.isascii() for key in keys)
        ]
        if wrong:
            raise SettingsInvalid(
                f"{', '.join(wrong)}: keys need {MIN_KEY_LENGTH} or more ASCII characters; "
                'make one with: python3 -c "import secrets; print(secrets.token_urlsafe(24))"'
            )
        if self.operator_key in self.worker_keys:
            raise SettingsInvalid(
                f"{_OPERATOR_KEY}: is also a worker key; a worker could then decide cases. "
                "Use two keys"
            )
        if self.database_url is not None:
            _check_database(self.database_url)
        if not (self.district.isdigit() and len(self.district) == 6):
            raise SettingsInvalid(f"district: {self.district!r} is not a six-digit code: 370114")
        for network in self.outward_networks:
            try:
                ipaddress.ip_network(network)
            except ValueError as error:
                raise SettingsInvalid(
                    "outward_networks (FIVE_CHIEF_OUTWARD_NETWORKS): "
                    f"{error}; write networks as 10.20.0.0/16, commas between them"
                ) from error
        try:
            ZoneInfo(self.timezone)
        except (ZoneInfoNotFoundError, ValueError) as error:
            raise SettingsInvalid(
                f"timezone: {self.timezone!r} is unknown here; use an IANA name such as "
                "Asia/Shanghai (or install tzdata)"
            ) from error

    @property
    def evidence(self) -> Path:
        """The folder of the evidence files."""
        return self.data / "evidence"

    @property
    def url(self) -> str:
        """The SQLAlchemy URL of the store."""
        if self.database_url is not None:
            # The driver that the `postgres` extra brings, whatever SQLAlchemy's own choice is.
            return self.database_url.replace("postgresql://", "postgresql+psycopg://", 1)
        return f"sqlite:///{self.data / SQLITE_FILE}"

    @property
    def is_sqlite(self) -> bool:
        """Whether the store is a SQLite file."""
        return self.url.startswith("sqlite")

    @property
    def sqlite_file(self) -> Path | None:
        """The file of a SQLite store."""
        return Path(self.url.removeprefix("sqlite:///")) if self.is_sqlite else None

    @property
    def trusts_this_machine(self) -> bool:
        """Whether callers from this machine may need neither key nor account."""
        return self.operator_key is None and self.oidc is None and is_loopback(self.host)

    @property
    def zone(self) -> ZoneInfo:
        """The zone whose days number the cases."""
        return ZoneInfo(self.timezone)


def _check_database(url: str) -> None:
    try:
        kind = make_url(url).get_backend_name()
    except ArgumentError:
        kind = "no database's address"
    if kind not in ("sqlite", "postgresql"):
        # Not shown as it is: there may be a password in it.
        raise SettingsInvalid(
            f"database_url ({DATABASE_URL}): is {kind}; write postgresql://USER:PASSWORD@HOST/NAME"
        )


def is_loopback(host: str) -> bool:
    """Whether a listening address is reachable from this machine alone."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
