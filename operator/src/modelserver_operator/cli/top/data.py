"""A board as data for scripts; docs/top.md says what each key means. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from modelserver_operator.cli.top.board import Board, PodRow, Row
from modelserver_operator.cli.top.figures import Figures, Latency

SCHEMA_VERSION = 1

Data = dict[str, Any]


def data(board: Board, rows: Sequence[Row]) -> Data:
    """All that `--once` tells."""
    return {
        "schemaVersion": SCHEMA_VERSION,
        "seconds": _rounded(board.seconds),
        "servers": [_server(row) for row in rows],
        "notes": list(board.notes),
    }


def _server(row: Row) -> Data:
    server = row.server
    return {
        "namespace": server.key[0] or None,
        "name": server.key[1],
        "state": str(server.state),
        "sentence": server.sentence,
        "todo": server.todo or None,
        "ready": server.ready,
        "pods": {"ready": server.answering, "wanted": server.wanted},
        "model": server.model,
        **_figures(row.figures),
        "refused": _counts(row.figures.refused),
        "deadlinesMissed": _counts(row.figures.missed),
        "emotions": _counts(row.figures.emotions),
        "retunes": int(row.figures.retunes),
        "byName": {name: _measured(figures) for name, figures in row.figures.by_name().items()},
        "podFigures": [_pod(each) for each in row.pods],
    }


def _pod(row: PodRow) -> Data:
    pod, scrape = row.pod, row.pod.scrape
    return {
        "name": pod.name,
        "ready": pod.ready,
        "state": scrape.state if scrape else None,
        "kvCache": _rounded(scrape.cache) if scrape else None,
        "liveRefused": scrape.live_refused if scrape else None,
        "note": pod.why or None,
        **_figures(row.figures),
    }


def _figures(figures: Figures) -> Data:
    return {"running": figures.running, "waiting": figures.waiting, **_measured(figures)}


def _measured(figures: Figures) -> Data:
    return {
        "requests": _counts(figures.outcomes),
        "requestsPerSecond": _rounded(figures.requests),
        "tokensPerSecond": _rounded(figures.tokens),
        "ttftSeconds": _latency(figures.ttft),
        "requestSeconds": _latency(figures.e2e),
    }


def _latency(latency: Latency) -> Data:
    return {"p50": _rounded(latency.p50), "p95": _rounded(latency.p95)}


def _counts(counts: Mapping[str, float]) -> Data:
    return {name: int(count) for name, count in counts.items()}


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)
