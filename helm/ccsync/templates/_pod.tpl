{{/*
The pod of the CronJob, of the backfill and of the check:
(dict "root" $ "component" NAME "args" LIST "configKey" KEY "env" LIST "resources" MAP).
*/}}
{{- define "ccsync.podMetadata" -}}
{{- $root := .root -}}
labels:
  {{- include "ccsync.podLabels" (dict "root" $root "component" .component "labels" $root.Values.podLabels) | nindent 2 }}
{{- $annotations := deepCopy (default dict $root.Values.podAnnotations) -}}
{{- if not $root.Values.existingConfigMap.name -}}
{{- $_ := set $annotations "checksum/config" (.config | sha256sum) -}}
{{- end -}}
{{- if $root.Values.secret.create -}}
{{- $_ := set $annotations "checksum/secret" ($root.Values.secret.values | toJson | sha256sum) -}}
{{- end -}}
{{- with merge $annotations (default dict $root.Values.commonAnnotations) }}
annotations:
  {{- include "ccsync.render" (list $root .) | nindent 2 }}
{{- end }}
{{- end }}

{{- define "ccsync.podSpec" -}}
{{- $root := .root -}}
{{- $values := $root.Values -}}
serviceAccountName: {{ include "ccsync.serviceAccountName" $root | quote }}
automountServiceAccountToken: {{ include "ccsync.automount" $root }}
restartPolicy: Never
{{- if not (kindIs "invalid" $values.terminationGracePeriodSeconds) }}
terminationGracePeriodSeconds: {{ int $values.terminationGracePeriodSeconds }}
{{- end }}
{{- with .activeDeadlineSeconds }}
activeDeadlineSeconds: {{ . }}
{{- end }}
enableServiceLinks: false
{{- with $values.podSecurityContext }}
securityContext:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with $values.imagePullSecrets }}
imagePullSecrets:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with $values.priorityClassName }}
priorityClassName: {{ . }}
{{- end }}
{{- with $values.runtimeClassName }}
runtimeClassName: {{ . }}
{{- end }}
{{- with $values.dnsPolicy }}
dnsPolicy: {{ . }}
{{- end }}
{{- with $values.dnsConfig }}
dnsConfig:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with $values.hostAliases }}
hostAliases:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with $values.nodeSelector }}
nodeSelector:
  {{- include "ccsync.render" (list $root .) | nindent 2 }}
{{- end }}
{{- with $values.tolerations }}
tolerations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with $values.affinity }}
affinity:
  {{- include "ccsync.render" (list $root .) | nindent 2 }}
{{- end }}
{{- with $values.topologySpreadConstraints }}
topologySpreadConstraints:
  {{- include "ccsync.render" (list $root .) | nindent 2 }}
{{- end }}
{{- if or $values.initContainers $values.extraContainers }}
initContainers:
  {{- with $values.initContainers }}
  {{- include "ccsync.render" (list $root .) | nindent 2 }}
  {{- end }}
  {{- range $values.extraContainers }}
  {{- /* A native sidecar is an init container that is always started again. */}}
  {{- include "ccsync.render" (list $root (list (set (deepCopy .) "restartPolicy" "Always"))) | nindent 2 }}
  {{- end }}
{{- end }}
containers:
  - name: ccsync
    image: {{ include "ccsync.image" $root | quote }}
    imagePullPolicy: {{ $values.image.pullPolicy }}
    args:
      {{- toYaml .args | nindent 6 }}
    env:
      {{- include "ccsync.env" . | nindent 6 }}
    {{- with $values.extraEnvFrom }}
    envFrom:
      {{- include "ccsync.render" (list $root .) | nindent 6 }}
    {{- end }}
    {{- with default $values.resources .resources }}
    resources:
      {{- toYaml . | nindent 6 }}
    {{- end }}
    {{- with $values.securityContext }}
    securityContext:
      {{- toYaml . | nindent 6 }}
    {{- end }}
    terminationMessagePolicy: FallbackToLogsOnError
    volumeMounts:
      - name: config
        mountPath: /etc/ccsync
        readOnly: true
      - name: tmp
        mountPath: /tmp
      {{- if include "ccsync.secretName" $root }}
      - name: secret
        mountPath: {{ $values.secret.mountPath }}
        readOnly: true
      {{- end }}
      {{- if $values.federation.enabled }}
      - name: identity
        mountPath: {{ dir $values.federation.path }}
        readOnly: true
      {{- end }}
      {{- if eq $values.state.type "pvc" }}
      - name: state
        mountPath: {{ $values.state.persistence.mountPath }}
      {{- end }}
      {{- with $values.extraVolumeMounts }}
      {{- include "ccsync.render" (list $root .) | nindent 6 }}
      {{- end }}
volumes:
  - name: config
    configMap:
      name: {{ include "ccsync.configMapName" $root | quote }}
  - name: tmp
    emptyDir:
      sizeLimit: 64Mi
  {{- with include "ccsync.secretName" $root }}
  - name: secret
    secret:
      secretName: {{ . | quote }}
      {{- /* Files belong to root and to fsGroup. */}}
      defaultMode: {{ ternary "0440" "0444" (not (kindIs "invalid" (default dict $values.podSecurityContext).fsGroup)) }}
  {{- end }}
  {{- if $values.federation.enabled }}
  - name: identity
    projected:
      sources:
        - serviceAccountToken:
            audience: {{ $values.federation.audience | quote }}
            expirationSeconds: {{ int $values.federation.expirationSeconds }}
            path: {{ base $values.federation.path }}
  {{- end }}
  {{- if eq $values.state.type "pvc" }}
  - name: state
    persistentVolumeClaim:
      claimName: {{ include "ccsync.claimName" $root | quote }}
  {{- end }}
  {{- with $values.extraVolumes }}
  {{- include "ccsync.render" (list $root .) | nindent 2 }}
  {{- end }}
{{- end }}

{{- define "ccsync.env" -}}
{{- $root := .root -}}
{{- $values := $root.Values -}}
- name: CCSYNC_CONFIG
  value: /etc/ccsync/{{ .configKey }}
{{- if .holder }}
{{- /*
A retry of the same Job takes over the leases of the pod before, which is certainly gone. Of the same
Job: a CronJob of the same name in another cluster, with its state in the same bucket, gives the same
names to the Jobs of the same minute. Their uids differ.
*/}}
- name: CCSYNC_NAMESPACE
  valueFrom:
    fieldRef:
      fieldPath: metadata.namespace
- name: CCSYNC_JOB
  valueFrom:
    fieldRef:
      fieldPath: metadata.labels['batch.kubernetes.io/job-name']
- name: CCSYNC_JOB_UID
  valueFrom:
    fieldRef:
      fieldPath: metadata.labels['batch.kubernetes.io/controller-uid']
- name: CCSYNC_HOLDER
  value: $(CCSYNC_NAMESPACE)/$(CCSYNC_JOB)/$(CCSYNC_JOB_UID)
{{- end }}
{{- if $values.existingConfigMap.name }}
- name: CCSYNC_STATE
  value: {{ include "ccsync.stateUrl" $root | quote }}
{{- end }}
{{- if eq $values.state.type "s3" }}
{{- with $values.state.region }}
- name: AWS_REGION
  value: {{ . | quote }}
{{- end }}
{{- with $values.state.endpoint }}
- name: AWS_ENDPOINT_URL_S3
  value: {{ . | quote }}
{{- end }}
{{- end }}
{{- with .env }}
{{ toYaml . }}
{{- end }}
{{- range $name, $key := $values.secret.env }}
- name: {{ $name }}
  valueFrom:
    secretKeyRef:
      name: {{ include "ccsync.secretName" $root | quote }}
      key: {{ $key | quote }}
{{- end }}
{{- with $values.extraEnv }}
{{ include "ccsync.render" (list $root .) }}
{{- end }}
{{- end }}
