"""A server whose model thinks aloud, and what to ask it."""

import json
import os
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
from tests.engine.server import ROOT, Server, start_part

CANARY = "Canary"  # as in harmony_model.transcripts, which only the engine's Python can import
ANSWER = "Hello there, all is well."
ARGUMENTS = {"city": "Paris"}
THOUGHTS = range(4, 23)  # the places of the reasoning's tokens among those of an answer
SYSTEM_DATE = "2026-01-02"
MADE_IN_SECONDS = 900  # 15 s on an idle machine
# The reasoning as text, as the canary's token, as its bytes, and in Harmony's own form.
SIGNS = (CANARY, "The secret", "167005", "67,97,110,97,114,121", "67, 97, 110, 97, 114, 121", "<|", "analysis")

CHAT, RESPONSES, MESSAGES = "/v1/chat/completions", "/v1/responses", "/v1/messages"
ASKED = "hello what is it like"
SCHEMA = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
TOOL = {"name": "get_weather", "description": "The weather in a city."}
OPENAI_TOOL = {"type": "function", "function": {**TOOL, "parameters": SCHEMA}}
RESPONSES_TOOL = {"type": "function", **TOOL, "parameters": SCHEMA}
ANTHROPIC_TOOL = {**TOOL, "input_schema": SCHEMA}
TOOLS = {CHAT: OPENAI_TOOL, RESPONSES: RESPONSES_TOOL, MESSAGES: ANTHROPIC_TOOL}
BOUND = {CHAT: "max_tokens", RESPONSES: "max_output_tokens", MESSAGES: "max_tokens"}


def make(folder: Path) -> list[str]:
    """Make the model in `folder`; what it says by itself, in Harmony's form."""
    folder.mkdir()
    command = [os.environ["MODELSERVER_ENGINE_PYTHON"], "-m", "tests.engine.harmony_model", str(folder)]
    one_thread = os.environ | {"OMP_NUM_THREADS": "1", "PYTHONPATH": str(ROOT)}  # several wait for each other
    made = subprocess.run(command, cwd=ROOT, env=one_thread, capture_output=True, timeout=MADE_IN_SECONDS, check=False)
    assert made.returncode == 0, made.stderr.decode()
    said: list[str] = json.loads(made.stdout.splitlines()[-1])
    return said


def probed(system_date: str | None) -> dict[str, dict[str, list[Any]]]:
    """`prompts` of two days and `items` of responses: what vLLM makes of them by itself, and under a server."""
    document = start_part(Path("/models/thinker"), 1, 2)
    document["engine"]["systemDate"] = system_date
    command = [os.environ["MODELSERVER_ENGINE_PYTHON"], "-m", "tests.engine.harmony_probe", json.dumps(document)]
    path = os.pathsep.join([str(ROOT), str(ROOT / "runtime" / "src")])
    found = subprocess.run(
        command, env=os.environ | {"PYTHONPATH": path}, capture_output=True, timeout=MADE_IN_SECONDS, check=False
    )
    assert found.returncode == 0, found.stderr.decode()
    told: dict[str, dict[str, list[Any]]] = json.loads(found.stdout.splitlines()[-1])
    return told


def start(folder: Path, model: Path) -> Server:
    """A server of that model."""
    arguments = {"enforce-eager": "", "kv-cache-memory-bytes": "67108864"}
    engine = {
        "device": "Cpu",
        "dtype": "float32",  # in bfloat16 the engine did not start at this size on CPU; why was not looked into
        "maxContextTokens": 4096,
        "maxSequences": 4,
        "systemDate": SYSTEM_DATE,
        "arguments": arguments,
    }
    return Server(folder, model, engine=engine)


def body(path: str, bound: int = 100, /, **more: Any) -> dict[str, Any]:
    """A body that asks for the likeliest answer of at most `bound` tokens."""
    asked = {"input": ASKED} if path == RESPONSES else {"messages": [{"role": "user", "content": ASKED}]}
    return {"model": "org/demo", "temperature": 0, BOUND[path]: bound, **asked, **more}


def answers(url: str, questions: dict[str, tuple[str, dict[str, Any]]]) -> dict[str, httpx.Response]:
    """The answer to each question, four at a time."""
    with httpx.Client(base_url=url, timeout=120) as client, ThreadPoolExecutor(4) as pool:
        asked = {name: pool.submit(client.post, path, json=document) for name, (path, document) in questions.items()}
        return {name: answer.result() for name, answer in asked.items()}
