"""`python -m tests.bench.steering`: what steering costs in tokens a second and in bytes.

What is being done goes to standard error; the last line of standard output is one JSON object.
"""

import argparse
import json
import os
import statistics
import sys
import tempfile
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from itertools import cycle, islice
from pathlib import Path

from tests.bench.steering.engines import DEVICES, SEQUENCES, Engine, engine
from tests.bench.steering.figures import median

VARIANTS = 8
PAUSES = 7  # looks at the longest step of each kind
MORE_VARIANTS = 32  # for the memory of one: many, since a process's memory moves by itself
Measure = Callable[[], float]
Pair = tuple[float, float]
Round = dict[str, Pair]


def main() -> None:
    """Runs the command line."""
    arguments = _parser().parse_args()
    with tempfile.TemporaryDirectory() as scratch, ExitStack() as engines:
        folder, made = Path(scratch), Path(os.environ["MODELSERVER_DEMO_MODEL"])

        def started(name: str, vectors: Path | None = None) -> Engine:
            print(f"starting the engine {name}", file=sys.stderr)
            running = engine(folder, name, made / "model", arguments.python, vectors=vectors, device=arguments.device)
            return engines.enter_context(running)

        absent, control = started("absent"), started("control")
        plugin = started("plugin", made / "vectors")
        measures = _measures(control, plugin, arguments.tokens)
        rounds = _rounds(_plain(absent, arguments.tokens), measures, arguments.rounds)
        pauses = _pauses(plugin)
        more = plugin.ask(do="variants", count=MORE_VARIANTS)["bytes"] / MORE_VARIANTS
    print(json.dumps(_result(rounds) | pauses | {"bytes_per_variant": max(0, round(more)), "rounds": rounds}))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.steering", description=__doc__)
    parser.add_argument("--rounds", type=int, default=40, help="pairs of everything that is compared")
    parser.add_argument("--tokens", type=int, default=64, help="of each of 32 requests at once")
    parser.add_argument("--device", choices=DEVICES, default="Cpu", help="in bfloat16 on Cuda")
    parser.add_argument(
        "--python", default=os.environ.get("MODELSERVER_ENGINE_PYTHON", sys.executable), help="of the engines"
    )
    return parser


def _measures(control: Engine, plugin: Engine, tokens: int) -> dict[str, Measure]:
    """What is compared with an engine that has no plugin, by name, in tokens a second."""
    digests = plugin.ask(do="hold")["digests"]
    one, *_ = eight = [f"all;{digest}:{scale}" for scale in (100, 50) for digest in digests][:VARIANTS]
    return {
        "aa": _plain(control, tokens),
        "idle": _plain(plugin, tokens),
        "steered": lambda: plugin.tokens_per_second([one] * SEQUENCES, tokens),
        "eight_variants": lambda: plugin.tokens_per_second([*islice(cycle(eight), SEQUENCES)], tokens),
    }


def _plain(engine: Engine, tokens: int) -> Measure:
    return lambda: engine.tokens_per_second([None] * SEQUENCES, tokens)


def _rounds(absent: Measure, measures: Mapping[str, Measure], count: int) -> list[Round]:
    """Pairs of everything, as often: what is compared comes first in every other round, right beside the other.

    The first round, in which things are made that stay, does not count.
    """
    rounds = []
    for number in range(count + 1):
        print(f"round {number} of {count}", file=sys.stderr)
        rounds.append({name: _pair(absent, measure, swapped=number % 2 == 1) for name, measure in measures.items()})
    return rounds[1:]


def _pair(absent: Measure, measure: Measure, *, swapped: bool) -> Pair:
    """Tokens a second without the plugin, and of what is compared."""
    if swapped:
        found = measure()
        return round(absent(), 1), round(found, 1)
    return round(absent(), 1), round(measure(), 1)


def _pauses(plugin: Engine) -> dict[str, float]:
    """The longest time between two steps of eight streams, and with eight large vectors coming in meanwhile."""
    found: dict[str, list[float]] = {"longest_step_ms": [], "longest_step_staging_ms": []}
    for number in range(2 * PAUSES):
        vectors = 8 * (number % 2)
        longest = plugin.ask(do="pause", tokens=256, vectors=vectors)["longest_ms"]
        found["longest_step_staging_ms" if vectors else "longest_step_ms"].append(longest)
    return {name: round(statistics.median(each), 2) for name, each in found.items()}


def _result(rounds: list[Round]) -> dict[str, float]:
    found: dict[str, float] = {}
    for name in rounds[0]:
        ratio = median([with_it / without for without, with_it in (each[name] for each in rounds)])
        low, high = f"{name}_ratio_low", f"{name}_ratio_high"
        found |= {f"{name}_ratio": round(ratio.value, 4), low: round(ratio.low, 4), high: round(ratio.high, 4)}
    return found


if __name__ == "__main__":
    main()
