"""Secrets of subscriptions are encrypted in the database, with a key that no backup has."""

import json
import os
import re
import stat
from pathlib import Path
from typing import Any

import pytest
from cryptography.fernet import Fernet
from sqlalchemy import text
from typer.testing import CliRunner

from api.backup import backup
from api.settings import Settings
from api.store.engine import Store, open_store
from api.store.migrate import upgrade
from api.store.secret_rows import locked, rotate
from api.store.subscriptions import find_all, receivers, secrets_of
from api.vault import FILE, VARIABLE, SecretsLocked, Vault
from cli.main import app
from tests.api.conftest import Api
from tests.clocks.test_reckon import moment

NOW = moment("2036-11-25 09:00")
EGOVA = {
    "client_id": "five-chief", "client_secret": "a-secret-of-theirs", "sender_code": "ZQ_AI",
}  # fmt: skip


@pytest.fixture
def subscribed(api: Api) -> Api:
    hook = {"name": "a hook", "url": "https://receiver.example/hook"}
    made = api.post("/v1/subscriptions", json=hook)
    assert made.status_code == 201, made.text
    platform = {
        "name": "eGova",
        "url": "https://egova.example/",
        "egova": EGOVA,
    }
    made = api.post("/v1/subscriptions", json=platform)
    assert made.status_code == 201, made.text
    return api


def raw(store: Store) -> tuple[str, dict[str, Any]]:
    """The secret and the options as the database's file has them."""
    with store.engine.connect() as connection:
        secret = connection.execute(text("SELECT secret FROM subscription_secrets")).scalar_one()
        query = text("SELECT options FROM subscriptions WHERE adapter = 'egova'")
        options = connection.execute(query).scalar_one()
    return secret, json.loads(options) if isinstance(options, str) else options


def opened_of(store: Store) -> tuple[list[str], str]:
    hook = next(one for one in find_all(store, None) if one.adapter == "webhook")
    egova = next(one for one in receivers(store, NOW) if one.adapter == "egova")
    secret: str = store.vault.open_options(egova.options)["client_secret"]
    return secrets_of(store, hook.id, NOW), secret


def test_no_secret_stands_in_the_database_and_each_can_be_used(subscribed: Api) -> None:
    store = open_store(subscribed.settings)
    secret, options = raw(store)
    assert secret.startswith("fernet:")
    assert options["client_secret"].startswith("fernet:")
    assert options["client_id"] == "five-chief"
    (plain,), client_secret = opened_of(store)
    assert plain.startswith("whsec_")
    assert client_secret == "a-secret-of-theirs"
    store.engine.dispose()


def test_the_key_is_its_owners_alone(subscribed: Api) -> None:
    file = subscribed.settings.data / FILE
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_a_backup_has_no_key_and_says_so(subscribed: Api, tmp_path: Path) -> None:
    target = tmp_path / "copy"
    contents = backup(subscribed.settings, target, lambda *_: None)
    assert "not in this backup" in contents.secrets_key
    key = (subscribed.settings.data / FILE).read_bytes().strip()
    for path in target.rglob("*"):
        if path.is_file():
            assert key not in path.read_bytes()


def test_what_was_kept_in_the_clear_is_encrypted_when_a_store_is_opened(subscribed: Api) -> None:
    store = open_store(subscribed.settings)
    expected = opened_of(store)
    with store.writing() as session:
        session.execute(
            text("UPDATE subscription_secrets SET secret = :it"), {"it": expected[0][0]}
        )
        plain = json.dumps(EGOVA)
        session.execute(
            text("UPDATE subscriptions SET options = :it WHERE adapter = 'egova'"), {"it": plain}
        )
    assert opened_of(store) == expected  # until then it is used as it is
    upgrade(store)
    assert raw(store)[0].startswith("fernet:")
    assert raw(store)[1]["client_secret"].startswith("fernet:")
    assert opened_of(store) == expected
    store.engine.dispose()


def test_a_rotated_key_reaches_a_running_server(subscribed: Api) -> None:
    running, other = open_store(subscribed.settings), open_store(subscribed.settings)
    expected, before, file = opened_of(running), raw(running), subscribed.settings.data / FILE
    key = file.read_text()
    assert rotate(other) == 2
    assert opened_of(running) == expected
    assert raw(running)[0] != before[0]
    assert file.read_text() != key
    assert len(file.read_text().splitlines()) == 1
    running.engine.dispose()
    other.engine.dispose()


def test_another_key_opens_nothing_and_the_error_says_what_to_do(subscribed: Api) -> None:
    store = open_store(subscribed.settings)
    assert locked(store) is None
    file = subscribed.settings.data / FILE
    former = file.read_bytes()
    file.write_bytes(Fernet.generate_key())
    with pytest.raises(SecretsLocked, match=f"{FILE}: is not the key .* Bring back"):
        opened_of(store)
    assert "Bring back" in str(locked(store))
    with pytest.raises(SecretsLocked):
        rotate(store)
    file.unlink()
    assert re.match(rf"{file}: is not there\. Put the copy .* anew", str(locked(store)))
    file.write_bytes(b"")
    assert str(locked(store)).startswith(f"{file}: has no key. Put the copy")
    file.write_bytes(former)
    assert locked(store) is None
    store.engine.dispose()


def test_keys_may_come_from_the_environment_newest_first(tmp_path: Path) -> None:
    old, new = (Fernet.generate_key().decode() for _ in range(2))
    kept = Vault(tmp_path / FILE, old).seal("word")
    both = Vault(tmp_path / FILE, f"{new},{old}")
    assert both.open(kept) == "word"
    assert Vault(tmp_path / FILE, new).open(both.seal("word")) == "word"
    assert not (tmp_path / FILE).exists()
    with pytest.raises(SecretsLocked, match=f"{VARIABLE}: .* make one with"):
        Vault(tmp_path / FILE, "too-short").seal("word")


def test_the_command_rotates(subscribed: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    settings: Settings = subscribed.settings
    if settings.database_url is not None:
        monkeypatch.setitem(os.environ, "FIVE_CHIEF_DATABASE_URL", settings.database_url)
    done = CliRunner().invoke(app, ["secrets", "rotate", "--data", str(settings.data)])
    assert done.exit_code == 0, done.output
    assert "2 secrets" in done.output
