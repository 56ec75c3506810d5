"""Who is let in: keys in both header forms, from a folder as Kubernetes mounts it, rotated while the server runs."""

import json
import logging
import shutil
from pathlib import Path
from typing import Any

import pytest
from tests.unit.runtime.scripted import CHAT, Bench, Caller

from modelserver_runtime.config.yaml_file import ConfigError
from modelserver_runtime.stages.key_files import LOOK_SECONDS, KeyFolder, digest

CHAT_PATH, MESSAGES_PATH = "/v1/chat/completions", "/v1/messages"
SHOP, SEARCH = "sk-shop-1234", "sk-search-5678"


class Secret:
    """A folder as the kubelet writes it: every file a link through `..data`, which is swapped at once."""

    def __init__(self, folder: Path, **keys: str) -> None:
        self.folder = folder
        folder.mkdir()
        self._version = 0
        self.write(**keys)

    def write(self, **keys: str) -> None:
        self._version += 1
        content = self.folder / f"..version_{self._version}"
        content.mkdir()
        for name, key in keys.items():
            (content / name).write_text(key)
        (self.folder / "..new").symlink_to(content.name)
        (self.folder / "..new").rename(self.folder / "..data")
        for name in keys:
            if not (self.folder / name).is_symlink():
                (self.folder / name).symlink_to(f"..data/{name}")
        for link in self.folder.iterdir():
            if link.is_symlink() and not link.exists():
                link.unlink()
        if self._version > 1:
            shutil.rmtree(self.folder / f"..version_{self._version - 1}")


class Ticks:
    """A clock that the test moves."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def secret(tmp_path: Path) -> Secret:
    return Secret(tmp_path / "keys", shop=f"{SHOP}\n", search=SEARCH)


@pytest.fixture
def bench(secret: Secret) -> Bench:
    return Bench({"auth": {"keysPath": str(secret.folder)}})


async def asked(bench: Bench, path: str = "/v1/models", method: str = "GET", **headers: str) -> Caller:
    """A request with those headers, `_` for `-`."""
    given = {name.replace("_", "-"): value for name, value in headers.items()}
    return await bench.ask(path, CHAT, method=method, headers=given).done()


def clients(folder: KeyFolder) -> dict[str, bytes]:
    return {key.client: key.digest for key in folder.known()}


def logged(caplog: pytest.LogCaptureFixture, message: str) -> list[Any]:
    """The fields of the lines that say so."""
    return [record.fields for record in caplog.records if message in record.message]  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    "headers",
    [
        {"authorization": f"Bearer {SHOP}"},
        {"authorization": f"bearer  {SHOP} "},
        {"x_api_key": SHOP},
        {"x_api_key": SHOP, "authorization": f"Bearer {SHOP}"},
        {"x_api_key": SHOP, "authorization": "Basic c2hvcDpwYXNz"},  # a proxy's, no key
    ],
)
async def test_a_known_key_is_let_in_whichever_header_carries_it(
    bench: Bench, headers: dict[str, str], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)

    assert (await asked(bench, **headers)).status == 200
    (line,) = logged(caplog, "request")
    assert line["client"] == "shop"
    assert SHOP not in json.dumps(line)


@pytest.mark.parametrize(
    ("headers", "says"),
    [
        ({}, "No API key was sent"),
        ({"authorization": SHOP}, "No API key was sent"),
        ({"authorization": f"Basic {SHOP}"}, "No API key was sent"),
        ({"authorization": "Bearer "}, "Incorrect API key"),
        ({"authorization": "Bearer sk-wrong-9876"}, "Incorrect API key"),
        ({"authorization": f"Bearer {SHOP}x"}, "Incorrect API key"),
        ({"authorization": f"Bearer {SHOP[:-1]}"}, "Incorrect API key"),
        ({"x_api_key": "sk-wrong-9876"}, "Incorrect API key"),
        ({"x_api_key": "é"}, "Incorrect API key"),
        ({"x_api_key": SHOP, "authorization": f"Bearer {SEARCH}"}, "Two different API keys"),
        ({"x_api_key": SHOP, "authorization": "Bearer sk-wrong-9876"}, "Two different API keys"),
    ],
)
async def test_anything_else_is_refused(
    bench: Bench, headers: dict[str, str], says: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)

    caller = await asked(bench, CHAT_PATH, "POST", **headers)

    assert caller.status == 401
    assert caller.headers["www-authenticate"] == "Bearer"
    error = caller.document["error"]
    assert error.pop("message").startswith(says)
    assert error == {"type": "invalid_request_error", "param": None, "code": "invalid_api_key"}
    assert not bench.engine.calls
    assert bench.metric("modelserver_requests_refused_total", reason="invalid_key") == 1
    everything = caller.body.decode() + "".join(str(record.__dict__) for record in caplog.records)
    assert "sk-" not in everything
    assert logged(caplog, "request")[0]["client"] is None


async def test_anthropics_routes_are_refused_in_anthropics_shape(bench: Bench) -> None:
    caller = await asked(bench, MESSAGES_PATH, "POST", x_api_key="sk-wrong")

    assert caller.status == 401
    assert caller.headers["www-authenticate"] == "Bearer"
    assert caller.document["error"] == {"type": "authentication_error", "message": "Incorrect API key provided."}


@pytest.mark.parametrize(("path", "status"), [("/", 200), ("/health", 200), ("/docs", 404), ("/v1/models/demo", 401)])
async def test_only_what_tells_something_needs_a_key(bench: Bench, path: str, status: int) -> None:
    assert (await asked(bench, path)).status == status


async def test_without_keys_the_client_is_its_address(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)

    caller = await Bench().ask("/v1/models", method="GET", headers={"x-forwarded-for": "203.0.113.9"}).done()

    assert caller.status == 200
    assert logged(caplog, "request")[0]["client"] == "192.0.2.1"


def test_a_rotated_key_is_in_force_within_a_second(secret: Secret) -> None:
    now = Ticks()
    folder = KeyFolder(secret.folder, now)
    assert clients(folder) == {"search": digest(SEARCH.encode()), "shop": digest(SHOP.encode())}

    secret.write(shop="sk-shop-new1", partner="sk-partner")
    assert clients(folder).keys() == {"search", "shop"}, "the files are looked at once a second, not at each request"
    now.seconds = LOOK_SECONDS

    assert clients(folder) == {"partner": digest(b"sk-partner"), "shop": digest(b"sk-shop-new1")}


async def test_the_server_takes_the_new_key_and_refuses_the_old(
    secret: Secret, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("modelserver_runtime.stages.key_files.LOOK_SECONDS", 0)
    bench = Bench({"auth": {"keysPath": str(secret.folder)}})
    assert (await asked(bench, x_api_key=SHOP)).status == 200

    secret.write(shop="sk-shop-new1")

    assert (await asked(bench, x_api_key=SHOP)).status == 401
    assert (await asked(bench, x_api_key="sk-shop-new1")).status == 200


def test_a_file_that_is_written_in_place_is_read_again(tmp_path: Path) -> None:
    now = Ticks()
    (tmp_path / "shop").write_text("one")
    folder = KeyFolder(tmp_path, now)

    (tmp_path / "shop").write_text("another")
    now.seconds = LOOK_SECONDS

    assert clients(folder) == {"shop": digest(b"another")}


def test_nothing_is_read_while_nothing_changes(secret: Secret, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    now = Ticks()
    folder = KeyFolder(secret.folder, now)
    for _ in range(3):
        now.seconds += LOOK_SECONDS
        folder.known()

    assert logged(caplog, "keys read") == [{"clients": ["search", "shop"]}]


def test_what_holds_no_key_is_left_out_and_told(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    contents = {"empty": b"", "blank": b"\n", "lines": b"one\ntwo\n", "binary": b"\xff\x00", "..hidden": b"hidden"}
    for name, content in {**contents, "good": b" \tgood\r\n"}.items():
        (tmp_path / name).write_bytes(content)
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "inner").write_text("inner")

    assert clients(KeyFolder(tmp_path)) == {"good": digest(b"good")}
    assert [line["file"] for line in logged(caplog, "no key:")] == ["binary", "blank", "empty", "lines"]


def test_two_files_with_one_key_are_told(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "b").write_text("same")
    (tmp_path / "a").write_text("same\n")

    assert clients(KeyFolder(tmp_path)) == {"a": digest(b"same")}
    assert logged(caplog, "the same key") == [{"files": ["a", "b"]}]


async def test_without_any_key_everything_is_refused(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    bench = Bench({"auth": {"keysPath": str(tmp_path)}})

    assert (await asked(bench, x_api_key="")).status == 401
    assert logged(caplog, "there is no key") == [{"folder": str(tmp_path)}]


def test_a_folder_that_goes_away_leaves_the_keys_in_force(secret: Secret, caplog: pytest.LogCaptureFixture) -> None:
    now = Ticks()
    folder = KeyFolder(secret.folder, now)
    away = secret.folder.rename(secret.folder.with_name("away"))
    for _ in range(3):
        now.seconds += LOOK_SECONDS
        assert clients(folder).keys() == {"search", "shop"}
    assert len(logged(caplog, "cannot be read")) == 1, "told once, not each second"

    away.rename(secret.folder)
    (secret.folder / "partner").write_text("sk-partner")
    now.seconds += LOOK_SECONDS
    assert clients(folder).keys() == {"partner", "search", "shop"}


def test_a_folder_that_is_not_there_ends_the_start(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"keys' folder .*away \(auth.keysPath\) cannot be read: No such file"):
        KeyFolder(tmp_path / "away")
