"""The process dies at the worst moment; the receiver misses nothing."""

import multiprocessing
import signal
from multiprocessing.connection import Connection

from api.server import serve
from api.settings import Settings
from tests.api.conftest import Api, picture
from tests.outward.receiver import Receiver, Reply

JPEG = picture()
FORKS = multiprocessing.get_context("forkserver")
FORKS.set_forkserver_preload(["tests.outward.test_killed"])


def serve_here(settings: Settings, address: Connection) -> None:
    """Runs in the server's process."""
    serve(settings, port=0, ready=address.send)


def start(settings: Settings) -> tuple[multiprocessing.process.BaseProcess, Api]:
    ours, theirs = FORKS.Pipe(duplex=False)
    process = FORKS.Process(target=serve_here, args=(settings, theirs))
    process.start()
    theirs.close()
    assert ours.poll(30), "the server does not come up"
    return process, Api(ours.recv(), settings)


def kill(process: multiprocessing.process.BaseProcess, api: Api) -> None:
    process.kill()
    process.join(10)
    assert process.exitcode == -signal.SIGKILL
    api.close()


def test_killed_between_the_receivers_answer_and_its_record_it_sends_the_same_id_again(
    settings: Settings, receiver: Receiver
) -> None:
    process, api = start(settings)
    receiver.answer = lambda _got: Reply(after_s=30)  # it has the message, we have no answer
    api.post("/v1/subscriptions", json={"name": "x", "url": receiver.url})
    numbers = [api.file(JPEG)["number"] for _ in range(8)]
    under_way = receiver.wait_for(4)
    kill(process, api)
    receiver.answer = lambda _got: Reply()
    process, api = start(settings)
    try:
        receiver.wait_for(12, 20)
        ids = {got.headers["webhook-id"]: got.json()["subject"] for got in receiver.got}
        assert sorted(ids.values()) == numbers, "each case once, when repeats are told by their id"
        repeated = {got.headers["webhook-id"] for got in under_way}
        again = [got.headers["webhook-id"] for got in receiver.got[4:]]
        assert repeated <= set(again)
    finally:
        kill(process, api)
