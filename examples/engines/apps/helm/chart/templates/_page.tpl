{{- define "page.html" -}}
<p style="color: {{ .Values.colour }}">{{ .Values.page.title }}: {{ .Values.greeting }}</p>
{{- end }}
