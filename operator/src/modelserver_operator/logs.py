"""Where the operator's log lines go: standard error, plain for people or as one JSON object a line."""

import json
import logging
from datetime import UTC, datetime

PLAIN = "%(asctime)s %(levelname)-7s %(name)s: %(message)s"


class JsonLines(logging.Formatter):
    """One JSON object a line: time (RFC 3339, UTC), level, logger, message, and the traceback if there is one."""

    def format(self, record: logging.LogRecord) -> str:
        """The record as one line."""
        line = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": _message(record),
        }
        if record.exc_info and record.exc_info[0]:
            line["error"] = self.formatException(record.exc_info)
        if record.stack_info:
            line["stack"] = record.stack_info
        return json.dumps(line)


def _message(record: logging.LogRecord) -> str:
    """The message; where its arguments do not fit, both: logging itself would print a traceback between the lines."""
    try:
        return record.getMessage()
    except (TypeError, ValueError, KeyError):
        return f"{record.msg} {record.args}"


def configure(log_format: str, level: str) -> None:
    """Send every logger's lines of at least this level to standard error."""
    handler = logging.StreamHandler()
    handler.setFormatter(JsonLines() if log_format == "json" else logging.Formatter(PLAIN))
    logging.basicConfig(level=level, handlers=[handler], force=True)
    logging.captureWarnings(True)  # else Python prints them as they are
    # kopf tells of every event it hands over; that is ours to tell.
    logging.getLogger("kopf").setLevel(max(logging.getLevelName(level), logging.WARNING) if level != "DEBUG" else level)
    logging.getLogger("aiohttp.access").setLevel(logging.WARNING)
