"""One warm process for the session, which forks for each case; see warm.py."""

import contextlib
import json
import os
import select
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
WARM_SECONDS = 600  # 13 s on two idle cores, nearly all of it imports
CASE_SECONDS = 600  # the longest take 10 s there, compiled 25 s


class Warm:
    """The process, and its folder of logs: one for each case, by number."""

    def __init__(self, logs: Path) -> None:
        self._logs = logs
        command = [os.environ["MODELSERVER_ENGINE_PYTHON"], "-m", "tests.steering.warm", str(logs)]
        pipe = subprocess.PIPE
        self._process = subprocess.Popen(
            command, cwd=ROOT, env=environment(), stdin=pipe, stdout=pipe, start_new_session=True
        )
        self._waits = WARM_SECONDS

    def found(self, case: str, **given: Any) -> Any:
        """What a case finds; its name is module.function of this folder."""
        asked = {"case": case, "given": given, "seconds": CASE_SECONDS}
        assert self._process.stdin
        self._process.stdin.write(json.dumps(asked).encode() + b"\n")
        self._process.stdin.flush()
        answer = self._answer(CASE_SECONDS + self._waits)
        self._waits = 10
        assert "found" in answer, answer["error"]
        return answer["found"]

    def end(self) -> None:
        """End it, and a case that may still run: that is in a group of its own."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGTERM)
        self._process.communicate()

    def _answer(self, seconds: float) -> dict[str, Any]:
        assert self._process.stdout
        ready, _, _ = select.select([self._process.stdout], [], [], seconds)
        assert ready, f"no answer after {seconds} seconds; the logs are in {self._logs}"
        line = self._process.stdout.readline()
        assert line, f"the warm process ended: {(self._logs / 'warm.log').read_text(errors='replace')[-4000:]}"
        answer: dict[str, Any] = json.loads(line)
        return answer


def environment() -> dict[str, str]:
    """What vLLM on the CPU needs, and both source trees."""
    return os.environ | {
        "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "runtime" / "src")]),
        "OMP_NUM_THREADS": "1",
        "HF_HUB_OFFLINE": "1",
        "VLLM_NO_USAGE_STATS": "1",
        "VLLM_ENABLE_V1_MULTIPROCESSING": "0",  # without it vLLM has no worker in the engine's process
        "VLLM_USE_V2_MODEL_RUNNER": "0",
        "VLLM_CPU_OMP_THREADS_BIND": "nobind",  # else two workers need two memory nodes
    }


@pytest.fixture(scope="session")
def warm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Warm]:
    """The warm process."""
    warm = Warm(tmp_path_factory.mktemp("warm"))
    try:
        yield warm
    finally:
        warm.end()
