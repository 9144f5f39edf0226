"""Values that the schema refuses, one mistake each, and the words that say what to write."""

from __future__ import annotations

from typing import Any, NamedTuple

Json = dict[str, Any]


class Bad(NamedTuple):
    """A mistake."""

    path: str
    """Of the value, with dots."""

    value: Any

    words: str
    """That the message of either helm has on the line of that path."""


BAD = [
    Bad("image.repository", "https://registry.example/ccsync", "without https"),
    Bad("image.repository", "registry.example/CCSync", "like registry"),
    Bad("image.tag", 1.2, "string"),
    Bad("image.tag", ":latest", "without :"),
    Bad("image.pullPolicy", "Allways", "IfNotPresent"),
    Bad("imagePullSecrets", ["my-registry"], "object"),
    Bad("nameOverride", "My_Name", "lower-case letters, digits"),
    Bad("commonLabels", {"team": "a b"}, "at most 63 letters"),
    Bad("commonLabels", {"tier": 1}, "string"),
    Bad("commonAnnotations", {"on": True}, "string"),
    Bad("existingConfigMap.nam", "settings", "nam"),
    Bad("secret.keys.apiKey", "api key", "letters, digits"),
    Bad("secret.env", {"MY-KEY": "key"}, "MY-KEY"),
    Bad("secret.mountPath", "secrets", "absolute path"),
    Bad("secret.vaules", {"api-key": "x"}, "vaules"),
    Bad("externalSecret.refreshInterval", "hourly", "like 1h"),
    Bad("externalSecret.data", {"api-key": {"path": "prod/ccsync"}}, "path"),
    Bad("federation.expirationSeconds", "1h", "integer"),
    Bad("state.type", "configMap", "configmap"),
    Bad("state.people", 0, "1"),
    Bad("state.persistence.size", "1 GB", "like 500m, 0.5, 128Mi"),
    Bad("state.persistence.accessModes", ["RWO"], "ReadWriteOnce"),
    Bad("state.endpoint", "storage.example", "begins with https"),
    Bad("cronjob.schedule", "60 * * * *", "minute 0-59"),
    Bad("cronjob.schedule", "17 0 * 13 *", "month 1-12"),
    Bad("cronjob.scheduel", "17 * * * *", "scheduel"),
    Bad("cronjob.timeZone", "Mars/Phobos", "like Etc/UTC"),
    Bad("cronjob.suspend", "no", "boolean"),
    Bad("cronjob.concurrencyPolicy", "Forbidd", "Forbid"),
    Bad("cronjob.failedJobsHistoryLimit", -1, "0"),
    Bad("job.backoffLimit", -2, "0"),
    Bad("job.backoffLimit", 1.5, "integer"),
    Bad("job.ttlSecondsAfterFinished", "5m", "integer"),
    Bad("job.podFailurePolicy.rules", [{"action": "Retry"}], "FailJob"),
    Bad("backfill.sinks", "warehouse", "array"),
    Bad("serviceAccount.annotations", {"eks.amazonaws.com/role-arn": 1}, "string"),
    Bad("resources", {"limits": {"memory": "128QQ"}}, "128Mi"),
    Bad("resources", {"limit": {"memory": "128Mi"}}, "limit"),
    Bad("podSecurityContext", {"runAsUser": "root"}, "integer"),
    Bad("podLabels", {"azure.workload.identity/use": True}, "string"),
    Bad("extraArgs", "--force", "array"),
    Bad("extraEnv", [{"name": "LEVEL", "value": 3}], "string"),
    Bad("extraEnv", {"LEVEL": "3"}, "array"),
    Bad("extraEnv", [{"name": "MY VAR"}], "letters, digits and _"),
    Bad("extraVolumeMounts", [{"name": "ca"}], "mountPath"),
    Bad("tolerations", [{"effect": "NoShedule"}], "NoSchedule"),
    Bad("affinity", {"nodeAfinity": {}}, "nodeAfinity"),
    Bad("topologySpreadConstraints", [{"maxSkew": 1}], "topologyKey"),
    Bad("dnsPolicy", "clusterfirst", "ClusterFirst"),
    Bad("networkPolicy.ports", ["https"], "integer"),
    Bad("networkPolicy.dns.ports", [70000], "65"),
    Bad("prometheusRule.runbookUrl", "runbooks.example", "begins with https"),
    Bad("prometheusRule.disabled", "CcsyncStale", "array"),
    Bad("prometheusRule.dataRules", "mimir", "victoriametrics"),
    Bad("prometheusRule.thresholds.acceptanceShare", 80, "1"),
    Bad("prometheusRule.thresholds.budget", "10000", "number"),
    Bad("prometheusRule.thresholds.buget", 1, "buget"),
    Bad("dashboards.variant", "vm", "victoriametrics"),
    Bad("dashboards.labelValue", 1, "string"),
    Bad("netwrokPolicy", {"enabled": True}, "netwrokPolicy"),
    Bad("config.sink", {}, "sink"),
    Bad("config.sync.lookback_days", "three", "a number, or a variable like"),
    Bad("config.sync.include_today", "yes", "true, false, or a variable like"),
    Bad("config.sync.start", "30", "like 30d or 2026-01-31"),
    Bad("config.sync.deadline", 50, "string"),
    Bad("config.source.on_bad_row", "ignore", "refuse|skip"),
    Bad("config.source.page_size", 5000, "000"),
    Bad("config.sinks.a b", {"type": "stdout"}, "a b"),
    Bad("config.sinks.metrics", {"type": ""}, "otlp"),
    Bad("config.sinks.metrics", {"type": 5}, "string"),
    Bad("config.sinks.metrics", {"preset": "honeycomb"}, "type"),
    Bad("config.sinks.metrics", {"type": "otlp", "endpont": "https://x.example"}, "endpont"),
    Bad("config.sinks.warehouse", {"type": "bigquery"}, "dataset"),
]


def values_with(bad: Bad) -> Json:
    """Give values with this mistake alone."""
    keys = bad.path.split(".")
    if keys[:2] == ["config", "sinks"]:
        keys = ["config", "sinks", ".".join(keys[2:])]
    found: Any = bad.value
    for key in reversed(keys):
        found = {key: found}
    return dict(found)
