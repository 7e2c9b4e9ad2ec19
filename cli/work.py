"""five-chief work, check, outbox: the worker."""

from typing import Annotated

import typer

from cli.common import (
    JsonFlag,
    err,
    log_to_stderr,
    plain_errors,
    print_json,
    shipped,
    stop_on_signals,
)

Verbose = Annotated[bool, typer.Option("--verbose", "-v", help="Say more.")]


def work(
    config: Annotated[
        str, typer.Option("--config", "-c", help="The worker's YAML file, or a shipped name.")
    ],
    verbose: Verbose = False,
) -> None:
    """Watch the cameras of a configuration and report what is found, until Ctrl-C.

    Whatever is not yet acknowledged by the API stays in the outbox and is sent after the next
    start; a violation that is open goes on as the same one.

    Example: `FIVE_CHIEF_API_KEY=… five-chief work --config district.yaml`
    """
    from detector.errors import DetectorError
    from workers.config import load_config
    from workers.errors import WorkerError
    from workers.worker import Worker
    from yamlfile import YamlFileError

    log_to_stderr(verbose=verbose)
    with plain_errors(YamlFileError, FileNotFoundError, DetectorError, WorkerError):
        worker = Worker(load_config(shipped(config)))
    stop = stop_on_signals()
    worker.run(stop)


def check(
    config: Annotated[str, typer.Argument(help="The worker's YAML file, or a shipped name.")],
    json: JsonFlag = False,
) -> None:
    """Read a configuration as `work` would, models included, and say what is wrong.

    Nothing is started and no camera is opened.

    Example: `five-chief check district.yaml`
    """
    from workers.config import load_config, unwatched
    from yamlfile import YamlFileError

    try:
        read = load_config(shipped(config))
    except (YamlFileError, FileNotFoundError) as error:
        problems = list(getattr(error, "problems", [str(error)]))
        if json:
            print_json({"ok": False, "problems": problems})
        else:
            for problem in problems:
                err.print(problem, markup=False, style="red")
        raise typer.Exit(2) from None
    counts, missing = {"cameras": len(read.cameras), "rules": len(read.rules)}, unwatched(read)
    if json:
        print_json({"ok": True, **counts, "unwatched": list(missing)})
        return
    err.print(f"[green]ok[/]: cameras {counts['cameras']}, rules {counts['rules']}")
    if missing:
        err.print(f"not watched: {', '.join(missing)}; `watch` takes them as the catalogue does")


def outbox(
    config: Annotated[
        str, typer.Option("--config", "-c", help="The worker's YAML file, or a shipped name.")
    ],
    retry: Annotated[
        bool, typer.Option("--retry", help="Send again what the API has refused.")
    ] = False,
    json: JsonFlag = False,
) -> None:
    """Show what waits for the API and what it refused; the worker must be stopped.

    Example: `five-chief outbox --config district.yaml --retry`
    """
    from workers.config import load_config
    from workers.errors import WorkerError
    from workers.store import Store
    from yamlfile import YamlFileError

    with plain_errors(YamlFileError, FileNotFoundError, WorkerError):
        folder = load_config(shipped(config)).state
        if not (folder / "worker.db").exists():
            raise FileNotFoundError(f"{folder}: no worker has kept its state here; check `state`")
        store = Store(folder)
        try:
            again = store.retry_rejected() if retry else 0
            counts, refused = store.counts(), store.refused()
        finally:
            store.close()
    if json:
        print_json(
            {
                "waiting": counts.waiting,
                "sent": counts.sent,
                "refused": counts.rejected,
                "retried": again,
                "refusals": [
                    {"violation_id": m.violation_id, "number": m.number, "answer": answer}
                    for m, answer in refused
                ],
            }
        )
        return
    if again:
        err.print(f"{again} refused messages will be sent again")
    err.print(f"waiting {counts.waiting}, sent {counts.sent}, refused {counts.rejected}")
    for message, answer in refused:
        what = "report" if message.is_report else f"sighting {message.number}"
        err.print(f"  {what} of {message.violation_id}: {answer}", markup=False)
