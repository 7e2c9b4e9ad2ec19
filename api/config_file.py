"""A configuration file that is given, or the one that is shipped."""

from collections.abc import Iterator
from contextlib import contextmanager
from importlib.resources import as_file, files
from pathlib import Path

from api.errors import ApiError
from yamlfile import YamlFileError


@contextmanager
def config_file(path: Path | None, name: str, error: type[ApiError]) -> Iterator[Path]:
    """The file to read; what is wrong with it inside is raised as `error`.

    Args:
        path: a file of the district's own, or None.
        name: the shipped one's, in `configs/`.
        error: what a file that is missing, is no YAML, or breaks its schema is raised as.
    """
    try:
        if path is not None:
            yield path
            return
        with as_file(files("configs") / name) as shipped:
            yield shipped
    except YamlFileError as wrong:
        raise error(str(wrong)) from wrong
