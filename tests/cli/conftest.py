"""One server for each worker, whose engine does what tests say; what ends a server starts one of its own."""

import os
from collections.abc import Iterator

import pytest
from tests.cli.scripted import Scripted, scripted


@pytest.fixture(scope="session", autouse=True)
def plain_environment() -> Iterator[None]:
    """No variable of the shell that runs the tests speaks to the commands."""
    with pytest.MonkeyPatch.context() as changed:
        for name in [each for each in os.environ if each.startswith("MODELSERVER_")]:
            changed.delenv(name)
        for name in ("NO_COLOR", "COLUMNS", "LINES", "KUBECONFIG"):
            changed.delenv(name, raising=False)
        yield


@pytest.fixture(scope="session")
def shared_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scripted]:
    """The server that tests share; take the fixture `server`."""
    with scripted(tmp_path_factory.mktemp("scripted")) as server:
        yield server


@pytest.fixture
def server(shared_server: Scripted) -> Scripted:
    """A server with the first Script in force and no Records."""
    shared_server.begins_anew()
    return shared_server
