"""Reading a .env file: NAME=VALUE a line, quotes and comments as usual; what a value holds is never replaced."""

from collections.abc import Iterator
from pathlib import Path

from dotenv.parser import Binding, parse_stream

from modelserver_runtime.config.yaml_file import ConfigError

NAME = Path(".env")


def chosen(named: Path | None) -> Path | None:
    """The file to read: the one that was named, else the working directory's, if there is one."""
    return named or (NAME if NAME.is_file() else None)


def read(file: Path) -> Iterator[tuple[str, str | None, int]]:
    """(name, value, line) of each variable; the value is None where nothing but the name is there.

    Raises:
        ConfigError: the file cannot be read, or a line is no variable. A line is never shown: it may hold a secret.
    """
    try:
        with file.open(encoding="utf-8") as stream:
            bindings = list(parse_stream(stream))
    except OSError as error:
        raise ConfigError(f"{file}: cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise ConfigError(f"{file}: is no UTF-8 text (byte {error.start})") from error
    for binding in bindings:
        if binding.error:
            raise ConfigError(f"{file}: line {_line(binding)} is no NAME=VALUE")
        if binding.key:
            yield binding.key, binding.value, _line(binding)


def _line(binding: Binding) -> int:
    """Blank lines before a variable count as its own."""
    text = binding.original.string
    return binding.original.line + text[: len(text) - len(text.lstrip())].count("\n")
