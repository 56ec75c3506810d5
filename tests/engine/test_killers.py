"""Inputs made to kill or hang the engine: each is answered in time and with the status that is documented, and while
and after that the engine answers somebody else."""

import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest
from tests.engine.killers import KILLERS
from tests.engine.killers.bodies import Killer
from tests.engine.server import Server

PAGE = Path(__file__).parents[2] / "docs" / "trust-boundary.md"
SECONDS = 60  # most take milliseconds; what hangs the engine takes for ever
HI = {"model": "demo", "prompt": "hi", "max_tokens": 1}


@pytest.mark.parametrize("killer", KILLERS, ids=lambda killer: killer.name)
def test_the_engine_survives(server: Server, killer: Killer) -> None:
    with httpx.Client(base_url=server.url, timeout=SECONDS) as client, ThreadPoolExecutor(4) as pool:
        sent = pool.map(lambda body: client.post(killer.path, json=body), killer.bodies)
        meanwhile = client.post("/v1/completions", json=HI)
        answers = list(sent)
        assert {answer.status_code for answer in answers} == {killer.status}, answers[0].text
        assert client.get("/health").json()["status"] == "ok"
        after = client.post("/v1/completions", json=HI)
    assert meanwhile.status_code == after.status_code == 200, (meanwhile.text, after.text)


def test_the_page_shows_each_of_them() -> None:
    section = PAGE.read_text().partition("\n## Inputs made to kill\n")[2].partition("\n## ")[0]
    rows = re.findall(r"^\| (.+?) \| `(/\S+)` \| .+? \| (\d{3}) \|$", section, flags=re.MULTILINE)
    assert [(name, path, int(status)) for name, path, status in rows] == [
        (killer.name, killer.path, killer.status) for killer in KILLERS
    ]
