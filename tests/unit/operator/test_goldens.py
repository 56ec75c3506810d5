"""Each case's children, byte for byte. A golden that changes by itself would restart every pod of every user."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner

from modelserver_operator.cli import main
from modelserver_operator.cli.catalog import catalog, require_served
from modelserver_operator.cli.render import children
from modelserver_operator.desired import template_digest
from modelserver_runtime.config import LiveConfig, StartConfig
from modelserver_runtime.config.yaml_file import parse

HERE = Path(__file__).parent
CASES = sorted((HERE / "cases").glob("*.yaml"))
FROZEN = HERE / "templates-revision-1.yaml"
REPEATS = 20


def rendered(case: Path) -> str:
    """What `modelserver render` prints."""
    result = CliRunner().invoke(main, ["render", "-f", str(case)])
    assert result.exit_code == 0, result.output
    return result.stdout


def golden(case: Path) -> Path:
    """The case's golden file."""
    return HERE / "goldens" / case.name


def configs(case: Path) -> dict[str, Any]:
    """The configuration files that the case's golden holds, by file name."""
    manifests = yaml.safe_load_all(golden(case).read_text(encoding="utf-8"))
    found = [manifest["data"] for manifest in manifests if manifest["kind"] == "ConfigMap"]
    return {name: yaml.safe_load(text) for data in found for name, text in data.items()}


@pytest.fixture(params=CASES, ids=lambda case: case.stem)
def case(request: pytest.FixtureRequest) -> Path:
    """Each input file."""
    path: Path = request.param
    return path


def test_children_are_as_the_golden_says(case: Path, pytestconfig: pytest.Config) -> None:
    if pytestconfig.getoption("--update-goldens", default=False):
        golden(case).write_text(rendered(case), encoding="utf-8")
    assert rendered(case) == golden(case).read_text(encoding="utf-8")


def test_every_golden_has_a_case() -> None:
    assert [path.name for path in sorted((HERE / "goldens").glob("*"))] == [path.name for path in CASES]


def test_children_are_always_the_same(case: Path) -> None:
    served = require_served(catalog([case], [], None))
    once = [list(children(resolved)) for resolved in served]
    assert all([list(children(resolved)) for resolved in served] == once for _ in range(REPEATS))


def test_an_operator_upgrade_changes_no_pod_template(case: Path) -> None:
    """`make golden` does not write the digests: who changes one must have read what that means."""
    frozen = yaml.safe_load(FROZEN.read_text(encoding="utf-8"))
    found = [template_digest(resolved) for resolved in require_served(catalog([case], [], None))]
    assert [frozen.get(case.stem)] == found, (
        "The pod template of this case is not what template revision 1 has been. Whoever upgrades the operator would "
        "have every pod of such servers replaced at once, models loaded again and all. Give pods a new shape only "
        "under a new spec.templateRevision of the class. If no release has shipped the old shape yet, or the case is "
        f"new, write the digest into {FROZEN.name} by hand, and say why in the commit."
    )


def test_every_frozen_template_has_a_case() -> None:
    assert list(yaml.safe_load(FROZEN.read_text(encoding="utf-8"))) == [case.stem for case in CASES]


def test_children_do_not_depend_on_the_process() -> None:
    """Sets are ordered anew in each process. One file after another: some have servers of the same name."""
    program = (
        "import sys; from modelserver_operator.cli import main\n"
        "for file in sys.argv[1:]: main(['render', '-f', file], standalone_mode=False)"
    )
    command = [sys.executable, "-c", program, *map(str, CASES)]
    outputs = {
        subprocess.run(command, env={"PYTHONHASHSEED": seed}, check=True, capture_output=True).stdout
        for seed in ("1", "2")
    }
    assert len(outputs) == 1


def test_the_runtime_reads_the_start_configuration(case: Path) -> None:
    config = parse(StartConfig, configs(case)["start.yaml"], golden(case))
    assert config.server.served_names[0] == config.server.name


def test_the_runtime_reads_the_live_configuration(case: Path) -> None:
    config = parse(LiveConfig, configs(case)["live.yaml"], golden(case))
    assert len(config.emotions.variants) == len(configs(case)["live.yaml"]["emotions"]["variants"])
