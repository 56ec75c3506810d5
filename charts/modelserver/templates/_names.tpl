{{/* The name of everything that this release creates. */}}
{{- define "modelserver.name" -}}
{{- if contains .Chart.Name .Release.Name -}}
{{ .Release.Name | trunc 40 | trimSuffix "-" }}
{{- else -}}
{{ printf "%s-%s" .Release.Name .Chart.Name | trunc 40 | trimSuffix "-" }}
{{- end -}}
{{- end -}}

{{/* The name of what it creates outside any namespace: two releases for some namespaces each may stand side by side. */}}
{{- define "modelserver.clusterName" -}}
{{- if .Values.operator.namespaces -}}
{{ .Release.Namespace }}-{{ include "modelserver.name" . }}
{{- else -}}
{{ include "modelserver.name" . }}
{{- end -}}
{{- end -}}

{{/* The Lease that the operator's pods share. */}}
{{- define "modelserver.leaseName" -}}
{{ include "modelserver.name" . }}-operator
{{- end -}}

{{/* The operator's account, as roles are bound to it. */}}
{{- define "modelserver.subjects" -}}
- kind: ServiceAccount
  name: {{ include "modelserver.name" . }}
  namespace: {{ .Release.Namespace }}
{{- end -}}

{{/* Served pods carry the name "modelserver": another one keeps the operator's pod out of their Services. */}}
{{- define "modelserver.selector" -}}
app.kubernetes.io/name: modelserver-operator
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "modelserver.labels" -}}
{{ include "modelserver.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ .Chart.Name }}-{{ .Chart.Version }}
{{- end -}}

{{- define "modelserver.image" -}}
{{- if .Values.image.digest -}}
{{ .Values.image.repository }}@{{ .Values.image.digest }}
{{- else -}}
{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}
{{- end -}}
{{- end -}}
