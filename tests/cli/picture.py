"""`python -m tests.cli.picture FILE.svg`: the picture in docs/top.md, taken of the real thing after half a minute.

Real runtimes, each around a scripted engine, under load; one of them has the demo model's emotions.
"""

import asyncio
import re
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import aiohttp
import yaml
from tests.cli.scripted import Scripted, scripted
from tools.setup import engine, model

from modelserver_operator.cli.top.app import Top
from modelserver_operator.cli.top.at_urls import AtUrls
from modelserver_operator.cli.top.choosing import Choice

SIZE = (134, 12)  # columns and rows
LOOKED_SECONDS = 20
FONTS = re.compile(r"@font-face \{.*?\}", flags=re.DOTALL)  # from a site that a reader would be told on to
VARIANTS = ("happiness", "sadness", "anger")


def main() -> None:
    """Write the file."""
    with tempfile.TemporaryDirectory() as scratch, ExitStack() as stack:
        servers = stack.enter_context(_servers(Path(scratch)))
        svg = asyncio.run(_taken([server.control for server in servers]))
    text = "\n".join(line.rstrip() for line in FONTS.sub("", svg).splitlines())
    Path(sys.argv[1]).write_text(f"{text}\n", encoding="utf-8")


async def _taken(urls: list[str]) -> str:
    async with aiohttp.ClientSession() as http:
        source = AtUrls(http, urls)
        source.where = "127.0.0.1"
        top = Top(source, Choice("running"), await source.look(), 1.0, everywhere=False)
        async with top.run_test(size=SIZE) as pilot:
            await pilot.pause(LOOKED_SECONDS)
            while (await source.look()).notes:  # on a machine that is busy a server may be late
                await pilot.pause(1)
            return top.export_screenshot(title="modelserver top")


@contextmanager
def _servers(scratch: Path) -> Iterator[list[Scripted]]:
    """Two pods of support under load, a server with emotions, one that is asked too much, and an idle one."""
    with ExitStack() as stack:

        def made(name: str, number: int = 0, **more: Any) -> Scripted:
            folder = scratch / f"{name}-{number}"
            folder.mkdir()
            return stack.enter_context(scripted(folder, name=name, servedNames=[name, *VARIED.get(name, ())], **more))

        support = [made("support", number) for number in range(2)]
        narrator = made("narrator", parts=_emotions(scratch), python=str(engine.python()))  # which can read vectors
        legal = made("legal", limits={"sequences": 2, "waiting_line": 2})
        for server, seconds in zip((*support, narrator, legal), (0.24, 0.33, 0.15, 0.9), strict=True):
            server.plays(first_seconds=seconds, interval_seconds=0.1)
        for server, name, callers in zip((*support, legal), ("support", "support", "legal"), (3, 2, 6), strict=True):
            stack.enter_context(server.asked_by(callers, model=name, tokens=40))
        for variant in VARIANTS:
            stack.enter_context(narrator.asked_by(1, model=f"narrator-{variant}", tokens=40))
        yield [*support, narrator, legal, made("drafts")]


VARIED = {"support": ["org/support-7b"], "legal": ["org/legal-70b"], "drafts": ["org/support-7b"]}


def _emotions(scratch: Path) -> dict[str, Any]:
    """Of a server with the demo model's vectors: its parts of the config."""
    folder, live = Path(model.folder()), scratch / "live.yaml"
    variants = [{"name": f"narrator-{each}", "mix": [{"vector": each, "scale": 0.7}]} for each in VARIANTS]
    live.write_text(yaml.safe_dump({"schemaVersion": 1, "emotions": {"variants": variants}}))
    paths = {"model": folder / "model", "vectors": folder / "vectors", "live": live}
    return {name: {"path": str(path)} for name, path in paths.items()}


if __name__ == "__main__":
    main()
