"""The download itself: plan, space, files, done."""

import logging
import threading
import time
from collections.abc import Iterable
from concurrent.futures import FIRST_EXCEPTION, Future, ThreadPoolExecutor, wait
from itertools import chain, repeat

from modelserver_runtime.download import sentences
from modelserver_runtime.download.errors import NotPossibleError
from modelserver_runtime.download.files import RemoteFile
from modelserver_runtime.download.hub import Hub
from modelserver_runtime.download.marker import Marker
from modelserver_runtime.download.patience import Patience
from modelserver_runtime.download.place import Place
from modelserver_runtime.download.progress import Progress, amount, duration
from modelserver_runtime.download.source import Source
from modelserver_runtime.download.transfer import Transfer

PARALLEL = 4  # files at once: one connection rarely fills the line
SAY_SECONDS = (1, 5)  # the first line soon, then every so often

log = logging.getLogger(__name__)


def fetch(source: Source, place: Place, retry_seconds: float) -> None:
    """Fills the place, whose lock the caller holds; raises DownloadError and OSError."""
    hub, patience, began = Hub(source), Patience(retry_seconds, threading.Event()), time.monotonic()
    plan = patience.persist(source.host, hub.plan, lambda: 0)
    place.prepare(plan)
    there = sum(map(place.already, plan.files))
    _check_space(place, plan, there)
    log.info(
        "downloading %s at commit %s from %s: %d files, %s, of which %s are there",
        source.repo, plan.commit, source.host, len(plan.files), amount(plan.size), amount(there),
    )  # fmt: skip
    # What lies in partial files counts once it is hashed, which takes a while of its own.
    progress = Progress(plan.size, sum(file.size for file in plan.files if place.has(file)))
    transfer = Transfer(hub=hub, commit=plan.commit, place=place, progress=progress, patience=patience)
    _bring_all(transfer, [file for file in plan.files if not place.has(file)])
    place.finish()
    log.info("downloaded and checked in %s: %s", duration(time.monotonic() - began), place.target)


def _check_space(place: Place, plan: Marker, there: int) -> None:
    if place.limit is not None and plan.size > place.limit:
        raise NotPossibleError(sentences.above_limit(plan.repo, amount(plan.size), amount(place.limit)))
    needed, free = plan.size - there, place.free()
    if needed > free:
        raise NotPossibleError(sentences.no_space(plan.repo, amount(needed), amount(free)))


def _bring_all(transfer: Transfer, missing: Iterable[RemoteFile]) -> None:
    with ThreadPoolExecutor(PARALLEL, thread_name_prefix="download") as pool:
        try:
            _watch([pool.submit(transfer.bring, file) for file in missing], transfer.progress)
        finally:
            transfer.patience.stop.set()
            pool.shutdown(cancel_futures=True)


def _watch(transfers: list[Future[None]], progress: Progress) -> None:
    """Says how far it is until all are done; raises what the first that fails raises."""
    pauses = chain(SAY_SECONDS, repeat(SAY_SECONDS[-1]))
    while True:
        done, open_ = wait(transfers, timeout=next(pauses), return_when=FIRST_EXCEPTION)
        for each in done:
            each.result()
        if not open_:
            return
        log.info("%s", progress.line())
