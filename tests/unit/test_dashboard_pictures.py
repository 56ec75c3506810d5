"""The pictures of dashboards: numbers as Grafana writes them, and recordings that are read as they were written."""

import json
from pathlib import Path
from typing import Any

import pytest
from charts.dashboards.every import DASHBOARDS
from docs.pictures.dashboards.dashboard import draw
from docs.pictures.dashboards.recording import Recorder, Recording, read
from docs.pictures.dashboards.units import shown

NOW = 1_800_000_000


@pytest.mark.parametrize(
    ("value", "unit", "words"),
    [
        (0, "short", "0"),
        (3, "short", "3"),
        (12_345, "short", "12.3 K"),
        (0.0034, "s", "3.4 ms"),
        (0.00002, "s", "20 µs"),
        (2.5, "s", "2.5 s"),
        (60, "s", "1 min"),
        (90, "s", "1.5 mins"),
        (0.1234, "percentunit", "12.3%"),
        (1.5 * 2**30, "bytes", "1.5 GiB"),
        (1_234, "si:tok/s", "1.23 ktok/s"),
        (0.5, "reqps", "0.5 req/s"),
        (3_725, "dtdurations", "1 hour, 2 minutes"),
        ((NOW - 125) * 1000, "dateTimeFromNow", "2 minutes ago"),
    ],
)
def test_values_are_written_with_their_units(value: float, unit: str, words: str) -> None:
    assert shown(value, unit, NOW) == words


def answer(path: str, asked: dict[str, Any]) -> dict[str, Any]:
    """As Prometheus answers: one series with one label, a gap in it."""
    labels = {"pod": "demo-0", "__name__": "m"}
    if path == "query":
        return {"result": [{"metric": labels, "value": [asked["time"], "1"]}]}
    moments = range(asked["start"], asked["end"] + 1, asked["step"])
    return {"result": [{"metric": labels, "values": [[each, "NaN" if each == NOW else "1"] for each in moments]}]}


def recorded(name: str) -> Recording:
    values = {"installation": "platform", "interval": "10s", "__rate_interval": "30s", "__range": "5m"}
    return Recorder(answer, NOW, 10, 31).record(name, json.loads(DASHBOARDS[name]()), values)


def test_a_recording_is_read_as_it_was_written(tmp_path: Path) -> None:
    recording = recorded("operator")
    recording.write(tmp_path / "operator.json")
    assert read(tmp_path / "operator.json") == recording
    (series,) = recording.answers['max by (pod) (modelserver_operator_queue_depth{namespace="$installation"})']
    assert series.labels == {"pod": "demo-0"}
    assert series.values[:2] == [None, 1.0]


def test_a_panel_that_is_younger_than_the_recording_says_so(tmp_path: Path) -> None:
    dashboard = json.loads(DASHBOARDS["operator"]())
    dashboard["panels"] = dashboard["panels"][:3]
    recording = recorded("operator")
    draw(dashboard, recording, tmp_path / "whole.svg")
    draw(dashboard, recording, tmp_path / "again.svg")
    assert (tmp_path / "whole.svg").read_bytes() == (tmp_path / "again.svg").read_bytes()
    assert "Not recorded yet" not in (tmp_path / "whole.svg").read_text()

    dashboard["panels"][2]["targets"][0]["expr"] = "something_new"
    draw(dashboard, recording, tmp_path / "younger.svg")
    assert "Not recorded yet" in (tmp_path / "younger.svg").read_text()
