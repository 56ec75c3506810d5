"""`python -m docs.pictures` draws every picture of the docs again."""

import json
from pathlib import Path

from charts.dashboards.every import DASHBOARDS
from docs.pictures.dashboards import dashboard
from docs.pictures.dashboards.recording import read
from docs.pictures.way import way

from modelserver_runtime.vectors.evaluation.plot import draw
from modelserver_runtime.vectors.evaluation.report import Report

HERE = Path(__file__).parent

if __name__ == "__main__":
    way(HERE / "way.svg")
    report = Report.model_validate_json((HERE / "evaluation.json").read_bytes())
    draw(report, HERE / "evaluation.svg")
    for name, made in DASHBOARDS.items():
        recording = read(HERE / "dashboards" / f"{name}.json")
        dashboard.draw(json.loads(made()), recording, HERE / f"dashboard-{name}.svg")
