"""Whether steering is in force in all processes of an engine: vLLM goes on without a plugin that it cannot load. Pure.

What core and workers report is compared with each other and with what was asked for.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from modelserver_runtime.steering.report import VERSION

Report = Mapping[str, Any]
RUNNER = "V1"


def problem(core: Report, workers: Sequence[Report], rows: int) -> str | None:
    """Why this engine must not serve, as one sentence; None where all is in force.

    rows: as many as the engine's table was to have.
    """
    return next((said for said in (*_each("engine core", core), *_of(workers, rows)) if said), None)


def _of(workers: Sequence[Report], rows: int) -> Iterable[str]:
    for number, report in enumerate(workers):
        yield from _each(f"worker {number}", report)
        if report.get("runner") != RUNNER:
            yield f"Worker {number} runs vLLM's model runner {report.get('runner')}, and only {RUNNER} is proven."
        if report.get("rows") != rows:
            yield f"Worker {number} has a table of {report.get('rows')} rows for steering, not {rows}."
        if said := report.get("self_test"):
            yield f"In worker {number} {said}"
    yield from _layers(workers)


def _each(who: str, report: Report) -> Iterable[str]:
    if report.get("version") != VERSION:
        yield f"The {who} has version {report.get('version')} of the steering plugin, and this process {VERSION}."
    yield from (f"In the {who}: {said}" for said in report.get("problems", ()))


def _layers(workers: Sequence[Report]) -> Iterable[str]:
    """Pipeline ranks have different layers, tensor ranks the same: together all."""
    if not workers:
        yield "No worker reported."
    wanted = {layer for report in workers for layer in range(report.get("model_layers", 0))}
    hooked = {layer for report in workers for layer in report.get("layers", ())}
    if hooked != wanted:
        yield f"The workers hooked the decoder layers {sorted(hooked)} of {len(wanted)}."
