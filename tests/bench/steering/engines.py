"""Processes with one engine each, which do what a line of JSON asks and answer with one."""

import json
import os
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[3]
END_SECONDS = 30
KV_CACHE_BYTES = 256 * 2**20
SEQUENCES = 32
WARM_TOKENS = 16
DEVICES: dict[str, dict[str, Any]] = {
    "Cpu": {"device": "Cpu", "dtype": "float32"},
    "Cuda": {"device": "Cuda", "dtype": "bfloat16", "acceleratorMemoryPercent": 25},  # three engines share it
}


@dataclass(frozen=True)
class Engine:
    """One engine's process."""

    process: "subprocess.Popen[str]"
    log: Path

    def ask(self, **question: Any) -> dict[str, Any]:
        """Its answer; RuntimeError with the end of its log when it has ended."""
        assert self.process.stdin
        assert self.process.stdout
        self.process.stdin.write(json.dumps(question) + "\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError(f"an engine has ended:\n{self.log.read_text()[-3000:]}")
        answer: dict[str, Any] = json.loads(line)
        return answer

    def tokens_per_second(self, specs: Sequence[str | None], tokens: int) -> float:
        """Of as many requests at once as there are specs, so many tokens long each.

        A few tokens go before, which do not count: an engine that has rested is slower, and one of them rests less.
        """
        self.ask(do="generate", specs=specs, tokens=WARM_TOKENS)
        return float(self.ask(do="generate", specs=specs, tokens=tokens)["tokens_per_second"])


@contextmanager
def engine(folder: Path, name: str, model: Path, python: str, *, vectors: Path | None, device: str) -> Iterator[Engine]:
    """An engine, with the plugin where there are vectors, until the block ends. device: `Cpu` or `Cuda`."""
    start, log = folder / f"{name}.yaml", folder / f"{name}.log"
    start.write_text(yaml.safe_dump(_config(model, vectors, device)))
    command = [python, "-m", "tests.bench.steering.worker", str(start)]
    path = f"{ROOT}:{ROOT / 'runtime' / 'src'}"
    environment = os.environ | {"PYTHONPATH": path, "HF_HUB_OFFLINE": "1", "VLLM_NO_USAGE_STATS": "1"}
    pipe = subprocess.PIPE
    with log.open("w") as errors:
        process = subprocess.Popen(
            command, env=environment, cwd=ROOT, stdin=pipe, stdout=pipe, stderr=errors, text=True
        )
    try:
        yield Engine(process, log)
    finally:
        _end(process)


def _end(process: "subprocess.Popen[str]") -> None:
    assert process.stdin
    process.stdin.close()  # it ends when there are no more questions
    try:
        process.wait(END_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _config(model: Path, vectors: Path | None, device: str) -> dict[str, Any]:
    return {
        "schemaVersion": 1,
        "server": {"name": "bench", "servedNames": ["bench"]},
        "model": {"path": str(model)},
        "engine": {
            **DEVICES[device],
            "maxContextTokens": 512,
            "maxSequences": SEQUENCES,
            "arguments": {"kv-cache-memory-bytes": str(KV_CACHE_BYTES)},
        },
        "admission": {"maxRunning": SEQUENCES},
        **({"vectors": {"path": str(vectors)}} if vectors else {}),
    }
