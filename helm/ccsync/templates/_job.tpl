{{/* What the Jobs of the CronJob and of the backfill have in common. */}}

{{/*
When a failed pod is not tried again: (dict "root" $ "perIndex" BOOL). With retries that are counted
for each index, a share of the days whose data was refused ends that share alone.
*/}}
{{- define "ccsync.podFailurePolicy" -}}
{{- /* Until 1.28 the API's schema calls it required, where nothing needs it. */ -}}
{{- $oldSchema := semverCompare "<1.29.0-0" .root.Capabilities.KubeVersion.Version -}}
{{- with .root.Values.job.podFailurePolicy -}}
podFailurePolicy:
  rules:
    {{- if .rules }}
    {{- toYaml .rules | nindent 4 }}
    {{- else }}
    - action: FailJob
      onExitCodes:
        containerName: ccsync
        operator: In
        values: {{ ternary "[2, 3]" "[2, 3, 4]" $.perIndex }}
      {{- if $oldSchema }}
      onPodConditions: []
      {{- end }}
    {{- if $.perIndex }}
    - action: FailIndex
      onExitCodes:
        containerName: ccsync
        operator: In
        values: [4]
    {{- end }}
    - action: Ignore
      onPodConditions:
        - type: DisruptionTarget
          status: "True"
    {{- end }}
{{- end -}}
{{- end }}
