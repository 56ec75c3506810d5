"""`modelserver validate` and `render`: what they print, and with which exit status."""

from __future__ import annotations

import copy
import datetime
import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner, Result
from tests.crd_cases import WHOLE, server, server_class
from tests.crd_cases.objects import HUB, ingress

from modelserver_operator.cli import main


def invoke(*arguments: str | Path, given: str | None = None) -> Result:
    """The command line, in this process."""
    return CliRunner().invoke(main, [str(each) for each in arguments], input=given)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A file's path."""
    return tmp_path / "demo.yaml"


def write(path: Path, *manifests: dict[str, Any]) -> Path:
    """The manifests as documents of a file."""
    path.write_text(yaml.safe_dump_all(manifests), encoding="utf-8")
    return path


def test_valid_with_the_built_in_class(file: Path) -> None:
    result = invoke("validate", write(file, server(className="anything")))
    assert (result.exit_code, result.stdout) == (0, f"{file}: ModelServer demo: valid, class local\n")
    assert "the built-in class local stands in for anything" in result.stderr


def test_valid_with_the_class_beside_it(file: Path) -> None:
    result = invoke("validate", write(file, server(className="small"), server_class()))
    assert result.exit_code == 0
    assert result.stdout.splitlines() == [
        f"{file}: ModelServer demo: valid, class small",
        f"{file}: ModelServerClass small: valid",
    ]
    assert result.stderr == ""


def test_the_class_in_another_file(file: Path, tmp_path: Path) -> None:
    classes = write(tmp_path / "classes.yaml", server_class(engine={"allowedArguments": [{"name": "swap-space"}]}))
    write(file, server(className="small", engine={"arguments": {"swap-space": "4"}}))
    assert invoke("validate", file, "--class-file", classes).exit_code == 0
    assert invoke("validate", file).exit_code == 1


@pytest.mark.parametrize("command", [["validate"], ["render", "-f"]])
def test_each_file_is_judged_by_its_own_classes(command: list[str], file: Path, tmp_path: Path) -> None:
    """A class in one file is no class of another's ModelServers, which the built-in class goes on to serve."""
    beside = write(tmp_path / "class.yaml", server_class(), server("other", className="small"))
    between = command[1:]
    result = invoke(*command, write(file, server(className="large")), *between, beside)
    assert result.exit_code == 0, result.output
    assert "demo: no class is in this file or a class file, so the built-in class local stands in" in result.stderr
    assert "other" not in result.stderr


def test_all_samples_at_once() -> None:
    result = invoke("validate", *sorted((Path(__file__).parents[3] / "manifests" / "samples").glob("*.yaml")))
    assert result.exit_code == 0, result.output


def test_a_class_that_is_not_there(file: Path) -> None:
    result = invoke("validate", write(file, server(className="large"), server_class()))
    assert result.exit_code == 1
    assert "spec.className: ClassNotFound: no class large is in this file or a class file (has small)" in result.stdout


def test_what_the_class_refuses(file: Path) -> None:
    result = invoke(
        "validate", write(file, server(className="small", engine={"arguments": {"x": "1"}}), server_class())
    )
    assert result.exit_code == 1
    assert "spec.engine.arguments.x: Class small does not allow x" in result.stdout


@pytest.mark.parametrize(
    ("spec", "of_class", "says"),
    [
        (
            {"expose": ingress("a.example.com")},
            {"allowed": {"hosts": ["*.test"]}},
            "expose.ingress.host: Class small does not allow the host a.example.com; it allows *.test (allowed.hosts).",
        ),
        (
            {"model": HUB},
            {"allowed": {"sources": ["Image"]}},
            "spec.model.huggingFace: Class small allows models from Image, not from HuggingFace.",
        ),
        (
            {"model": {**HUB, "facts": {"parameters": 70_000_000_000, "bytesPerParameter": 2}}},
            {"device": "Cuda", "accelerator": {"resourceName": "nvidia.com/gpu", "memory": "80Gi"}},
            "spec.model.facts: The weights need 130.4 GiB",
        ),
    ],
)
def test_what_class_and_release_do_not_give(
    spec: dict[str, Any], of_class: dict[str, Any], says: str, file: Path
) -> None:
    write(file, server(className="small", **spec), server_class(**of_class))
    result = invoke("validate", file)
    assert result.exit_code == 1
    assert says in result.stdout
    rendered = invoke("render", "-f", file)
    assert (rendered.exit_code, rendered.stdout) == (1, "")
    assert says in rendered.stderr


@pytest.mark.parametrize("command", [["validate"], ["render", "-f"]])
@pytest.mark.parametrize(
    ("spec", "says"),
    [
        (
            {"monitoring": {"slo": {"ttftP95Milliseconds": 60001}}},
            "spec.monitoring.slo.ttftP95Milliseconds is more than 60000 ms, ",
        ),
    ],
)
def test_what_is_asked_for_and_not_done_is_a_note(
    spec: dict[str, Any], says: str, command: list[str], file: Path
) -> None:
    result = invoke(*command, write(file, server(**spec)))
    assert result.exit_code == 0
    assert f"note: {file}: ModelServer demo: {says}" in result.stderr
    assert says not in result.stdout


def test_the_whole_sample_is_rendered_without_keys(file: Path) -> None:
    """Every child is there: of a cluster that is not known, it is assumed that it has all kinds."""
    sample = copy.deepcopy(WHOLE)
    sample["spec"]["className"] = "small"
    del sample["spec"]["auth"]
    write(file, sample, server_class(allowed={"hosts": ["support.example.com"]}))
    result = invoke("render", "-f", file)
    assert result.exit_code == 0, result.stderr
    assert [each["kind"] for each in yaml.safe_load_all(result.stdout)] == [
        "ServiceAccount",
        "ConfigMap",
        "ConfigMap",
        "PersistentVolumeClaim",
        "NetworkPolicy",
        "Deployment",
        "HorizontalPodAutoscaler",
        "PodDisruptionBudget",
        "Service",
        "Ingress",
        "ServiceMonitor",
        "PrometheusRule",
    ]


def test_a_class_that_makes_no_sense(file: Path) -> None:
    result = invoke("validate", write(file, server_class(engine={"arguments": {"port": "1"}})))
    assert result.exit_code == 1
    assert (
        "spec.engine.arguments.port: Class small fixes the option port, which is set by the runtime." in result.stdout
    )


def test_the_namespace_decides(file: Path) -> None:
    write(file, server(className="small"), server_class(allowed={"namespaces": ["team"]}))
    assert invoke("validate", file).exit_code == 1
    assert invoke("validate", file, "-n", "team").exit_code == 0


def test_every_problem_of_every_file(file: Path, tmp_path: Path) -> None:
    bad_class = write(tmp_path / "class.yaml", server_class(device="Gpu", modle={}))
    result = invoke("validate", write(file, server(engin={}), server("7b")), bad_class)
    assert result.exit_code == 1
    assert [line.split(": ")[2] for line in result.stdout.splitlines()] == [
        "spec.engin",
        "metadata.name",
        "spec.modle",
        "spec.device",
    ]


def test_as_json_and_yaml(file: Path) -> None:
    write(file, server(modle=1))
    result = invoke("validate", file, "-o", "json")
    assert result.exit_code == 1
    problems = [{"field": "spec.modle", "message": "unknown key; did you mean model?"}]
    expected = {"file": str(file), "kind": "ModelServer", "name": "demo", "valid": False, "className": None}
    assert json.loads(result.stdout) == {"results": [expected | {"problems": problems}]}
    assert yaml.safe_load(invoke("validate", file, "-o", "yaml").stdout) == json.loads(result.stdout)


def test_standard_input() -> None:
    result = invoke("validate", "-", given=yaml.safe_dump(server()))
    assert result.stdout == "standard input: ModelServer demo: valid, class local\n"


def test_other_kinds_are_skipped_and_told(file: Path) -> None:
    other = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "team"}}
    result = invoke("validate", write(file, other, server()))
    assert result.exit_code == 0
    assert "Namespace team is not ours and was skipped" in result.stderr


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (b"a: b\n\tc: d\n", ":2:1: found character '\\t' that cannot start any token"),
        (b"a: [b\n", ":2:1: expected ',' or ']'"),
        (b"a: b\nc: d\na: e\n", ":3:1: the key a stands twice"),
        (b"a: b: c\n", ":1:5: mapping values are not allowed here"),
        (b'ok: 1\na: "\x01"\n', ":2:5: a character that YAML does not allow"),
        (b"a: \xff\n", ": is not UTF-8 text"),
        (b"- a\n", ": holds a list where a manifest (a mapping) is expected"),
        (b"a: *x\n", ":1:4: found undefined alias 'x'"),
        (b"a: &x {b: *x}\n", ": an alias (*) stands inside of what it names"),
        (b"ok: 1\na: 2026-99-99\n", ":2:4: 2026-99-99 is no timestamp"),
        (b"a: !!bool 7\n", ":1:4: 7 is no bool"),
        (b"a: !!timestamp soon\n", ":1:4: soon is no timestamp"),
        (b"a: !!set [b]\n", ":1:4: expected a mapping node"),
        (b"a: " + b"[" * 5000, ": is nested too deeply"),
        (b"", "nothing of modelserver.dev/v1alpha1 is in the given files"),
        (b"kind: ModelServer\napiVersion: example.com/v2\n", "nothing of modelserver.dev/v1alpha1"),
    ],
)
@pytest.mark.parametrize("command", [["validate"], ["render", "-f"]])
def test_malformed_files(command: list[str], text: bytes, says: str, file: Path) -> None:
    file.write_bytes(text)
    result = invoke(*command, file)
    assert result.exit_code == 1
    assert says.replace("nothing of", "") in result.stderr
    assert "Traceback" not in result.output


@pytest.mark.parametrize(
    ("manifest", "says"),
    [
        ({"apiVersion": "modelserver.dev/v1alpha1", "kind": "Modelserver"}, "kind: must be ModelServer or"),
        ({"apiVersion": "modelserver.dev/v1alpha1"}, "(no kind) (no name): kind: must be"),
        ({**server(), "metadata": ["demo"]}, "metadata: must be a mapping"),
        ({**server(), "spec": None}, "spec: is required"),
        ({**server(), "metadata": {"name": datetime.date(2026, 1, 1)}}, "metadata.name: must be a valid string"),
        ({**server(), "spec": {1: 2}}, "spec.1: unknown key"),
    ],
)
def test_odd_manifests(manifest: dict[str, Any], says: str, file: Path) -> None:
    result = invoke("validate", write(file, manifest))
    assert result.exit_code == 1
    assert says in result.stdout
    assert json.loads(invoke("validate", file, "-o", "json").stdout)["results"][0]["valid"] is False


@pytest.mark.parametrize(
    "arguments", [["validate"], ["validate", "missing.yaml"], ["render"], ["render", "-f", "missing.yaml"], ["nothing"]]
)
def test_a_wrong_command_line(arguments: list[str]) -> None:
    assert invoke(*arguments).exit_code == 2


def test_render_refuses_what_is_not_valid(file: Path) -> None:
    result = invoke("render", "-f", write(file, server(), server("other", modle={})))
    assert (result.exit_code, result.stdout) == (1, "")
    assert "ModelServer other: spec.modle: unknown key" in result.stderr


def test_render_as_json_is_one_list_for_kubectl(file: Path) -> None:
    result = invoke("render", "-f", write(file, server(replicas=2)), "-n", "team", "-o", "json")
    rendered = json.loads(result.stdout)
    assert (rendered["apiVersion"], rendered["kind"]) == ("v1", "List")
    assert {each["metadata"]["namespace"] for each in rendered["items"]} == {"team"}
    assert [each["spec"]["replicas"] for each in rendered["items"] if each["kind"] == "Deployment"] == [2]
    assert yaml.safe_load(yaml.safe_dump_all(rendered["items"][:1])) == rendered["items"][0]


def test_help_names_every_command() -> None:
    text = invoke("--help").stdout
    assert [name for name in ("crd", "render", "run", "validate") if f"\n  {name} " not in text] == []
