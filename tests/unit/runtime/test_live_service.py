"""A whole server with vectors: it begins with a good live part or not at all, and watches it until told to stop.

Its index names no vectors: what a vector's file holds is read by a library that comes with vLLM.
"""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from tests.unit.runtime import configs
from tests.unit.runtime.scripted import Clock, until
from tests.unit.runtime.test_service import Running
from tests.unit.runtime.watched import ScriptedWorkers

from modelserver_runtime.config.yaml_file import ConfigError
from modelserver_runtime.live.disk import sha256
from modelserver_runtime.vectors.errors import VectorError

NOTHING = "schemaVersion: 1\n"


@pytest.fixture
def start(tmp_path: Path) -> dict[str, Any]:
    """A start part whose files are all there."""
    model = {"num_hidden_layers": 3, "hidden_size": 4}
    for name, text in (("config.json", json.dumps(model)), ("vectors.json", '{"vectors": {}}'), ("live.yaml", NOTHING)):
        (tmp_path / name).write_text(text)
    places = {"live": {"path": str(tmp_path / "live.yaml")}, "vectors": {"path": str(tmp_path)}}
    return configs.start(**{"model.path": str(tmp_path)}, **places, steering={"maxActiveMixes": 5})


async def test_what_stats_tell_of_emotions(start: dict[str, Any], tmp_path: Path) -> None:
    async with Running(start, steering=ScriptedWorkers()) as running:
        await running.serving()
        told = (await running.control.get("/stats")).json()["emotions"]
        revision = told.pop("revision")

        assert len(revision) == 12
        assert told == {
            "enabled": True,
            "live_sha256": sha256(NOTHING.encode()),
            "per_request": True,
            "default": "none",
            "variants": {},
            "vectors": {},
            "held_vectors": 0,
            "active_mixes": 0,
            "max_active_mixes": 5,
            "refused": None,
        }


async def test_changes_are_taken_until_the_server_is_told_to_stop(start: dict[str, Any], tmp_path: Path) -> None:
    live, clock = tmp_path / "live.yaml", Clock()
    async with Running(start, clock=clock, steering=ScriptedWorkers()) as running:
        await running.serving()

        async def seconds(number: int) -> None:
            for _ in range(number):
                clock.passes(1)
                await until(lambda: len(clock.alarms) == 2)  # the heart's next beat, and the next look

        await until(lambda: len(clock.alarms) == 2)
        live.write_text(f"{NOTHING}emotions: {{perRequest: Disabled}}\n")
        await seconds(2)
        told = (await running.control.get("/stats")).json()["emotions"]
        assert (told["per_request"], told["live_sha256"]) == (False, sha256(live.read_bytes()))

        live.write_text("emotions: {}\n")
        await seconds(2)
        told = (await running.control.get("/stats")).json()["emotions"]
        assert told["refused"] == {
            "live_sha256": sha256(live.read_bytes()),
            "sentence": f"{live}: schemaVersion must be a number from 1 on (this runtime writes 1)",
        }
        assert not told["per_request"]

        running.stop.set()
        assert await running.exit_code() == 0
        assert clock.alarms == []


async def test_a_live_part_that_cannot_be_keeps_the_server_from_loading(start: dict[str, Any], tmp_path: Path) -> None:
    (tmp_path / "live.yaml").write_text(yaml.safe_dump(configs.LIVE))
    running = Running(start, steering=ScriptedWorkers())
    with pytest.raises(ConfigError, match=r"emotions\.default\.mix\[0\]\.vector: happiness is not in vectors\.json"):
        await running.exit_code()
    assert not running.stopped, "no engine was begun"
    await running.client.aclose()
    await running.control.aclose()


async def test_a_model_that_cannot_be_steered(start: dict[str, Any], tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text("{}")
    with pytest.raises(VectorError, match=r"config\.json names no num_hidden_layers"):
        Running(start)
