"""YAML files read into pydantic models; errors name the file, the line, the key and the fix.

The one reader of every hand-written file: the worker's configuration, a model's card, the
catalogue. It knows nothing of what it reads.
"""

from yamlfile.load import YamlFileError, at, load_yaml

__all__ = ["YamlFileError", "at", "load_yaml"]
