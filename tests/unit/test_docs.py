"""The docs name everything that a user can meet: what is missing, or no longer there, fails here."""

import ast
import re
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import click
import pytest
from docs.pages import commands, fields
from docs.pages.__main__ import PAGES
from prometheus_client import CollectorRegistry
from pydantic import BaseModel

from modelserver_operator.api.conditions import ConditionType, Reason
from modelserver_operator.api.crd import crds
from modelserver_operator.cluster import Conflict, NotFound, NotLeading, Rejected, Unavailable
from modelserver_operator.metrics import Metrics as OperatorMetrics
from modelserver_operator.metrics import State
from modelserver_operator.resolve.profiles import PROFILES
from modelserver_operator.settings import Settings
from modelserver_operator.workqueue import Retry
from modelserver_runtime import serve
from modelserver_runtime.admission.health import STATES
from modelserver_runtime.config import LiveConfig, StartConfig
from modelserver_runtime.download.command import DONE
from modelserver_runtime.download.errors import NotNowError, NotPossibleError
from modelserver_runtime.stages.routes import MODEL_PREFIX, ROUTES
from modelserver_runtime.vectors.strength import REFERENCE_KL
from modelserver_runtime.vectors.vector import Description

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
MARKDOWN = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted(DOCS.rglob("*.md"))]
RUNTIME = ROOT / "runtime" / "src" / "modelserver_runtime"


def first_cells(page: str) -> set[str]:
    """What stands in backticks in the first cell of any table row of a page."""
    rows = re.findall(r"^\| ([^|]+) \|", (DOCS / page).read_text(), flags=re.MULTILINE)
    return {name for row in rows for name in re.findall(r"`([^`]+)`", row)}


@pytest.mark.parametrize("name", PAGES)
def test_generated_pages_are_what_the_code_makes_now(name: str) -> None:
    assert (DOCS / name).read_text() == PAGES[name](), "run `make generate`"


def test_the_fields_page_has_every_field() -> None:
    schemas = [each["spec"]["versions"][0]["schema"]["openAPIV3Schema"]["properties"] for each in crds()]
    parts = [(schema, part) for schema in schemas for part in ("spec", "status") if part in schema]
    paths = {path for schema, part in parts for path, _, _ in fields.paths(schema[part], part)}

    assert {"spec.model.persistentVolumeClaim.claimName", "spec.volumes[].mountPath"} <= paths
    assert paths - first_cells("fields.md") == set()


def test_every_condition_and_reason_is_told() -> None:
    told = first_cells("modelserver.md")

    assert {str(each) for each in (*ConditionType, *Reason)} - told == set()


def test_no_reason_is_told_that_is_gone() -> None:
    conditions = (DOCS / "modelserver.md").read_text().partition("## Conditions")[2].partition("\n## ")[0]
    rows = re.findall(r"^\| `(\w+)` \|", conditions, flags=re.MULTILINE)

    assert "Ready" in rows
    assert set(rows) - {str(each) for each in (*ConditionType, *Reason)} == set()


def test_every_metric_of_the_operator_is_told() -> None:
    registry = CollectorRegistry()
    OperatorMetrics(registry)
    registry.register(State(**dict.fromkeys(State.__dataclass_fields__, lambda: 0)))
    names = {f"{family.name}{suffix(family.type)}" for family in registry.collect()}
    ours = {name for name in names if not name.startswith("process_")}

    assert {"modelserver_operator_leader", "modelserver_operator_reconcile_errors_total"} <= ours
    told = first_cells("operating.md")
    assert ours - told == set()
    assert {name for name in told if name.startswith("modelserver_operator_")} - ours == set()
    errors = {Retry.cause, *(kind.__name__ for kind in (Conflict, NotFound, NotLeading, Rejected, Unavailable))}
    page = (DOCS / "operating.md").read_text()
    assert [name for name in errors if f"`{name}`" not in page] == []


def suffix(kind: str) -> str:
    return {"counter": "_total", "info": "_info"}.get(kind, "")


def test_every_profile_is_told_with_its_values() -> None:
    text = (DOCS / "modelserver.md").read_text()
    for name, values in PROFILES.items():
        row = re.search(rf"^\| `{name}`[^|]*\|(.*)\|$", text, flags=re.MULTILINE)
        assert row, name
        expected = (
            values.max_context_tokens,
            values.max_sequences,
            values.max_waiting,
            values.refuse_early_above_percent,
            values.queue_timeout_seconds,
            values.request_timeout_seconds,
            values.max_tokens_limit,
            values.stream_interval_tokens,
        )
        assert tuple(int(number) for number in re.findall(r"\d+", row[1])) == expected
        assert f"| {values.reasoning_effort} |" in row[1]


@pytest.mark.parametrize("name", Settings.model_fields)
def test_every_setting_is_told_with_its_default(name: str) -> None:
    row = re.search(
        rf"^\| `MODELSERVER_{name.upper()}` \|.*\| (.*) ?\|$", (DOCS / "install.md").read_text(), re.MULTILINE
    )

    assert row, name
    default = Settings.model_fields[name].default
    assert row[1].strip() == (f"{default:g}" if isinstance(default, float) else str(default or ""))


def test_every_route_and_refusal_of_the_runtime_is_told() -> None:
    text = (DOCS / "runtime.md").read_text()

    assert [path for path, route in ROUTES.items() if f"`{route.method} {path}`" not in text] == []
    assert f"`GET {MODEL_PREFIX}{{id}}`" in text
    codes = set(refusal_codes())
    assert {"waiting_line_full", "invalid_json", "engine"} <= codes
    assert codes - first_cells("runtime.md") == set()


def test_every_state_of_the_runtime_is_told() -> None:
    assert set(STATES) - first_cells("runtime.md") == set()


def refusal_codes() -> Iterator[str]:
    """The second argument of every `Refusal(...)` in the runtime's source."""
    for file in sorted(RUNTIME.rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Refusal":
                code = node.args[1]
                yield str(code.value) if isinstance(code, ast.Constant) else "engine"


@pytest.mark.parametrize("schema", [StartConfig, LiveConfig])
def test_every_config_key_is_told(schema: type[BaseModel]) -> None:
    assert set(keys(schema)) - first_cells("configuration.md") == set()


def keys(schema: type[BaseModel], prefix: str = "") -> Iterator[str]:
    """Dotted keys down to what is no mapping; those of a list's items too."""
    for field in schema.model_fields.values():
        inner = [each for each in (field.annotation, *get_args(field.annotation)) if isinstance(each, type)]
        nested = [each for each in inner if issubclass(each, BaseModel)]
        key = f"{prefix}{field.alias}"
        yield from (found for each in nested for found in keys(each, f"{key}.")) if nested else (key,)


def test_every_exit_code_of_the_runtime_is_told() -> None:
    from modelserver_runtime.ending import INTERRUPTED, Unusable

    assert exit_codes("The end") == {serve.DRAINED, Unusable.exit_code, serve.ENGINE_DIED, INTERRUPTED}


def test_every_exit_code_of_the_download_is_told() -> None:
    signals = {128 + signal.SIGINT, 128 + signal.SIGTERM}

    assert exit_codes("The download") == {DONE, NotNowError.exit_code, NotPossibleError.exit_code, *signals}


def exit_codes(heading: str) -> set[int]:
    """Those in the table below a heading of the runtime's page."""
    section = (DOCS / "runtime.md").read_text().partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    rows = re.findall(r"^\| (\d[\d, ]*) \|", section, flags=re.MULTILINE)
    return {int(code) for row in rows for code in row.split(", ")}


@pytest.mark.parametrize(("called", "group", "text"), commands.PROGRAMS)
def test_every_command_and_option_is_told(called: str, group: click.Group, text: str) -> None:
    page = (DOCS / "command-line.md").read_text()
    for command_called, command in commands.commands(group, called):
        assert f"### {command_called}\n" in page
        options = [name for option in command.params for name in option.opts if name.startswith("--")]
        assert [name for name in options if name not in page] == []


def test_the_vectors_page_has_every_key_and_the_strength_of_scale_one() -> None:
    told = first_cells("vectors.md")

    assert {field.alias for field in Description.model_fields.values()} - told == set()
    assert f"{REFERENCE_KL:g} nats per token" in (DOCS / "vectors.md").read_text()


def test_the_oldest_kubernetes_is_the_same_everywhere() -> None:
    chart = (ROOT / "charts" / "modelserver" / "Chart.yaml").read_text()
    oldest = re.search(r'^kubeVersion: ">=(\d+\.\d+)\.', chart, flags=re.MULTILINE)

    assert oldest
    assert f"Kubernetes {oldest[1]} or newer" in (ROOT / "README.md").read_text()
    assert f"| **{oldest[1]}** |" in (DOCS / "decisions" / "0005-oldest-versions.md").read_text()


@pytest.mark.parametrize("page", MARKDOWN, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    prose = re.sub(r"`[^`]*`", "", page.read_text())  # a regular expression may look like a link
    links = re.findall(r"\]\(([^)#\s]*)(#[^)]*)?\)", prose)
    targets = [(target, anchor) for target, anchor in links if not target.startswith("http")]

    gone = [target for target, _ in targets if not (page.parent / target).exists()]
    assert gone == []
    files = [(page.parent / target if target else page, anchor) for target, anchor in targets if anchor]
    assert [anchor for file, anchor in files if anchor.lstrip("#") not in anchors(file)] == []


def anchors(page: Path) -> set[str]:
    headings = re.findall(r"^#+ (.+)$", page.read_text(), flags=re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", MARKDOWN, ids=lambda page: str(page.relative_to(ROOT)))
def test_make_targets_in_the_docs_exist(page: Path) -> None:
    there = set(re.findall(r"^([a-z0-9-]+):", (ROOT / "Makefile").read_text(), flags=re.MULTILINE))
    named = {
        target for words in re.findall(r"(?:`|\$ )make ([a-z0-9 -]+)", page.read_text()) for target in words.split()
    }

    assert named - there == set()


def test_the_readme_is_short() -> None:
    assert len((ROOT / "README.md").read_text().splitlines()) < 150
