"""The questions that a ModelServer's conditions answer, and the reasons of the answers, one line of meaning each."""

from __future__ import annotations

from enum import StrEnum


class ConditionType(StrEnum):
    """The questions."""

    READY = "Ready"  # Is all of this generation in force, on as many pods as asked for?
    RECONCILED = "Reconciled"  # Has the operator applied everything that this generation asks for?
    AVAILABLE = "Available"  # Does at least one pod answer requests, of whatever generation?
    PROGRESSING = "Progressing"  # Is something still on its way without anybody's help?
    SCALING_ACTIVE = "ScalingActive"  # Does the number of pods follow spec.autoscaling?
    EMOTIONS_LIVE = "EmotionsLive"  # Do all pods steer as spec.emotions says?


class Reason(StrEnum):
    """The answers' causes."""

    # All is well.
    READY = "Ready"  # every pod that was asked for runs this generation and answers
    APPLIED = "Applied"  # the children are as this generation wants them
    SERVING = "Serving"  # at least one pod answers
    COMPLETE = "Complete"  # nothing is left to be done

    # The object cannot be acted on; what runs is left as it is.
    CLASS_NOT_FOUND = "ClassNotFound"  # no ModelServerClass has the name of spec.className
    CLASS_INVALID = "ClassInvalid"  # the stored ModelServerClass does not parse
    SPEC_INVALID = "SpecInvalid"  # the stored ModelServer does not parse, or its values contradict each other
    FORBIDDEN_BY_CLASS = "ForbiddenByClass"  # the class does not allow, or cannot do, what the spec asks for
    KUBERNETES_TOO_OLD = "KubernetesTooOld"  # the cluster's version lacks what the spec asks for
    PAUSED = "Paused"  # spec.paused is true

    # The object is acted on, but for one thing that it asks for.
    KIND_NOT_SERVED = "KindNotServed"  # the cluster does not have the optional kind that the spec asks for
    NOT_SERVED = "NotServed"  # this release cannot do what a field asks for

    # The API server said no.
    REJECTED_BY_API_SERVER = "RejectedByAPIServer"  # a child or a pod was refused, such as by a quota
    FOREIGN_OBJECT = "ForeignObject"  # a child's name is taken by an object that is not ours

    CONTESTED = "Contested"  # another writer reverts a field of a child again and again

    # A pod is on its way, or stuck.
    WAITING_FOR_TURN = "WaitingForTurn"  # the class has changed, and other servers of it are replaced first
    DRAINING = "Draining"  # an old pod finishes its requests before a new one can have its place
    UNSCHEDULABLE = "Unschedulable"  # no node has room for a pod, or an accelerator
    VOLUME_MISSING = "VolumeMissing"  # a PersistentVolumeClaim does not exist or has no volume
    SECRET_MISSING = "SecretMissing"  # noqa: S105 (no secret) # a Secret that the pod mounts is not there, or its entry
    CONTAINER_CREATING = "ContainerCreating"  # the kubelet pulls the image and mounts the volumes
    IMAGE_PULL_FAILED = "ImagePullFailed"  # the image cannot be had
    DOWNLOADING = "Downloading"  # the model is downloaded
    DOWNLOAD_FAILED = "DownloadFailed"  # the model cannot be downloaded
    CONTAINER_REFUSED = "ContainerRefused"  # the kubelet cannot make the container, such as for want of a Secret
    CRASH_LOOPING = "CrashLooping"  # the server ends again and again
    LOADING = "Loading"  # the engine loads the model, within the startup budget
    ENGINE_STALLED = "EngineStalled"  # the engine has requests and makes no step
    ENGINE_FAILING = "EngineFailing"  # the engine has failed several requests in a row and is left alone for a while
    ENGINE_BROKEN = "EngineBroken"  # the engine or the server is dead, and the kubelet is about to restart it
    NOT_READY = "NotReady"  # a pod has started and does not answer at the moment
    PROGRESS_DEADLINE_EXCEEDED = "ProgressDeadlineExceeded"  # the rollout has made no progress for its deadline

    # The number of pods is not yet, or will not be, what Ready needs.
    ROLLOUT_IN_PROGRESS = "RolloutInProgress"  # pods of an older generation are being replaced
    ADDING_PODS = "AddingPods"  # fewer pods of this generation answer than asked for, and none is replaced
    SCALED_TO_ZERO = "ScaledToZero"  # spec.replicas is 0
    NO_PODS = "NoPods"  # nothing answers, for no pod exists

    # The number of pods follows the load, or why it does not.
    SCALING = "Scaling"  # the scaler reads the load and sets the number of pods
    LOAD_UNKNOWN = "LoadUnknown"  # no pod says how many requests it has
    METRICS_NOT_SERVED = "MetricsNotServed"  # nobody tells a scaler the load
    METRIC_UNREADABLE = "MetricUnreadable"  # the load is known, and the scaler does not get it
    SCALER_PENDING = "ScalerPending"  # a scaler is made, or goes before another is made
    SCALER_FAILING = "ScalerFailing"  # the scaler, or KEDA, cannot set the number of pods
    FOREIGN_SCALER = "ForeignScaler"  # a scaler that is not ours sets the number of the same pods
    REPLICAS_KEPT = "ReplicasKept"  # spec.autoscaling was removed, and nobody has asked for another number since

    # The live part.
    STEERING = "Steering"  # every pod that answers steers as spec.emotions says
    EMOTIONS_PENDING = "EmotionsPending"  # a pod has not taken over yet what spec.emotions says
    EMOTIONS_REFUSED = "EmotionsRefused"  # a pod cannot do what spec.emotions says, and goes on as before
    EMOTIONS_DIFFER = "EmotionsDiffer"  # pods do not have the same vectors
    EMOTIONS_UNKNOWN = "EmotionsUnknown"  # a pod does not say how it steers
