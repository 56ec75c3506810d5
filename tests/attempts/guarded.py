"""The class that the attempts are made against, and what it does allow: without that a refusal would show nothing."""

from tests.attempts.attempt import Manifest

CLASS_NAME = "guarded"
ELSEWHERE = "elsewhere"  # a class for another team's namespace
NO_HOSTS = "unexposed"  # a class that lists no host


def guarded(namespace: str) -> dict[str, Manifest]:
    """The specs of the classes, by name; `namespace` is the one that may use them."""
    spec: Manifest = {
        "image": "registry.example.com/runtime:1",
        "device": "Cpu",
        "resources": {"cpu": "10m", "memory": "64Mi"},
        "engine": {
            "arguments": {"enforce-eager": ""},
            "allowedArguments": [
                {"name": "seed", "pattern": "[0-9]{1,4}"},
                {"name": "block-size", "pattern": "^(16|32)$"},
                {"name": "kv-cache-dtype", "pattern": "auto|fp8"},
                {"name": "enable-prefix-caching", "pattern": ""},
            ],
        },
        "allowed": {
            "namespaces": [namespace],
            "sources": ["PersistentVolumeClaim", "HuggingFace"],
            "hosts": ["models.example.com", "*.apps.example.com"],
        },
    }
    return {
        CLASS_NAME: spec,
        ELSEWHERE: spec | {"allowed": {"namespaces": ["another-team"]}},
        NO_HOSTS: spec | {"allowed": {"namespaces": [namespace], "sources": ["PersistentVolumeClaim"]}},
    }


SERVED: Manifest = {
    "className": CLASS_NAME,
    "model": {"persistentVolumeClaim": {"claimName": "models", "path": "demo"}},
}

# Each is near to attempts that are refused.
ALLOWED: dict[str, Manifest] = {
    "the plain one": {},
    "an allowed argument": {"engine": {"arguments": {"seed": "1234", "block-size": "16", "kv-cache-dtype": "fp8"}}},
    "an allowed flag": {"engine": {"arguments": {"enable-prefix-caching": ""}}},
    "the host that the class lists": {"expose": {"ingress": {"host": "models.example.com"}}},
    "a host under the suffix that the class lists": {"expose": {"ingress": {"host": "support.apps.example.com"}}},
    "a source that the class lists": {"model": {"huggingFace": {"repo": "org/name", "revision": "refs/pr/1"}}},
    "the root of a volume": {"model": {"persistentVolumeClaim": {"claimName": "models"}}},
}
