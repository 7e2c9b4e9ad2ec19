"""Which store a server's folder belongs to, noted in it: no command may take another for it.

The evidence lies in the folder, the rows that cite it may lie in PostgreSQL. A command that is
started without FIVE_CHIEF_DATABASE_URL would else find an empty SQLite store, and call it whole.
"""

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path

from sqlalchemy.engine import make_url

from api.errors import WrongStore
from api.settings import DATABASE_URL, SQLITE_FILE, Settings

FILE = "store.json"
_POSTGRESQL_PORT = 5432


@dataclass(frozen=True, slots=True)
class Belonging:
    """A store by its name, without user and password.

    Attributes:
        kind: `sqlite`, `postgresql` or whatever else SQLAlchemy calls it.
        database: its name on the host; SQLite: the file, by its name alone if in the folder.
        host: empty for a file, and for a server that is reached by its socket.
        port: 0 where there is none.
    """

    kind: str
    database: str
    host: str = ""
    port: int = 0

    def __str__(self) -> str:
        at = f" on {self.host}:{self.port}" if self.host else ""
        return f"{self.kind} {self.database}{at}"


def belonging_of(settings: Settings) -> Belonging:
    """The store that the settings name."""
    if settings.database_url is None:
        # By its name alone: a folder may be moved.
        return Belonging("sqlite", SQLITE_FILE)
    url = make_url(settings.url)
    kind, database = url.get_backend_name(), url.database or ""
    if kind == "sqlite":
        path = Path(database).resolve()
        inside = path == (settings.data / SQLITE_FILE).resolve()
        return Belonging(kind, SQLITE_FILE if inside else str(path))
    host = url.host or url.query.get("host", "")
    port = url.port or (_POSTGRESQL_PORT if kind == "postgresql" else 0)
    return Belonging(kind, database, host if isinstance(host, str) else ",".join(host), port)


def check_belonging(settings: Settings) -> None:
    """Hold the settings against the folder's note; a folder of before has none, and is taken.

    Raises:
        WrongStore: they name another store, or the note cannot be read.
    """
    path = settings.data / FILE
    try:
        noted = Belonging(**json.loads(path.read_text("utf-8")))
    except FileNotFoundError:
        return
    except (OSError, ValueError, TypeError) as error:
        raise WrongStore(
            f"{path}: does not say which store the folder belongs to ({error}). Take it away if "
            f"{DATABASE_URL} is right; the next start of the server writes it anew"
        ) from error
    named = belonging_of(settings)
    if noted == named:
        return
    if noted.kind == "sqlite" and noted.database == SQLITE_FILE:
        fix = f"unset {DATABASE_URL}"
    elif settings.database_url is None:
        fix = f"{DATABASE_URL} is not set: set it as for five-chief serve"
    else:
        fix = f"set {DATABASE_URL} as for five-chief serve"
    raise WrongStore(
        f"{path}: the folder belongs to {noted}, but this would use {named}; {fix}. If the "
        f"database itself has moved, take {path} away: the next start of the server writes it anew"
    )


def check_file(settings: Settings, *, may_make: bool = False) -> None:
    """See that a SQLite store is there, since opening one that is not would make an empty one.

    Args:
        settings: of the server.
        may_make: a folder where nothing was ever served may get one.

    Raises:
        WrongStore: it is not there.
    """
    file = settings.sqlite_file
    if file is None or file.is_file() or (may_make and not settings.evidence.exists()):
        return
    raise WrongStore(
        f"{file}: is not there, so there is no store to read; give the folder of a server as "
        f"--data, and set {DATABASE_URL} as for five-chief serve if its database is PostgreSQL"
    )


def note_belonging(settings: Settings, folder: Path | None = None) -> None:
    """Note in the folder (or in one that will become it) which store it belongs to, once."""
    path = (folder or settings.data) / FILE
    half = path.with_name(f".{FILE}-{os.getpid()}")
    half.write_text(json.dumps(asdict(belonging_of(settings))) + "\n", "utf-8")
    try:
        os.link(half, path)  # whole or not at all, and never over another's
    except FileExistsError:
        pass
    finally:
        half.unlink()
