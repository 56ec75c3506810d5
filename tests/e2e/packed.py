"""The server "packed": its model lies in an image, and it is closed to all but the clients of a Secret."""

import base64
import platform
from collections.abc import Mapping
from pathlib import Path

from tests.e2e import model_image
from tests.e2e.served import Manifest, modelserver
from tools.devcluster.cluster import Cluster
from tools.setup import model

REFERENCE = "images.modelserver.internal/models/moods:1"
SECRET = "packed-keys"
KEYS = {"web": "sk-web-1", "batch": "sk-batch-1", "greedy": "sk-greedy-1"}
ORIGIN = "https://app.example.com"
PER_MINUTE = 30  # more than the tests of one key ask for, and soon reached


def load_model(cluster: Cluster, folder: Path) -> None:
    """Bring the image with the model to the cluster's node."""
    archive = folder / "moods.tar"
    model_image.write(archive, REFERENCE, model.folder() / "model", "weights/moods", platform.machine())
    assert cluster.load_image(archive) == [REFERENCE]


def server(namespace: str) -> Manifest:
    """The ModelServer."""
    return modelserver(
        "packed",
        namespace,
        model={"image": {"reference": REFERENCE, "path": "/weights/moods"}},
        engine={"maxContextTokens": 512, "maxSequences": 8},
        generation={"maxTokens": 8, "maxTokensLimit": 64, "temperature": 0},
        auth={
            "apiKeysSecretRef": {"name": SECRET},
            "rateLimit": {"requestsPerMinutePerClient": PER_MINUTE},
        },
        cors={"allowedOrigins": [ORIGIN]},
    )


def keys(namespace: str, values: Mapping[str, str]) -> Manifest:
    """The Secret with these clients' keys."""
    data = {client: base64.b64encode(key.encode()).decode() for client, key in values.items()}
    metadata = {"name": SECRET, "namespace": namespace}
    return {"apiVersion": "v1", "kind": "Secret", "metadata": metadata, "type": "Opaque", "data": data}
