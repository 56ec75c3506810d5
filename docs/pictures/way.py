"""The way from `kubectl apply` to an answer."""

from pathlib import Path

from docs.pictures.drawing import MUTED, Box, arrow, drawing, put
from matplotlib.axes import Axes

PEOPLE, OURS, KUBERNETES = "#fff3d6", "#d9f0e3", "#e6ecf5"
OPERATOR = ("get server and class", "resolve", "desired", "apply, prune", "status")


def way(target: Path) -> None:
    """Writes the picture."""
    with drawing(target, 96, 44) as axes:
        _apply_to_pods(axes)
        _request_to_tokens(axes)


def _apply_to_pods(axes: Axes) -> None:
    axes.text(2, 42, "apply to pods", fontsize=9, color=MUTED, style="italic")
    user = put(axes, Box(2, 29, 15, 10, "platform user", ("kubectl apply", "a ModelServer"), PEOPLE))
    api = put(axes, Box(27, 29, 15, 10, "API server", ("schema and", "CEL rules"), KUBERNETES))
    operator = put(axes, Box(53, 24.5, 17, 16, "operator", OPERATOR, OURS))
    children = put(axes, Box(80, 26.5, 15, 12, "children", ("start, live config", "Deployment", "Service"), KUBERNETES))
    arrow(axes, user.right, api.left, "ModelServer")
    arrow(axes, (42, 35.5), (53, 35.5), "events")
    arrow(axes, (53, 31.5), (42, 31.5), "conditions")
    arrow(axes, operator.right, children.left, "server-side\napply", above=2.0)


def _request_to_tokens(axes: Axes) -> None:
    axes.text(2, 18.5, "request to tokens", fontsize=9, color=MUTED, style="italic")
    client = put(axes, Box(2, 5, 15, 10, "application", ("OpenAI or", "Anthropic client"), PEOPLE))
    service = put(axes, Box(27, 5, 15, 10, "Service", ("ready pods only",), KUBERNETES))
    put(axes, Box(52, 1, 43, 18, "pod", (), "#f7f9fb"))
    put(axes, Box(54, 3, 17, 12.5, "shell", ("routes, served names", "bounded gate", "drain"), OURS))
    put(axes, Box(77, 3, 16, 12.5, "vLLM's own app", ("unmodified,", "model mounted", "read-only"), KUBERNETES))
    arrow(axes, client.right, service.left, "HTTP")
    arrow(axes, service.right, (54, 10), "port 8000")
    arrow(axes, (71, 10.5), (77, 10.5), "ASGI")
    arrow(axes, (77, 7), (71, 7), "tokens", above=-1.2)
    arrow(axes, (87.5, 26.5), (87.5, 19))
