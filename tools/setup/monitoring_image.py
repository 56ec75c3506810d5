"""One image with all that a cluster is watched by: Prometheus, Alertmanager, the operator of both and its helper.

They lie in /usr/bin under the names below; a pod says which of them it runs.
"""

from pathlib import Path

from tools.setup import alertmanager, base
from tools.setup.buildah import buildah
from tools.setup.fresh import fresh
from tools.setup.keys import key
from tools.setup.places import cache
from tools.setup.prometheus_operator import OPERATOR, RELOADER, program
from tools.setup.prometheus_server import server
from tools.setup.recorder import Recorder
from tools.setup.step import Step

REPOSITORY = "images.modelserver.internal/monitoring"
FOLDER = "/usr/bin"


def files() -> dict[str, Path]:
    """By the place that each has in the image."""
    return {
        f"{FOLDER}/prometheus": server(),
        f"{FOLDER}/alertmanager": alertmanager.PROGRAM.path(),
        f"{FOLDER}/prometheus-operator": program(OPERATOR),
        f"{FOLDER}/prometheus-config-reloader": program(RELOADER),
        **alertmanager.PROGRAM.beside(),
    }


def reference() -> str:
    """The image's name. Raises OSError where what it is made of is not there."""
    made_of = [part for place, file in files().items() for part in (place, file)]
    return f"{REPOSITORY}:{key(base.reference(), *made_of)}"


def archive() -> Path:
    """The OCI archive that a cluster loads; it may not be there yet."""
    return cache() / "images" / "monitoring" / f"{reference().rpartition(':')[2]}.tar"


def _make(recorder: Recorder) -> None:
    container = buildah(recorder, "from", "--pull-never", base.reference())
    try:
        for place, file in files().items():
            buildah(recorder, "copy", "--quiet", "--chmod", "755", container, file, place)
        image = buildah(recorder, "commit", "--quiet", container)
    finally:
        buildah(recorder, "rm", container)
    with fresh(archive()) as making:
        buildah(recorder, "push", "--quiet", image, f"oci-archive:{making}:{reference()}")
    buildah(recorder, "rmi", image)


STEP = Step(
    name="monitoring-image",
    purpose="Make an image of Prometheus, Alertmanager and the Prometheus operator",
    needs=("base", "prometheus-server", "prometheus-alertmanager", "prometheus-operator"),
    done=lambda: archive().exists(),
    run=_make,
    advice="this step needs root, and what the three steps before it have made.",
)
