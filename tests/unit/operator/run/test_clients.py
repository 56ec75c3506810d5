"""`modelserver run` of a server that asks for keys and rates: the Secrets are folders of this machine."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.crd_cases import server
from tests.unit.operator.run.process import Start, ends, refused

RATE = {"requestsPerMinutePerClient": 60, "redisSecretRef": {"name": "redis", "key": "url"}}
CLOSED = server(auth={"apiKeysSecretRef": {"name": "team-keys"}, "rateLimit": RATE})


def config(start: Start, *arguments: str) -> tuple[dict[str, Any], str]:
    """(the start configuration that the runtime was given, standard error)."""
    status, output, errors = ends(start(*arguments, manifests=[CLOSED], END="0"))
    assert status == 0, errors
    found: dict[str, Any] = json.loads(output)["config"]
    return found, errors


def test_keys_and_a_redis_lie_in_folders(start: Start, models: Path, tmp_path: Path) -> None:
    (tmp_path / "url").write_text("redis://localhost:6379/0")
    secrets = ["--secret", f"team-keys={models}", "--secret", f"redis={tmp_path}"]
    found, errors = config(start, "--claim", f"models={models}", *secrets)
    assert found["auth"] == {"keysPath": str(models)}
    assert found["rateLimit"] == {"requestsPerMinutePerClient": 60, "redisUrlPath": f"{tmp_path}/url"}
    assert "is not used" not in errors


def test_without_a_redis_the_one_process_counts_alone(start: Start, models: Path) -> None:
    found, _ = config(start, "--claim", f"models={models}", "--secret", f"team-keys={models}")
    assert found["rateLimit"] == {"requestsPerMinutePerClient": 60}


def test_without_keys_nothing_is_opened(tmp_path: Path, models: Path) -> None:
    status, errors = refused(tmp_path, "--claim", f"models={models}", manifests=[CLOSED])
    assert status == 2
    assert "spec.auth takes the clients' keys from the Secret team-keys" in errors
    assert "--secret team-keys=FOLDER" in errors


def test_a_redis_without_its_url(tmp_path: Path, models: Path) -> None:
    secrets = ["--secret", f"team-keys={models}", "--secret", f"redis={models}"]
    status, errors = refused(tmp_path, "--claim", f"models={models}", *secrets, manifests=[CLOSED])
    assert status == 2
    assert f"--secret redis: there is no file {models}/url, which spec.auth.rateLimit.redisSecretRef names" in errors
