"""What we show people is valid to the command line and allowed by the class that it names."""

from typing import Any

import pytest
import yaml
from tests.chart.chart import ROOT, Rendered

from modelserver_operator.api import ModelServer, ModelServerClass
from modelserver_operator.resolve import ASSUMED, Resolved, resolve

SAMPLES = sorted((ROOT / "manifests" / "samples").glob("*.yaml"))
SERVERS = [path for path in SAMPLES if path.stem != "class"]


def sample(name: str) -> dict[str, Any]:
    """The manifest of a sample."""
    manifest: dict[str, Any] = yaml.safe_load((ROOT / "manifests" / "samples" / f"{name}.yaml").read_text())
    return manifest


@pytest.mark.parametrize("path", SERVERS, ids=lambda path: path.stem)
def test_a_sample_is_accepted_by_the_class_that_it_names(rendered: Rendered, path: Any) -> None:
    server = ModelServer.parse(sample(path.stem), strict=True)
    manifest = rendered.classes()[server.spec.class_name]
    outcome = resolve(server, ModelServerClass.parse(manifest, strict=True), ASSUMED)
    assert isinstance(outcome, Resolved), outcome


def test_the_sample_class_is_valid() -> None:
    ModelServerClass.parse(sample("class"), strict=True)


def test_the_readme_shows_the_minimal_sample() -> None:
    shown = (ROOT / "manifests" / "samples" / "minimal.yaml").read_text()
    assert f"```yaml\n{shown}```" in (ROOT / "README.md").read_text()
    assert len(shown.splitlines()) <= 12
