"""five-chief confirm-view: a camera that has moved looks where it should."""

from typing import Annotated

import typer

from cli.common import err, plain_errors, shipped


def confirm_view(
    camera: Annotated[str, typer.Argument(help="The camera's id.")],
    config: Annotated[
        str, typer.Option("--config", "-c", help="The worker's YAML file, or a shipped name.")
    ],
) -> None:
    """Say that a camera's view is right as it is: its zones count again.

    For a camera that counts as moved (`five-chief status` says so), once its zones were drawn anew
    or fit the view as it is now. The next picture becomes what later ones are held against. The
    worker may run or not.

    Example: `five-chief confirm-view gate-3 --config district.yaml`
    """
    from workers.config import load_config
    from workers.errors import WorkerError
    from workers.health import confirm_view, health_folder
    from yamlfile import YamlFileError

    with plain_errors(YamlFileError, FileNotFoundError, WorkerError, OSError):
        state = load_config(shipped(config)).state
        folder = health_folder(state, camera)
        if not folder.is_dir():
            known = ", ".join(sorted(one.name for one in folder.parent.glob("*"))) or "none yet"
            raise FileNotFoundError(f"{camera}: this worker has not watched it; known: {known}")
        confirm_view(folder)
    err.print(f"{camera}: its next picture is the view that counts")
