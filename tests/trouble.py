"""Broken situations, as data: how each comes about, and what a user then reads in the ModelServer's conditions.

Whoever makes them for real keeps the names: the control plane's are made in tests/controlplane/broken.py, all of them
side by side.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Trouble:
    """One situation; `name` is also that of its ModelServer.

    made: how it comes about. condition, status, reason: where it is told. says: what stands in the message.
    """

    name: str
    made: str
    reason: str
    says: tuple[str, ...]
    condition: str = "Ready"
    status: str = "False"


TROUBLES = (
    # The object, its class, the API server.
    Trouble(
        "class-not-found",
        "spec.className names no class",
        "ClassNotFound",
        ("No ModelServerClass is called nobody.", "spec.className"),
    ),
    Trouble(
        "class-invalid",
        "the class fixes an engine option that is the operator's own",
        "ClassInvalid",
        ("fixes the option max-model-len",),
    ),
    Trouble(
        "spec-invalid",
        "the model's heads cannot be dealt out to the accelerators",
        "SpecInvalid",
        ("spec.accelerators: ", "7 attention heads", "choose a tensorParallelSize that divides 7"),
    ),
    Trouble(
        "forbidden-by-class",
        "an engine argument that the class does not allow",
        "ForbiddenByClass",
        ("spec.engine.arguments", "trust-remote-code"),
    ),
    Trouble(
        "kind-not-served",
        "a ServiceMonitor in a cluster without that kind",
        "KindNotServed",
        ("ServiceMonitor",),
        condition="Reconciled",
    ),
    Trouble(
        "foreign-object",
        "somebody else's Service has the server's name",
        "ForeignObject",
        ("Service foreign-object exists and was not made for this ModelServer",),
    ),
    Trouble(
        "contested-field",
        "somebody changes a field of the Deployment back each time",
        "Contested",
        ("Field spec.revisionHistoryLimit of Deployment contested-field", "5 times within 10 minutes by tuner"),
    ),
    Trouble(
        "quota-exceeded",
        "a ResourceQuota of no pods",
        "RejectedByAPIServer",
        ("Pods are refused: ", "exceeded quota: none"),
    ),
    Trouble(
        "pod-security",
        "an admission policy makes pods what Pod Security refuses",
        "RejectedByAPIServer",
        ("Pods are refused: ", 'violates PodSecurity "restricted:latest": host namespaces'),
    ),
    # Where pods go, and what they mount.
    Trouble(
        "no-accelerator",
        "more accelerators than any node has",
        "Unschedulable",
        (
            "which asks for 16 of cpu, 16Gi of memory, 16 of nvidia.com/gpu",
            "lower spec.replicas",
            "Insufficient nvidia",
        ),
    ),
    Trouble(
        "full-pool",
        "a change with rollout.strategy Surge while all accelerators are in use",
        "Unschedulable",
        ("Surge takes no old pod away", "set spec.rollout.strategy to Replace", "Insufficient example.com/gpu"),
    ),
    Trouble(
        "draining",
        "a changed server's old pod still finishes its requests on the only accelerator",
        "Draining",
        ("takes the place of pod draining-", "which finishes its requests until 20"),
    ),
    Trouble(
        "claim-missing",
        "the model's PersistentVolumeClaim does not exist",
        "VolumeMissing",
        ("PersistentVolumeClaim other does not exist", "correct spec.model.persistentVolumeClaim.claimName"),
    ),
    Trouble(
        "claim-unbound",
        "the cache's storage class does not exist",
        "VolumeMissing",
        ("claim-unbound-cache, the server's cache, has no volume", "spec.cache.storageClassName is none"),
    ),
    Trouble(
        "secret-missing",
        "the Secret with the clients' keys does not exist",
        "SecretMissing",
        ("waits for a Secret", "that does not exist: keys;", "correct spec.auth.apiKeysSecretRef"),
    ),
    # What runs in them.
    Trouble(
        "image-pull-failed", "the class's image does not exist", "ImagePullFailed", ("cannot be pulled, which the",)
    ),
    Trouble(
        "container-refused",
        "the Secret with the hub's token does not exist",
        "ContainerRefused",
        ('secret "hf" not found. Create it with the key token', "spec.model.huggingFace.tokenSecretRef"),
    ),
    Trouble(
        "crash-loop",
        "the server ends again and again",
        "CrashLooping",
        ("ends with exit code 2: The model folder /models/demo does not exist.",),
    ),
    Trouble(
        "download-failed",
        "the hub refuses the token",
        "DownloadFailed",
        ("cannot download org/model at main", "exit code 2: The token has no access. It is tried again (attempt 3)"),
    ),
    Trouble(
        "downloading",
        "the model comes, and says how far it is",
        "Downloading",
        ("downloads org/model at main: 40 % of 15.0 GiB.",),
    ),
    Trouble(
        "loading",
        "the engine loads the model",
        "Loading",
        ("loads the model: ", " of at most 30 min."),
    ),
    Trouble(
        "engine-stalled",
        "the engine has requests and makes no step",
        "EngineStalled",
        ("takes no requests. The engine has made no step since 22:41:07 UTC; requests running: 3. The kubelet",),
    ),
    Trouble(
        "no-progress",
        "a started server does not answer for longer than the progress deadline",
        "ProgressDeadlineExceeded",
        ("The rollout has made no progress for its deadline. Pod no-progress-", "has started and is not ready"),
    ),
    # What its owners or its class want.
    Trouble("paused", "spec.paused is true", "Paused", ("Set spec.paused to false to go on.",)),
    Trouble("scaled-to-zero", "spec.replicas is 0", "ScaledToZero", ("set it to 1 or more to serve",)),
    Trouble(
        "waiting-for-turn",
        "the class has changed, and another server of it is replaced first",
        "WaitingForTurn",
        ("has changed, and its servers follow a few at a time", "/turn-taken runs the new one"),
        condition="Progressing",
        status="True",
    ),
    # Steering and scaling.
    Trouble(
        "emotions-pending",
        "a pod has not taken over a retune yet",
        "EmotionsPending",
        ("Pod emotions-pending-", "still steers as before"),
    ),
    Trouble(
        "emotions-refused",
        "a retune that the pod cannot do",
        "EmotionsRefused",
        ("goes on steering as before and says why: spec.emotions.variants[0].mix[0].vector: there is no vector joy",),
    ),
    Trouble(
        "scaler-blind",
        "autoscaling where nobody tells the load",
        "MetricsNotServed",
        ("Nobody serves custom.metrics.k8s.io.", "autoscaling.builtIn.enabled=true"),
        condition="ScalingActive",
    ),
    Trouble(
        "foreign-scaler",
        "somebody else's HorizontalPodAutoscaler scales the same pods",
        "ForeignScaler",
        ("HorizontalPodAutoscaler mine scales the same pods",),
        condition="ScalingActive",
    ),
)
