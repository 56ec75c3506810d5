"""`modelserver loadtest` at a server that lets in who has a key, by way of TLS or without."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from tests.cli.encrypted import encrypted
from tests.cli.scripted import Scripted, scripted
from tests.unit.loadtest.certificate import made

from modelserver_operator.cli import main

KEY = "sk-load-1234"
LOAD = ("--warm-up", "0s", "--requests", "6", "--concurrency", "2", "-o", "json")


@pytest.fixture(scope="module")
def keyed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scripted]:
    """A server with one key."""
    keys = tmp_path_factory.mktemp("keys")
    (keys / "load").write_text(f"{KEY}\n")
    with scripted(tmp_path_factory.mktemp("keyed"), parts={"auth": {"keysPath": str(keys)}}) as server:
        yield server


@pytest.fixture(autouse=True)
def quick(keyed: Scripted) -> None:
    """It answers at once, and has been asked nothing."""
    keyed.begins_anew()
    keyed.plays(first_seconds=0.01, interval_seconds=0.001)


def loadtest(url: str, *words: str, **environment: str) -> Result:
    return CliRunner().invoke(main, ["loadtest", url, *LOAD, *words], env=environment)


@pytest.mark.parametrize("api", ["openai", "anthropic"])
def test_a_key_lets_in_and_is_told_to_nobody(keyed: Scripted, api: str) -> None:
    for ran in (
        loadtest(keyed.url, "--api", api, "--api-key", KEY),
        loadtest(keyed.url, "--api", api, MODELSERVER_API_KEY=KEY),
    ):
        assert ran.exit_code == 0, ran.output
        assert '"answered": 6' in ran.stdout
        assert KEY not in ran.output
    assert len(keyed.records()) == 12


@pytest.mark.parametrize("words", [(), ("--api-key", "sk-other-5678")])
def test_without_the_right_key_there_is_no_load(keyed: Scripted, words: tuple[str, ...]) -> None:
    ran = loadtest(keyed.url, *words)
    assert (ran.exit_code, ran.stdout, keyed.records()) == (1, "", [])
    assert f"{keyed.url} wants another API key (--api-key, MODELSERVER_API_KEY): " in ran.stderr
    assert "sk-other-5678" not in ran.stderr


def test_with_tls_the_server_has_to_be_trusted(keyed: Scripted, tmp_path: Path) -> None:
    certificate = made(tmp_path)
    with encrypted(int(keyed.url.rsplit(":", 1)[1]), certificate) as port:
        url = f"https://127.0.0.1:{port}"
        for trust in (("--ca-file", str(certificate)), ("--insecure",)):
            ran = loadtest(url, "--api-key", KEY, *trust)
            assert ran.exit_code == 0, ran.output
        assert len(keyed.records()) == 12
        ran = loadtest(url, "--api-key", KEY)
    assert (ran.exit_code, ran.stdout, len(keyed.records())) == (1, "", 12)
    assert "certificate verify failed" in ran.stderr
