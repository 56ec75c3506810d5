{{/*
Whether this release serves custom.metrics.k8s.io: "true" or nothing. An API is the cluster's, so an installation for
some namespaces never does.
*/}}
{{- define "modelserver.builtIn" -}}
{{- if and .Values.autoscaling.builtIn.enabled (not .Values.operator.namespaces) }}true{{ end -}}
{{- end -}}

{{/* The versions in which it is served, both or neither: the preferred one is last. */}}
{{- define "modelserver.metricsVersions" -}}
["v1beta1", "v1beta2"]
{{- end -}}

{{/* The names of their APIServices, as a JSON list. */}}
{{- define "modelserver.apiServices" -}}
{{- $names := list }}
{{- range include "modelserver.metricsVersions" . | fromJsonArray }}{{ $names = append $names (printf "%s.custom.metrics.k8s.io" .) }}{{ end }}
{{- $names | toJson }}
{{- end -}}

{{/* The Service that they lead to. */}}
{{- define "modelserver.metricsService" -}}
{{ include "modelserver.name" . }}-metrics-api
{{- end -}}

{{/*
Ends the rendering where an APIService of one of the names leads elsewhere: to take it would break what scales by it.
A rendering without a cluster finds nothing.
*/}}
{{- define "modelserver.refuseForeignMetrics" -}}
{{- $ours := printf "%s/%s" .Release.Namespace (include "modelserver.metricsService" .) }}
{{- $held := list }}
{{- range $name := include "modelserver.apiServices" . | fromJsonArray }}
{{- with lookup "apiregistration.k8s.io/v1" "APIService" "" $name }}
{{- $service := .spec.service | default dict }}
{{- $leads := "the API server itself" }}
{{- if $service }}{{ $leads = printf "%s/%s" $service.namespace $service.name }}{{ end }}
{{- if ne $leads $ours }}{{ $held = append $held (printf "%s leads to %s" $name $leads) }}{{ end }}
{{- end }}
{{- end }}
{{- if $held }}
{{- fail (printf "autoscaling.builtIn.enabled: a cluster has custom.metrics.k8s.io once, and somebody else serves it here: %s. Set autoscaling.builtIn.enabled=false, and ModelServers are scaled by KEDA or by what is there; or remove that first" (join ", " $held)) }}
{{- end }}
{{- end -}}
