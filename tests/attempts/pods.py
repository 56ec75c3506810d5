"""Powers that a pod can have, asked for where a ModelServer has no such field: kubectl's strict validation says so.

A client that asks the API server to ignore what it does not know gets it pruned; `ASKED_FOR` is for showing that too.
"""

from tests.attempts.attempt import API_SERVER, Attempt, Manifest

ASKED_FOR: Manifest = {
    "hostNetwork": True,
    "hostPID": True,
    "hostUsers": True,
    "image": "registry.example.org/evil:1",
    "imagePullSecrets": [{"name": "theirs"}],
    "serviceAccountName": "theirs",
    "automountServiceAccountToken": True,
    "securityContext": {"privileged": True, "runAsUser": 0},
    "volumes": [{"name": "host", "hostPath": {"path": "/"}}],
    "nodeSelector": {"node-role.kubernetes.io/control-plane": ""},
    "nodeName": "control-plane-1",
    "affinity": {},
    "tolerations": [{"operator": "Exists"}],
    "runtimeClassName": "none",
    "priorityClassName": "system-node-critical",
    "env": [{"name": "LD_PRELOAD", "value": "/models/evil.so"}],
    "environment": [{"name": "VLLM_PLUGINS", "value": "evil"}],
    "initContainers": [{"name": "evil", "image": "registry.example.org/evil:1"}],
    "containers": [{"name": "evil", "image": "registry.example.org/evil:1"}],
    "resources": {"limits": {"nvidia.com/gpu": "8"}},
    "template": {"spec": {"hostNetwork": True}},
    "podAnnotations": {"container.apparmor.security.beta.kubernetes.io/server": "unconfined"},
}

NESTED = (
    Attempt(
        "an image beside the engine's options",
        API_SERVER,
        'unknown field "spec.engine.image"',
        {"engine": {"image": "registry.example.org/evil:1"}},
    ),
    Attempt(
        "a claim of another namespace",
        API_SERVER,
        'unknown field "spec.model.persistentVolumeClaim.namespace"',
        {"model": {"persistentVolumeClaim": {"claimName": "models", "namespace": "another-team"}}},
    ),
    Attempt(
        "a Secret of another namespace",
        API_SERVER,
        'unknown field "spec.model.huggingFace.tokenSecretRef.namespace"',
        {
            "model": {
                "huggingFace": {
                    "repo": "org/name",
                    "tokenSecretRef": {"name": "hub", "key": "token", "namespace": "another-team"},
                }
            }
        },
    ),
    Attempt(
        "annotations of the Ingress",
        API_SERVER,
        'unknown field "spec.expose.ingress.annotations"',
        {
            "expose": {
                "ingress": {"host": "models.example.com", "annotations": {"evil.example.org/snippet": "return 200"}}
            }
        },
    ),
    Attempt(
        "another ingress class",
        API_SERVER,
        'unknown field "spec.expose.ingress.className"',
        {"expose": {"ingress": {"host": "models.example.com", "className": "internal"}}},
    ),
)

ATTEMPTS = (
    *(
        Attempt(f"spec.{field}", API_SERVER, f'unknown field "spec.{field}"', {field: value})
        for field, value in ASKED_FOR.items()
    ),
    *NESTED,
)
