"""A kubeconfig is found, and its context chosen, as kubectl does it."""

from pathlib import Path

import pytest
import yaml

from modelserver_operator.cluster import Kubeconfig, KubeconfigError, Login, LoginError


def written(file: Path, *, current: str = "", **namespaces: str) -> Path:
    """A kubeconfig with these contexts."""
    contexts = [
        {"name": name, "context": {"cluster": "here", "user": "me", "namespace": namespace}}
        for name, namespace in namespaces.items()
    ]
    cluster = {"name": "here", "cluster": {"server": "https://127.0.0.1:1"}}
    user = {"name": "me", "user": {"token": "t"}}
    content = {"clusters": [cluster], "users": [user], "contexts": contexts, "current-context": current}
    file.write_text(yaml.safe_dump(content))
    return file


def test_the_context_is_the_current_one_or_the_chosen_one(tmp_path: Path) -> None:
    file = written(tmp_path / "config", current="one", one="team-a", two="team-b", three="")
    assert Kubeconfig(str(file)).context() == ("one", "team-a")
    assert Kubeconfig(str(file), "two").context() == ("two", "team-b")
    assert Kubeconfig(str(file), "three").context() == ("three", "")


def test_of_several_files_the_first_that_says_something_wins(tmp_path: Path) -> None:
    first = written(tmp_path / "first", one="of-first")
    second = written(tmp_path / "second", current="one", one="of-second", two="b")
    files = f"{tmp_path / 'not-yet'}:{first}:{second}:{written(tmp_path / 'third', current='two')}"
    assert Kubeconfig(files).context() == ("one", "of-first")
    assert Kubeconfig(files, "two").context() == ("two", "b")


def test_a_file_that_is_given_goes_over_the_variable_and_that_over_the_home(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("KUBECONFIG", raising=False)
    assert Kubeconfig.found(None, None) is None
    (tmp_path / ".kube").mkdir()
    usual = written(tmp_path / ".kube" / "config")
    assert Kubeconfig.found(None, "x") == Kubeconfig(str(usual), "x")
    monkeypatch.setenv("KUBECONFIG", "/a:/b")
    assert Kubeconfig.found(None, None) == Kubeconfig("/a:/b")
    assert Kubeconfig.found(Path("/given"), None) == Kubeconfig("/given")


@pytest.mark.parametrize(
    ("content", "chosen", "said"),
    [
        ("contexts: [", "", "is not YAML"),
        ("just text", "", "holds no mapping"),
        ("{}", "", "sets no current-context: choose one with --context (it has none)"),
        ("contexts: [{name: a, context: {}}]", "b", "has no context b: it has a"),
        ("current-context: a\ncontexts: nonsense", "", "has no context a: it has none"),
    ],
)
def test_what_is_wrong_with_a_file_is_said(tmp_path: Path, content: str, chosen: str, said: str) -> None:
    file = tmp_path / "config"
    file.write_text(content)
    with pytest.raises(KubeconfigError) as error:
        Kubeconfig(str(file), chosen).context()
    assert said in str(error.value)
    assert str(file) in str(error.value)


@pytest.mark.parametrize(
    ("user", "said"),
    [
        ({"client-certificate": "/nowhere", "client-key": "/nowhere"}, "/nowhere"),
        (
            {"exec": {"apiVersion": "client.authentication.k8s.io/v1", "command": "false"}},
            "process returned 1",
        ),
    ],
)
async def test_credentials_that_cannot_be_had_are_no_login(
    tmp_path: Path, user: dict[str, object], said: str, capfd: pytest.CaptureFixture[str]
) -> None:
    """Also a plugin that fails: without it, the calls would be made as nobody."""
    file = written(tmp_path / "config", current="one", one="")
    config = yaml.safe_load(file.read_text())
    config["users"] = [{"name": "me", "user": user}]
    file.write_text(yaml.safe_dump(config))
    with pytest.raises(LoginError, match="cannot log in to Kubernetes") as error:
        (await Login.of(Kubeconfig(str(file)))).client()
    assert said in str(error.value)
    assert capfd.readouterr().err == ""
