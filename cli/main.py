"""five-chief: the one command. Each subcommand imports its room only when it runs."""

from importlib import metadata
from typing import Annotated

import typer

from cli import (
    confirm,
    demo,
    describe,
    find,
    health,
    keep,
    measure,
    memory,
    people,
    replay,
    serve,
    simulate,
    status,
    tune,
    work,
)

app = typer.Typer(
    name="five-chief",
    no_args_is_help=True,
    invoke_without_command=True,
    pretty_exceptions_enable=False,
    add_completion=False,
    rich_markup_mode="markdown",
    help=(
        "The 24-hour chief: watches a district's cameras, finds street vending, litter and bad "
        "manhole covers, and files each one once, as a case.\n\n"
        "**Start here:** `five-chief demo` shows the whole of it on this machine, without a camera."
    ),
    epilog="Each subcommand has an example: `five-chief work --help`.",
)


@app.callback()
def about(
    version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False,
) -> None:
    """The 24-hour chief."""
    if version:
        typer.echo(metadata.version("smart-five-chief"))
        raise typer.Exit


app.command("demo", rich_help_panel="Try it")(demo.demo)
app.command("simulate", rich_help_panel="Try it")(simulate.simulate)
app.command("check", rich_help_panel="Run it")(work.check)
app.command("work", rich_help_panel="Run it")(work.work)
app.command("status", rich_help_panel="Run it")(status.status)
app.command("confirm-view", rich_help_panel="Run it")(confirm.confirm_view)
app.command("openapi", rich_help_panel="Run it")(describe.openapi)
app.command("outbox", rich_help_panel="Run it")(work.outbox)
app.command("memory", rich_help_panel="Run it")(memory.memory)
app.command("discover", rich_help_panel="Run it")(find.discover)
app.command("channels", rich_help_panel="Run it")(find.channels)
app.command("serve", rich_help_panel="Run it")(serve.serve)
app.command("replay", rich_help_panel="Tune it")(replay.replay)
app.command("score", rich_help_panel="Tune it")(replay.score)
app.command("evaluate", rich_help_panel="Tune it")(measure.evaluate)
app.command("compare", rich_help_panel="Tune it")(measure.compare)
app.command("detect", rich_help_panel="Tune it")(measure.detect)
app.command("health", rich_help_panel="Tune it")(health.health)
app.command("calibrate", rich_help_panel="Tune it")(measure.calibrate)
app.command("verify", rich_help_panel="Keep it")(keep.verify)
app.command("backup", rich_help_panel="Keep it")(keep.backup)
app.command("restore", rich_help_panel="Keep it")(keep.restore)
app.add_typer(keep.secrets, name="secrets", rich_help_panel="Keep it")
app.add_typer(people.user, name="user", rich_help_panel="Keep it")
app.add_typer(people.key, name="key", rich_help_panel="Keep it")
app.command("train", rich_help_panel="Tune it")(tune.train)
app.command("export", rich_help_panel="Tune it")(tune.export)
app.command("quantize", rich_help_panel="Tune it")(tune.quantize)
app.command("train-rescoring", rich_help_panel="Tune it")(tune.train_rescoring)


def run() -> None:
    """Entry point of the installed command."""
    app()


if __name__ == "__main__":
    run()
