"""Run by the engine's Python, as `-m tests.steering.warm LOGS`: imports vLLM once, then forks for every case asked for.

A line on standard input names a case, `{"case": "module.function", "given": {…}, "seconds": 60}`; a line on standard
output answers, `{"found": …}` or `{"error": …}`. An import of vLLM takes 12 seconds, and an engine whose processes are
forked from here has had it. Of vLLM this changes, for forked engines only, how it starts processes: `forking.py`.
"""

import importlib
import json
import os
import signal
import sys
import traceback
from pathlib import Path
from typing import Any, TextIO

WARMTH = (
    "torch",
    "torch._dynamo",
    "torch._inductor.compile_fx",
    "transformers",
    "vllm.v1.engine.async_llm",
    "vllm.v1.engine.core",
    "vllm.v1.worker.cpu_worker",
    "vllm.v1.executor.multiproc_executor",
    "vllm.v1.core.sched.async_scheduler",
    "vllm.model_executor.models.qwen2",
    "vllm.v1.attention.backends.cpu_attn",
)


def main(logs: Path) -> None:
    """Answer until standard input ends."""
    answers = os.fdopen(os.dup(1), "w")
    _log_to(logs / "warm.log")
    for module in WARMTH:
        importlib.import_module(module)
    for number, line in enumerate(sys.stdin):
        asked = json.loads(line)
        log = logs / f"{number:02}-{asked['case']}.log"
        _tell(answers, _apart(asked, log))


def _log_to(path: Path) -> None:
    """Let standard output and error, and those of every child, go to a file."""
    to = os.open(path, os.O_CREAT | os.O_WRONLY | os.O_APPEND)
    os.dup2(to, 1)
    os.dup2(to, 2)


def _tell(answers: TextIO, answer: dict[str, Any]) -> None:
    answers.write(json.dumps(answer) + "\n")
    answers.flush()


def _apart(asked: dict[str, Any], log: Path) -> dict[str, Any]:
    """What a case finds, in a process of its own; nothing that it started outlives it."""
    answer = log.with_suffix(".json")
    child = os.fork()
    if child == 0:
        os.setsid()
        _log_to(log)
        signal.alarm(asked["seconds"])
        os._exit(_done(asked, answer))
    _, status = os.waitpid(child, 0)
    _end_group(child)
    if status or not answer.exists():
        return {"error": f"{asked['case']} ended with status {status}; its log ends:\n{_end_of(log)}"}
    return {"found": json.loads(answer.read_text())}


def _done(asked: dict[str, Any], answer: Path) -> int:
    module, _, name = asked["case"].rpartition(".")
    try:
        found = getattr(importlib.import_module(f"tests.steering.{module}"), name)(**asked["given"])
        answer.write_text(json.dumps(found))
    except BaseException:  # noqa: BLE001 - the edge of a process that must not go on as its parent's copy
        traceback.print_exc()
        sys.stderr.flush()
        return 1
    return 0


def _end_group(leader: int) -> None:
    try:
        os.killpg(leader, signal.SIGKILL)
    except ProcessLookupError:
        return


def _end_of(log: Path) -> str:
    return "\n".join(log.read_text(errors="replace").splitlines()[-60:])


if __name__ == "__main__":
    main(Path(sys.argv[1]))
