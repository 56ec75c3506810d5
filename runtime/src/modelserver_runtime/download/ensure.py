"""The way through: warm, or the lock, warm meanwhile, or the download. A warm cache needs no network and no hub."""

import errno
import logging
from pathlib import Path

from modelserver_runtime.download import asked, sentences
from modelserver_runtime.download.errors import NotNowError, NotPossibleError
from modelserver_runtime.download.place import Place
from modelserver_runtime.download.source import Source

FULL = {errno.ENOSPC, errno.EDQUOT}

log = logging.getLogger(__name__)


def ensure(
    source: Source,
    to: Path,
    retry_seconds: float,
    storage_limit_bytes: int | None = None,
    progress_port: int | None = None,
) -> None:
    """Returns once the folder holds the model, whole and checked; raises DownloadError."""
    place = Place(to, storage_limit_bytes)
    try:
        if place.holds(source.repo, source.revision):
            log.info("%s at %s is there already: %s", source.repo, source.revision, place.target)
            return
        with asked.answering(progress_port, place.arrived), place.locked():
            if place.holds(source.repo, source.revision):
                log.info("%s at %s has been downloaded meanwhile: %s", source.repo, source.revision, place.target)
                return
            _fetch(source, place, retry_seconds)
    except OSError as error:
        if error.errno in FULL:
            raise NotPossibleError(sentences.full(str(place.target))) from error
        raise NotNowError(sentences.disk(error)) from error


def _fetch(source: Source, place: Place, retry_seconds: float) -> None:
    from modelserver_runtime.download.fetch import fetch  # half a second of imports

    fetch(source, place, retry_seconds)
