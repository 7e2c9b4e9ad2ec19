"""Accounts and keys by the command, and the first administrator by the server's token."""

import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx
from click.testing import Result
from typer.testing import CliRunner

from cli.main import app
from tests.cli.test_commands import ROOT

PASSWORD = "correct horse battery"


def run(*arguments: str, stdin: str = "") -> Result:
    return CliRunner().invoke(app, arguments, input=stdin)


def made(*arguments: str, stdin: str = "") -> Any:
    done = run(*arguments, "--json", stdin=stdin)
    assert done.exit_code == 0, done.stderr
    return json.loads(done.stdout)


def test_a_reachable_server_prints_a_token_that_makes_the_first_administrator_once(
    tmp_path: Path,
) -> None:
    command = [sys.executable, "-m", "cli.main", "serve", "--json", "--port", "0"]
    command += ["--host", "0.0.0.0", "--data", str(tmp_path)]  # noqa: S104
    server = subprocess.Popen(
        command, cwd=ROOT, env=dict(os.environ), stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        text=True,
    )  # fmt: skip
    try:
        assert server.stdout is not None
        assert server.stderr is not None
        url = json.loads(server.stdout.readline())["url"].replace("0.0.0.0", "127.0.0.1")  # noqa: S104
        told = next(line for line in server.stderr if "token" in line)
        token = re.search(r"first_\S+", told)
        assert token is not None
        first = {"token": token[0], "name": "li", "password": PASSWORD}
        with httpx.Client(base_url=url, trust_env=False, headers={"Origin": url}) as browser:
            assert browser.get("/v1/cases").status_code == 401
            wrong = browser.post("/v1/first-run", json=first | {"token": "first_guess"})
            assert wrong.status_code == 401
            assert browser.post("/v1/first-run", json=first).status_code == 204
            assert "admin" in browser.get("/v1/me").json()["roles"]
            again = browser.post("/v1/first-run", json=first | {"name": "wang"})
            assert again.status_code == 401
    finally:
        server.send_signal(signal.SIGTERM)
        server.communicate(timeout=20)
    listed = made("user", "list", "--data", str(tmp_path))
    assert [person["name"] for person in listed] == ["li"]


def test_people_are_added_and_disabled_on_the_server_itself(tmp_path: Path) -> None:
    data = ["--data", str(tmp_path)]
    person = ["--password-stdin", *data]
    added = made(
        "user", "add", "li", "--role", "admin", "--display", "李", *person, stdin=PASSWORD + "\n"
    )
    assert (added["name"], added["display"], added["roles"]) == ("li", "李", ["admin"])
    given = ["--role", "chief", "--assignment", "lane-7", "--assignment", "street-2", *person]
    chief = run("user", "add", "zhang", *given, "--json", stdin=PASSWORD + "\n")
    assert json.loads(chief.stdout)["assignments"] == ["lane-7", "street-2"]
    assert "no such assignment yet: lane-7, street-2" in chief.stderr.replace("\n", " ")
    short = run("user", "add", "wang", "--role", "clerk", *person, stdin="short\n")
    assert short.exit_code == 2
    assert "password" in short.stderr
    unknown = run("user", "add", "wang", "--role", "king", *person, stdin=PASSWORD)
    assert unknown.exit_code == 2
    assert "operator" in unknown.stderr
    last = run("user", "disable", "li", *data)
    assert last.exit_code == 2
    assert "no administrator would be left" in last.stderr
    assert run("user", "passwd", "li", *person, stdin="another password\n").exit_code == 0
    assert "nobody is called" in run("user", "passwd", "zhao", *person, stdin="x").stderr
    assert "李" in run("user", "list", *data).stdout


def test_keys_are_made_rotated_and_revoked_on_the_server_itself(tmp_path: Path) -> None:
    data = ["--data", str(tmp_path)]
    key = made("key", "add", "worker-1", "--scope", "work", "--days", "90", *data)
    assert key["secret"].startswith("fck_")
    assert key["scopes"] == ["work"]
    assert made("key", "rotate", "worker-1", *data)["secret"] != key["secret"]
    assert run("key", "revoke", "worker-1", *data).exit_code == 0
    ended = run("key", "rotate", "worker-1", *data)
    assert ended.exit_code == 2
    assert "revoked" in ended.stderr
    listed = run("key", "list", *data)
    assert "worker-1" in listed.stdout
    assert "revoked" in listed.stdout
    stored = (tmp_path / "five-chief.sqlite3").read_bytes()
    assert key["secret"].encode() not in stored


def test_a_command_works_in_a_process_of_its_own(tmp_path: Path) -> None:
    """Where no other part of the API has been imported, whose tables cases relate to."""
    done = subprocess.run(
        [sys.executable, "-m", "cli.main", "key", "add", "k", "--scope=work", "--data", tmp_path],
        cwd=ROOT, capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
