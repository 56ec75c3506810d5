"""Reading the file `namespace`, which lies beside the live part where other servers may have this one's name.

It is no key of the start part: with a word more in that, the operator would have to replace all pods.
"""

from pathlib import Path

from modelserver_runtime.config import StartConfig
from modelserver_runtime.config.yaml_file import ConfigError

NAME = "namespace"


def full_name(config: StartConfig) -> str:
    """The server's name, after its namespace and a slash where it has one.

    Raises:
        ConfigError: the file is there and cannot be read.
    """
    file = Path(config.live.path).with_name(NAME) if config.live else None
    try:
        namespace = f"{file.read_text(encoding='utf-8').strip()}/" if file else ""
    except FileNotFoundError:
        namespace = ""
    except OSError as error:
        raise ConfigError(f"{file} (beside live.path): cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise ConfigError(f"{file} (beside live.path): is no UTF-8 text (byte {error.start})") from error
    return f"{namespace}{config.server.name}"
