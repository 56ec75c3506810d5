"""JSON logs, one object a line, for our code and for vLLM's alike; never prompts.

Levels stand at the loggers, not at the root: a library that vLLM imports sets the root's level to its own liking.
httpx would log addresses with their queries, in which there may be keys.
vLLM reads the same configuration file in each of its processes, so that a line looks alike whoever wrote it (but for
the few that C++ writes, and those of an engine process that is still importing).
"""

import json
import logging
import logging.config
import os
from datetime import UTC, datetime
from pathlib import Path

CONFIG = Path(__file__).with_name("logging.json")


def configure() -> None:
    """Log to standard error from here on, in this process and in vLLM's, unless the environment names a file."""
    os.environ.setdefault("VLLM_LOGGING_CONFIG_PATH", str(CONFIG))
    logging.config.dictConfig(json.loads(CONFIG.read_text(encoding="utf-8")))
    logging.captureWarnings(True)


class JsonFormatter(logging.Formatter):
    """A record as one JSON object; what a caller gives as extra={"fields": {...}} stands beside the message."""

    def format(self, record: logging.LogRecord) -> str:
        """The line."""
        line = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
            **getattr(record, "fields", {}),
        }
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False, default=str)
