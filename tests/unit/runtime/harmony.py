"""A shell before a model with channels, for tests."""

from pathlib import Path
from typing import Any

from tests.unit.runtime.scripted import SSE, Bench


def bench(folder: Path, **changes: Any) -> Bench:
    """A bench whose model's folder is `folder`: of type gpt_oss, unless something else is in it already."""
    config = folder / "config.json"
    if not config.exists():
        config.write_text('{"model_type": "gpt_oss"}', encoding="utf-8")
    return Bench({"model.path": str(folder), **changes}, max_body_bytes=10_000)


async def answered(asked: Bench, path: str, said: bytes | dict[str, Any], **fields: Any) -> bytes:
    """What a caller of `path` gets when the engine says `said`: events, or a document."""
    caller = asked.ask(path, {"model": "demo", **fields})
    call = await asked.engine.call(len(asked.engine.calls))
    if isinstance(said, dict):
        await call.answer(said)
    else:
        await call.start(content_type=SSE)
        await call.send(said, more=False)
        call.ended.set()
    return (await caller.done()).body
