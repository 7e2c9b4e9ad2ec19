"""A PostgreSQL server of the tests' own, where one is installed."""

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

# PostgreSQL does not run as root.
USER = "postgres" if os.geteuid() == 0 else pwd.getpwuid(os.geteuid()).pw_name


def tools() -> Path | None:
    initdb = shutil.which("initdb") or next(
        (str(path) for path in sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))), None
    )
    return Path(initdb).resolve().parent if initdb else None


@contextmanager
def postgres_server() -> Iterator[str]:
    """Its address, on a free port; skips where there is no server or driver."""
    pytest.importorskip("psycopg", reason="the `postgres` extra is not installed")
    binaries = tools()
    if binaries is None or USER not in {entry.pw_name for entry in pwd.getpwall()}:
        pytest.skip("no PostgreSQL server is installed")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        data = Path(folder) / "pg"
        data.mkdir()
        shutil.chown(data, USER)
        as_owner: Any = {"user": USER, "cwd": data, "stdout": subprocess.DEVNULL}
        init = [binaries / "initdb", "-D", data, "-A", "trust", "-U", "chief", "--no-sync"]
        subprocess.run(init, check=True, **as_owner)
        options = (
            f"-p {port} -k {data} -c listen_addresses=127.0.0.1 -c fsync=off -c max_connections=300"
        )
        control = [binaries / "pg_ctl", "-D", data, "-w", "-l", data / "log"]
        subprocess.run([*control, "-o", options, "start"], check=True, **as_owner)
        try:
            yield f"postgresql://chief@127.0.0.1:{port}/postgres"
        finally:
            subprocess.run([*control, "-m", "immediate", "stop"], check=True, **as_owner)


def new_database(server: str) -> str:
    """The address of an empty database on a server."""
    import psycopg

    name = f"t{uuid4().hex}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}".encode())
    return f"{server.rpartition('/')[0]}/{name}"
