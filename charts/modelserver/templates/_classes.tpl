{{/* One ModelServerClass manifest. Takes name, spec and, for a copy, the name of the class that it copies. */}}
{{- define "modelserver.class" -}}
apiVersion: modelserver.dev/v1alpha1
kind: ModelServerClass
metadata:
  name: {{ .name }}
  labels: {app.kubernetes.io/part-of: modelserver}
{{- with .copyOf }}
  annotations: {modelserver.dev/copy-of: {{ . }}}
{{- end }}
spec: {{- toYaml .spec | nindent 2 }}
{{- end -}}

{{/* The names that the hook may write, as a JSON list. */}}
{{- define "modelserver.classNames" -}}
{{ append (keys .Values.classes) "default" | sortAlpha | toJson }}
{{- end -}}
