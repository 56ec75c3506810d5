"""Objects that set every field: the design's own sample, and what its alternatives look like."""

from __future__ import annotations

import copy
from typing import Any

import yaml
from tests.crd_cases.objects import IMAGE, mix, route

# As it stands in the design.
SAMPLE = """
apiVersion: modelserver.dev/v1alpha1
kind: ModelServer
metadata: {name: support}
spec:
  className: nvidia
  model:
    huggingFace: {repo: Qwen/Qwen2.5-7B-Instruct, revision: main, tokenSecretRef: {name: hf, key: token}}
    facts:
      {parameters: 7600000000, layers: 28, hiddenSize: 3584, attentionHeads: 28, keyValueHeads: 4, bytesPerParameter: 2}
  servedNames: [Qwen/Qwen2.5-7B-Instruct]
  profile: Balanced
  accelerators: {count: 2, tensorParallelSize: 2, pipelineParallelSize: 1}
  engine:
    maxContextTokens: 8192
    dtype: Auto
    maxSequences: 64
    acceleratorMemoryPercent: 90
    streamIntervalTokens: 1
    arguments: {}
  generation: {maxTokens: 1024, maxTokensLimit: 4096, temperature: 0.7, topP: 0.9, reasoningEffort: Medium}
  emotions:
    vectors: {persistentVolumeClaim: {claimName: steering, path: qwen2.5-7b}}
    default: {mix: [{vector: happiness, scale: 0.2}]}
    variants:
      - {name: support-cheerful, mix: [{vector: happiness, scale: 0.7}]}
      - {name: support-grave, mix: [{vector: sadness, scale: 0.3}, {vector: surprise, scale: -0.2}], phase: Decode}
    perRequest: Enabled
    maxActiveMixes: 64
  admission:
    maxRunning: 64
    maxWaiting: 50
    refuseEarlyAbovePercent: 80
    queueTimeoutSeconds: 30
    requestTimeoutSeconds: 300
    maxBodyBytes: 1048576
  auth:
    apiKeysSecretRef: {name: support-keys}
    rateLimit:
      requestsPerMinutePerClient: 600
      tokensPerMinutePerClient: 200000
      redisSecretRef: {name: redis, key: url}
  cors: {allowedOrigins: ["https://app.example.com"]}
  replicas: 1
  autoscaling:
    {minReplicas: 1, maxReplicas: 8, targetUnfinishedRequests: 24, scaleDownWindowSeconds: 300, metricsSource: Auto}
  rollout: {strategy: Auto, startupTimeoutSeconds: 1800, drainSeconds: 360}
  expose: {ingress: {host: support.example.com, tlsSecretName: support-tls}}
  cache: {size: 40Gi, storageClassName: fast, accessMode: ReadWriteMany, whenDeleted: Delete}
  monitoring:
    serviceMonitor: Auto
    alerts: Auto
    slo: {ttftP95Milliseconds: 7000, e2eP95Milliseconds: 20000, maxErrorRate: "0.5%"}
  paused: false
"""

CLASS = """
apiVersion: modelserver.dev/v1alpha1
kind: ModelServerClass
metadata: {name: nvidia}
spec:
  image: registry.example.com/runtime@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef
  imagePullSecrets: [{name: registry}]
  engine:
    kind: vLLM
    arguments: {seed: "1"}
    allowedArguments: [{name: block-size, pattern: "[0-9]+"}]
  device: Cuda
  accelerator: {resourceName: nvidia.com/gpu, memory: 80Gi, computeCapability: "9.0"}
  resources: {cpu: 8, memory: 64Gi, ephemeralStorage: 20Gi, sharedMemory: 8Gi}
  nodeSelector: {pool: gpu}
  tolerations:
    - {key: nvidia.com/gpu, operator: Equal, value: "true", effect: NoExecute, tolerationSeconds: 60}
  runtimeClassName: nvidia
  priorityClassName: serving
  serviceAccountName: served
  securityContext: {runAsUser: 2000, runAsGroup: 2000, fsGroup: 2000}
  volumes: [{name: engine, persistentVolumeClaim: {claimName: engine}, mountPath: /opt/engine}]
  environment: [{name: VLLM_LOGGING_LEVEL, value: WARNING}]
  allowed: {namespaces: [support], sources: [HuggingFace], hosts: ["*.example.com", support.test]}
  ingress: {className: nginx, annotations: {nginx.ingress.kubernetes.io/proxy-buffering: "off"}}
  monitorLabels: {release: prometheus}
  maxConcurrentRollouts: 2
  templateRevision: 1
"""

WHOLE: dict[str, Any] = yaml.safe_load(SAMPLE)
WHOLE_CLASS: dict[str, Any] = yaml.safe_load(CLASS)


def _with(**spec: Any) -> dict[str, Any]:
    """The whole sample with other parts; a part of None is taken away."""
    changed = copy.deepcopy(WHOLE)
    changed["spec"] = {name: part for name, part in {**changed["spec"], **spec}.items() if part is not None}
    return changed


_STEERED = {"mix": mix(), "phase": "Decode"}

# What the sample shows as alternatives, and what it leaves to defaults.
ON_A_VOLUME = _with(
    model={"persistentVolumeClaim": {"claimName": "models", "path": "qwen2.5-7b"}},
    cache=None,
    expose=route("support.example.com", namespace="gateways", sectionName="https"),
    emotions={**WHOLE["spec"]["emotions"], "default": _STEERED, "variants": [{"name": "grave", **_STEERED}]},
)
IN_AN_IMAGE = _with(model={"image": {**IMAGE["image"], "path": "/"}}, cache=None)

EVERY_FIELD = (WHOLE, ON_A_VOLUME, IN_AN_IMAGE, WHOLE_CLASS)
