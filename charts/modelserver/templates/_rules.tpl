{{/*
What the operator does to objects that live in a namespace, and nothing else: no wildcard, no Secret, no pod of its own
making. Deleting is for what a toggle takes away again; what a server always has goes with it, by garbage collection.
*/}}
{{- define "modelserver.rules" -}}
- apiGroups: [modelserver.dev]
  resources: [modelservers]
  verbs: [get, list, watch]
- apiGroups: [modelserver.dev]
  resources: [modelservers/status]
  verbs: [patch]
# Owner references that block deletion need it where OwnerReferencesPermissionEnforcement is on.
- apiGroups: [modelserver.dev]
  resources: [modelservers/finalizers]
  verbs: [update]
# Start configs are pruned when no ReplicaSet uses them any more, a cache or an account when it is no longer asked for.
- apiGroups: [""]
  resources: [configmaps, persistentvolumeclaims, serviceaccounts]
  verbs: [get, list, watch, create, patch, delete]
- apiGroups: [""]
  resources: [services]
  verbs: [get, list, watch, create, patch]
- apiGroups: [apps]
  resources: [deployments]
  verbs: [get, list, watch, create, patch]
- apiGroups: [networking.k8s.io]
  resources: [networkpolicies]
  verbs: [get, list, watch, create, patch]
- apiGroups: [policy]
  resources: [poddisruptionbudgets]
  verbs: [get, list, watch, create, patch]
- apiGroups: [networking.k8s.io]
  resources: [ingresses]
  verbs: [get, list, watch, create, patch, delete]
# A scaler goes when autoscaling is switched off, and where another kind of scaler takes its place.
- apiGroups: [autoscaling]
  resources: [horizontalpodautoscalers]
  verbs: [list, watch, create, patch, delete]
# The next three where the cluster serves these kinds.
- apiGroups: [keda.sh]
  resources: [scaledobjects]
  verbs: [list, watch, create, patch, delete]
- apiGroups: [gateway.networking.k8s.io]
  resources: [httproutes]
  verbs: [get, list, watch, create, patch, delete]
- apiGroups: [monitoring.coreos.com]
  resources: [servicemonitors, prometheusrules]
  verbs: [get, list, watch, create, patch, delete]
# Read for the status: why a pod does not start.
- apiGroups: [apps]
  resources: [replicasets]
  verbs: [list, watch]
# Patched with one annotation, after which the kubelet looks for the emotions that have changed.
- apiGroups: [""]
  resources: [pods]
  verbs: [list, watch, patch]
# Posted about ModelServers; read of a pod that does not start, when nothing in it says why.
- apiGroups: [events.k8s.io]
  resources: [events]
  verbs: [list, create]
{{- end -}}

{{/* What it does to classes, which live in no namespace: it reads them. */}}
{{- define "modelserver.classRules" -}}
- apiGroups: [modelserver.dev]
  resources: [modelserverclasses]
  verbs: [get, list, watch]
{{- end -}}

{{/* And who serves the metrics that scalers read, it or somebody else. */}}
{{- define "modelserver.metricsRules" -}}
- apiGroups: [apiregistration.k8s.io]
  resources: [apiservices]
  resourceNames: {{ include "modelserver.apiServices" . }}
  verbs: [get]
{{- end -}}
