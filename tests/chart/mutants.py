"""Mistakes, each planted alone into a release in which nothing is wrong."""

from __future__ import annotations

import copy
import re
from typing import Any, Literal, NamedTuple

from tests.support.manifests import Json, title

GONE = object()
"""In place of a value: the field is taken away."""

JOB = "spec.jobTemplate.spec"
POD = f"{JOB}.template.spec"
BOX = f"{POD}.containers.0"

By = Literal["api", "admission", "us"]


class Mutant(NamedTuple):
    """One mistake."""

    of: str
    """The manifest, as `CronJob/good`."""

    path: str
    """Where, with dots; a number is a place in a list, `+` appends."""

    value: Any
    said: str
    """Part of what is to be said of it."""

    by: By = "api"
    """Who else refuses it: the API server, Pod Security admission, or nobody but us; what works
    with the object, as External Secrets does, may fail on it later."""

    def __str__(self) -> str:
        value = "gone" if self.value is GONE else str(self.value)[:40]
        return re.sub(r"[^\w./:=-]+", "_", f"{self.of}:{self.path}={value}")

    def planted(self, release: list[Json]) -> list[Json]:
        """Give a copy of a release with the mistake in it."""
        spoilt = copy.deepcopy(release)
        target: Any = next(one for one in spoilt if title(one) == self.of)
        *way, last = self.path.replace("\\.", "\0").split(".")
        for step in way:
            target = target[int(step)] if step.isdecimal() else target[step.replace("\0", ".")]
        last = last.replace("\0", ".")
        if last == "+":
            target.append(self.value)
        elif self.value is GONE:
            del target[int(last) if last.isdecimal() else last]
        else:
            target[int(last) if last.isdecimal() else last] = self.value
        return spoilt


def cronjob(path: str, value: Any, said: str, by: By = "api") -> Mutant:
    return Mutant("CronJob/good", path, value, said, by)


HARDENED = {
    "allowPrivilegeEscalation": False,
    "readOnlyRootFilesystem": True,
    "capabilities": {"drop": ["ALL"]},
}
HELPER = {"name": "beside", "image": "registry.example/helper:1", "securityContext": HARDENED}
RULES = f"{JOB}.podFailurePolicy.rules"
VOLUMES = f"{POD}.volumes"

REFERENCE = [
    cronjob("spec.concurrencyPolicy", "Forbidd", "'Forbidd' is none of"),
    cronjob(f"{POD}.restartPolicy", "Always", "is not for Jobs"),
    cronjob(f"{POD}.restartPolicy", "OnFailure", "podFailurePolicy needs Never"),
    cronjob("spec.schedule", "not a cron", "is no schedule"),
    cronjob("spec.schedule", "CRON_TZ=Etc/UTC 17 * * * *", "belongs to timeZone"),
    cronjob("spec.timeZone", "Mars/Phobos", "not in the IANA database"),
    cronjob("spec.timeZone", "Local", "the zone of the machine"),
    cronjob(f"{BOX}.resources.requests.memory", "128QQ", "is no quantity"),
    cronjob(f"{BOX}.resources.requests.memory", "1Gi", "is above the limit"),
    cronjob(f"{JOB}.backoffLimit", -2, "-2 is negative"),
    cronjob("metadata.name", "Good_Name", "is no DNS name"),
    cronjob("metadata.name", "n" * 53, "a CronJob may have 52"),
    cronjob(f"{BOX}.securityContext.capabilities", GONE, "has to hold ALL", "admission"),
]
"""What validation by JSON Schema has been seen to miss, and a real API server to refuse."""

EXTERNAL = "ExternalSecret/good-external"

BY_SCHEMA = [
    cronjob("spec.concurencyPolicy", "Forbid", "concurencyPolicy"),
    cronjob(f"{JOB}.backoffLimit", "two", "'two'"),
    cronjob(f"{POD}.containers.0.readOnly", True, "readOnly"),
    cronjob("kind", "CronJobs", "has no CronJobs"),
    Mutant("PrometheusRule/good", "spec.groups.0.rules.0.for", "soon", "does not match"),
    Mutant("PrometheusRule/good", "spec.groups.0.rules.0.expr", GONE, "'expr' is a required"),
    Mutant("PrometheusRule/good", "spec.groups.0.rules.0.severity", "page", "severity"),
    Mutant("PrometheusRule/good", "spec.groups.0.rules.0.labels.severity", 1, "not of type"),
    Mutant(EXTERNAL, "spec.secretStoreRef.kind", "Vault", "is not one of"),
    Mutant(EXTERNAL, "spec.refreshInterval", "hourly", "does not match", "us"),
    Mutant(EXTERNAL, "spec.data.0.remoteRef", GONE, "'remoteRef' is a"),
]
"""What a schema of fields and types catches."""

SCHEDULES = [
    cronjob("spec.schedule", value, said)
    for value, said in (
        ("60 * * * *", "not from 0 to 59"),
        ("* * * *", "has 4 fields"),
        ("* * * * * *", "has 6 fields"),
        ("* 24 * * *", "hour"),
        ("* * 0 * *", "day of the month"),
        ("* * * 13 *", "month"),
        ("* * * * 7", "day of the week"),
        ("*/0 * * * *", "the step is no positive number"),
        ("30-10 * * * *", "is no range"),
        ("@fortnightly", "no such descriptor"),
        ("TZ=Etc/UTC @daily", "belongs to timeZone"),
    )
]

JOBS = [
    cronjob("spec.startingDeadlineSeconds", -1, "is negative"),
    cronjob("spec.successfulJobsHistoryLimit", -1, "is negative"),
    cronjob("spec.failedJobsHistoryLimit", 1.5, "is no whole number"),
    cronjob(f"{JOB}.activeDeadlineSeconds", -1, "is negative"),
    cronjob(f"{JOB}.ttlSecondsAfterFinished", -1, "is negative"),
    cronjob("spec.timeZone", "", "is no time zone"),
    cronjob(f"{JOB}.selector", {"matchLabels": {"a": "b"}}, "Kubernetes chooses it"),
    cronjob(f"{JOB}.podReplacementPolicy", "TerminatingOrFailed", "needs Failed"),
    cronjob(f"{RULES}.0.action", "Fail", "'Fail' is none of"),
    cronjob(f"{RULES}.0.onExitCodes.values", [0, 2], "0 is no failure"),
    cronjob(f"{RULES}.0.onExitCodes.values", [3, 2], "in order"),
    cronjob(f"{RULES}.0.onExitCodes.values", [2, 2], "each once"),
    cronjob(f"{RULES}.0.onExitCodes.values", [], "at least one"),
    cronjob(f"{RULES}.0.onExitCodes.operator", "Is", "'Is' is none of"),
    cronjob(f"{RULES}.0.onExitCodes.containerName", "other", "no container 'other'"),
    cronjob(f"{RULES}.0.action", "FailIndex", "needs backoffLimitPerIndex"),
    cronjob(f"{RULES}.1.onPodConditions.0.status", "Yes", "needs type and status"),
    cronjob(f"{RULES}.1", {"action": "Ignore"}, "needs one of onExitCodes"),
    cronjob(f"{JOB}.backoffLimitPerIndex", 1, "goes with Indexed only"),
    cronjob(f"{POD}.containers.+", HELPER, "restartPolicy: Always", "us"),
    Mutant("Job/good-backfill", "spec.completions", GONE, "Indexed needs it"),
    Mutant("Job/good-backfill", "spec.completionMode", "Index", "none of Indexed"),
    Mutant("Job/good-backfill", "spec.manualSelector", True, "Kubernetes chooses it"),
    Mutant("Job/good-backfill", "metadata.name", "n" * 62, "at most 63"),
    Mutant("Job/good-backfill", "metadata.name", "good.backfill", "is no DNS label"),
    Mutant("Job/good-backfill", "metadata.name", "n" * 64, "at most 63"),
]

PODS = [
    cronjob(f"{POD}.restartPolicy", "Sometimes", "none of Always"),
    cronjob(f"{POD}.dnsConfig.nameservers", ["ns.example"], "does not appear to be an IPv4"),
    Mutant("Pod/good-test", "spec.dnsPolicy", "None", "None needs nameservers"),
    cronjob(f"{POD}.dnsPolicy", "Cluster", "none of ClusterFirst"),
    cronjob(f"{POD}.hostAliases.0.ip", "api.example", "does not appear to be an IPv4"),
    cronjob(f"{POD}.hostAliases.0.hostnames", ["No_Host"], "is no DNS name"),
    cronjob(f"{POD}.priorityClassName", "Very High", "is no DNS name"),
    cronjob(f"{POD}.serviceAccountName", "Good", "is no DNS name"),
    cronjob(f"{POD}.terminationGracePeriodSeconds", -1, "is negative", "us"),
    cronjob(f"{POD}.imagePullSecrets.0.name", "A B", "is no DNS name", "us"),
    Mutant("Pod/good-test", "spec.activeDeadlineSeconds", 0, "is not from 1"),
    cronjob(f"{POD}.containers", [], "there is none"),
    cronjob(f"{POD}.containers.0.name", "ccsync.", "is no DNS label"),
    cronjob(f"{POD}.initContainers.0.name", "ccsync", "2 containers are called 'ccsync'"),
    cronjob(f"{POD}.initContainers.0.restartPolicy", "Never", "may say Always", "us"),
    cronjob(
        f"{POD}.initContainers.+",
        {**HELPER, "livenessProbe": {"exec": {"command": ["a"]}}},
        "an init container that ends has no livenessProbe",
    ),
    cronjob(f"{BOX}.image", "", "is no image"),
    cronjob(f"{BOX}.image", "registry.example/ccsync:", "cannot be pulled", "us"),
    cronjob(f"{BOX}.image", "registry.example//ccsync:1", "cannot be pulled", "us"),
    cronjob(f"{BOX}.imagePullPolicy", "Maybe", "none of Always"),
    cronjob(f"{BOX}.terminationMessagePolicy", "Log", "none of File"),
    cronjob(f"{BOX}.terminationMessagePath", "log", "is no absolute path", "us"),
    cronjob(f"{BOX}.args", ["sync", 7], "7 is no text"),
    cronjob(f"{BOX}.resources.limits.memory", "-1", "is negative"),
    cronjob(f"{BOX}.resources.limits.mem", "1Gi", "no such resource"),
    cronjob(f"{BOX}.resources.requests.cpu", "fast", "is no quantity"),
    cronjob(f"{BOX}.env.0.name", "1BAD NAME", "is no name of a variable", "us"),
    cronjob(f"{BOX}.env.0.value", 7, "7 is no text"),
    cronjob(
        f"{BOX}.env.0.valueFrom", {"fieldRef": {"fieldPath": "metadata.name"}}, "and valueFrom"
    ),
    cronjob(f"{BOX}.env.+", {"name": "POD", "value": "x"}, "POD stands 2 times", "us"),
    cronjob(f"{BOX}.env.1.valueFrom", {}, "needs one of"),
    cronjob(f"{BOX}.env.1.valueFrom.fieldRef.fieldPath", "metadata.title", "no pod has a field"),
    cronjob(f"{BOX}.env.2.valueFrom.secretKeyRef", {"name": "good-secret"}, "needs name and key"),
    cronjob(f"{BOX}.envFrom", [{}], "needs the name of one"),
    cronjob(f"{JOB}.template.metadata.labels", {"app": "not a value"}, "no value of a label"),
    cronjob(f"{JOB}.template.metadata.labels", {"app": "v" * 64}, "at most 63"),
    cronjob(f"{JOB}.template.metadata.labels", {"a/b/c": "v"}, "is no DNS name"),
]

VOLUMES_AND_MOUNTS = [
    cronjob(f"{BOX}.volumeMounts.0.name", "confg", "there is no volume 'confg'"),
    cronjob(f"{BOX}.volumeMounts.1.mountPath", "/etc/ccsync", "is mounted 2 times"),
    cronjob(f"{BOX}.volumeMounts.0.mountPath", "etc:x", "is no absolute path", "us"),
    cronjob(f"{BOX}.volumeMounts.0.subPath", "../x", "leaves its directory"),
    cronjob(f"{VOLUMES}.0.name", "secret", "'secret' stands 2 times"),
    cronjob(f"{VOLUMES}.0.name", "Config", "is no DNS label"),
    cronjob(f"{VOLUMES}.0.emptyDir", {}, "has 2 sources"),
    cronjob(f"{VOLUMES}.4", {"name": "tmp"}, "has 0 sources", "us"),
    cronjob(f"{VOLUMES}.+", {"name": "unused", "emptyDir": {}}, "no container mounts", "us"),
    cronjob(f"{VOLUMES}.1.secret.defaultMode", 1024, "not from 0 to 0777"),
    cronjob(f"{VOLUMES}.1.secret.secretName", "", "secretName is missing"),
    cronjob(f"{VOLUMES}.1.secret.items.0.path", "/abs", "leaves its directory"),
    cronjob(f"{VOLUMES}.1.secret.items.0.key", "a b", "is no key", "us"),
    cronjob(f"{VOLUMES}.1.secret.items.+", {"key": "x", "path": "api-key"}, "is written 2", "us"),
    cronjob(f"{VOLUMES}.2.projected.sources", [], "projects nothing", "us"),
    cronjob(
        f"{VOLUMES}.2.projected.sources.0.serviceAccountToken.expirationSeconds", 60, "ten min"
    ),
    cronjob(f"{VOLUMES}.2.projected.sources.0.serviceAccountToken.path", "", "is empty"),
    cronjob(f"{VOLUMES}.4.emptyDir.sizeLimit", "big", "is no quantity"),
    cronjob(f"{VOLUMES}.4.emptyDir.sizeLimit", "-1", "is negative"),
    cronjob(f"{VOLUMES}.4.emptyDir.medium", "Disk", "'Disk' is none of", "us"),
]

SECURITY = [
    cronjob(f"{POD}.hostNetwork", True, "hostNetwork: is forbidden", "admission"),
    cronjob(f"{POD}.hostPID", True, "hostPID: is forbidden", "admission"),
    cronjob(f"{VOLUMES}.4", {"name": "tmp", "hostPath": {"path": "/"}}, "hostPath", "admission"),
    cronjob(f"{POD}.securityContext.runAsNonRoot", GONE, "runAsNonRoot", "admission"),
    cronjob(f"{POD}.securityContext.runAsNonRoot", False, "is false", "admission"),
    cronjob(f"{POD}.securityContext.runAsUser", 0, "is root", "admission"),
    cronjob(f"{POD}.securityContext.seccompProfile", GONE, "seccompProfile", "admission"),
    cronjob(f"{POD}.securityContext.seccompProfile.type", "Unconfined", "forbidden", "admission"),
    cronjob(
        f"{POD}.securityContext.sysctls",
        [{"name": "kernel.msgmax", "value": "1"}],
        "is forbidden",
        "admission",
    ),
    cronjob(f"{POD}.securityContext.seLinuxOptions", {"type": "spc_t"}, "forbidden", "admission"),
    cronjob(f"{BOX}.securityContext.allowPrivilegeEscalation", GONE, "to be false", "admission"),
    cronjob(f"{BOX}.securityContext.privileged", True, "privileged: is forbidden"),
    cronjob(f"{BOX}.securityContext.runAsNonRoot", False, "is false", "admission"),
    cronjob(f"{BOX}.securityContext.runAsUser", 0, "is root", "admission"),
    cronjob(f"{BOX}.securityContext.procMount", "Unmasked", "forbidden"),
    cronjob(f"{BOX}.securityContext.capabilities.add", ["NET_ADMIN"], "forbidden", "admission"),
    cronjob(f"{POD}.initContainers.0.securityContext", GONE, "to be false", "admission"),
    cronjob(f"{BOX}.ports", [{"containerPort": 80, "hostPort": 80}], "hostPort", "admission"),
    cronjob(f"{POD}.securityContext.fsGroup", -1, "is negative"),
    cronjob(f"{BOX}.securityContext.readOnlyRootFilesystem", GONE, "is not true", "us"),
]

TERMS = f"{POD}.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution"
ANTI = f"{POD}.affinity.podAntiAffinity.preferredDuringSchedulingIgnoredDuringExecution.0"
SPREAD = f"{POD}.topologySpreadConstraints"

PLACING = [
    cronjob(f"{POD}.nodeSelector", {"kubernetes.io/os": "not linux"}, "no value of a label"),
    cronjob(f"{POD}.tolerations.0.operator", "Is", "none of Equal"),
    cronjob(f"{POD}.tolerations.0.operator", "Exists", "Exists has no value"),
    cronjob(f"{POD}.tolerations.0.key", GONE, "has to be Exists"),
    cronjob(f"{POD}.tolerations.0.effect", "Never", "none of NoSchedule"),
    cronjob(f"{POD}.tolerations.0.tolerationSeconds", 5, "NoExecute only"),
    cronjob(f"{SPREAD}.0.maxSkew", 0, "has to be 1 or more"),
    cronjob(f"{SPREAD}.0.topologyKey", "a b", "is no key of a label", "us"),
    cronjob(f"{SPREAD}.0.whenUnsatisfiable", "Wait", "none of DoNotSchedule"),
    cronjob(f"{SPREAD}.0.labelSelector.matchLabels", {"a": "b c"}, "no value of a label"),
    cronjob(f"{SPREAD}.+", {"maxSkew": 2, "topologyKey": "topology.kubernetes.io/zone",
                            "whenUnsatisfiable": "ScheduleAnyway"}, "stands 2 times"),
    cronjob(f"{TERMS}.nodeSelectorTerms", [], "is empty"),
    cronjob(f"{TERMS}.nodeSelectorTerms.0.matchExpressions.0.operator", "Is", "none of In"),
    cronjob(f"{TERMS}.nodeSelectorTerms.0.matchExpressions.0.values", [], "with values []"),
    cronjob(f"{ANTI}.weight", 0, "not from 1 to 100"),
    cronjob(f"{ANTI}.podAffinityTerm", {}, "topologyKey: is missing"),
]  # fmt: skip

OBJECTS = [
    Mutant("ConfigMap/good-config", "metadata.name", "", "no DNS name"),
    Mutant("ConfigMap/good-config", "metadata.labels", {"a": "b c"}, "no value of a label"),
    Mutant("ConfigMap/good-config", "metadata.labels", {"a": "v" * 64}, "at most 63"),
    Mutant("ConfigMap/good-config", "metadata.annotations", {"a b": "c"}, "no key of a label"),
    Mutant("ConfigMap/good-config", "metadata.annotations", {"a": 1}, "1 is no text"),
    Mutant("ConfigMap/good-config", "metadata.annotations", {"a": "x" * 262144}, "256 KiB"),
    Mutant("ConfigMap/good-config", "data", {"a/b": "c"}, "is no key"),
    Mutant("ConfigMap/good-config", "data", {"a": 1}, "1 is no text"),
    Mutant("ConfigMap/good-config", "data", {"a": "x" * (2**20 + 1)}, "more than 1 MiB"),
    Mutant("ConfigMap/good-state", "binaryData", {"a": "???"}, "is no base64"),
    Mutant("ConfigMap/good-state", "metadata.annotations", {"helm.sh/resource-policy": "kept"},
           "can only be keep", "us"),
    Mutant("Secret/good-secret", "data", {"api-key": "plain!"}, "is no base64"),
    Mutant("Secret/good-secret", "stringData", {"a b": "c"}, "is no key"),
    Mutant("Secret/good-secret", "stringData", {"a": True}, "is no text"),
    Mutant("ServiceAccount/good", "metadata.name", "Good", "is no DNS name"),
    Mutant("PersistentVolumeClaim/good-claim", "spec.accessModes", [], "needs at least one"),
    Mutant("PersistentVolumeClaim/good-claim", "spec.accessModes", ["ReadWrite"], "is none of"),
    Mutant("PersistentVolumeClaim/good-claim", "spec.accessModes",
           ["ReadWriteOncePod", "ReadWriteOnce"], "stands alone"),
    Mutant("PersistentVolumeClaim/good-claim", "spec.resources.requests", {}, "is no quantity"),
    Mutant("PersistentVolumeClaim/good-claim", "spec.resources.requests.storage", "0", "more than"),
    Mutant("PersistentVolumeClaim/good-claim", "spec.storageClassName", "A B", "is no DNS name"),
    Mutant("Role/good", "rules.0.verbs", [], "needs at least one"),
    Mutant("Role/good", "rules.0.apiGroups", [], "needs at least one"),
    Mutant("Role/good", "rules.0.verbs", ["*"], "allows more", "us"),
    Mutant("Role/good", "rules.0.verbs", ["get", "update", "create"], "limited to names", "us"),
    Mutant("RoleBinding/good", "roleRef.apiGroup", "rbac", "has to be rbac.authorization"),
    Mutant("RoleBinding/good", "roleRef.kind", "Rule", "has to name a Role"),
    Mutant("RoleBinding/good", "subjects.0.namespace", GONE, "namespace: is missing", "us"),
    Mutant("RoleBinding/good", "subjects.0.kind", "Account", "'Account' is none"),
    Mutant("RoleBinding/good", "subjects.0.apiGroup", "rbac.authorization.k8s.io", "is empty for"),
    Mutant("NetworkPolicy/good", "spec.policyTypes", ["Out"], "none of Ingress"),
    Mutant("NetworkPolicy/good", "spec.egress.0.ports.0.port", 0, "not from 1 to 65535"),
    Mutant("NetworkPolicy/good", "spec.egress.0.ports.0.port", "443", "no name of a port"),
    Mutant("NetworkPolicy/good", "spec.egress.0.ports.0.protocol", "udp", "none of TCP"),
    Mutant("NetworkPolicy/good", "spec.egress.0.ports.1.endPort", 7000, "not above it"),
    Mutant("NetworkPolicy/good", "spec.egress.1.to.0.ipBlock.cidr", "169.254.0.0/33", "/33"),
    Mutant("NetworkPolicy/good", "spec.egress.1.to.0.ipBlock.except", ["192.0.2.0/24"], "within"),
    Mutant("NetworkPolicy/good", "spec.egress.1.to.0.podSelector", {}, "ipBlock stands alone"),
    Mutant("NetworkPolicy/good", "spec.egress.1.to.0", {}, "names nobody"),
    Mutant("Pod/good-test", "metadata.annotations", {"helm.sh/hook": "check"}, "is no hook", "us"),
    Mutant("Pod/good-test", "metadata.annotations",
           {"helm.sh/hook": "test", "helm.sh/hook-delete-policy": "always"}, "is none", "us"),
]  # fmt: skip

TOGETHER = [
    Mutant("ConfigMap/good-state", "metadata.name", "good-config", "is made 2 times", "us"),
    cronjob(f"{VOLUMES}.0.configMap.name", "other", "there is no ConfigMap 'other'", "us"),
    cronjob(f"{VOLUMES}.1.secret.secretName", "other", "there is no Secret 'other'", "us"),
    cronjob(f"{VOLUMES}.1.secret.items.0.key", "key", "has no key 'key'", "us"),
    cronjob(f"{VOLUMES}.3.persistentVolumeClaim.claimName", "x", "PersistentVolumeClaim 'x'", "us"),
    cronjob(f"{BOX}.env.2.valueFrom.secretKeyRef.name", "x", "there is no Secret 'x'", "us"),
    cronjob(f"{BOX}.env.2.valueFrom.secretKeyRef.key", "x", "has no key 'x'", "us"),
    cronjob(f"{BOX}.envFrom.0.configMapRef.name", "x", "there is no ConfigMap 'x'", "us"),
    cronjob(f"{POD}.serviceAccountName", "x", "there is no ServiceAccount 'x'", "us"),
    cronjob(f"{POD}.imagePullSecrets.0.name", "x", "there is no Secret 'x'", "us"),
    cronjob(f"{POD}.automountServiceAccountToken", False, "needs a mounted token", "us"),
    cronjob(f"{POD}.automountServiceAccountToken", GONE, "needs a mounted token", "us"),
    cronjob(f"{JOB}.template.metadata.labels", {}, "does not select the pods", "us"),
    Mutant("ConfigMap/good-state", "metadata.name", "x", "no ConfigMap 'good-state'", "us"),
    Mutant("RoleBinding/good", "roleRef.name", "x", "there is no Role 'x'", "us"),
    Mutant("RoleBinding/good", "subjects.0.name", "x", "no ServiceAccount 'x'", "us"),
    Mutant("Role/good", "rules.0.resourceNames", ["x"], "may not get and update", "us"),
    Mutant("Role/good", "rules.0.verbs", ["get"], "may not get and update", "us"),
    Mutant("Role/good", "rules.0.resources", ["secrets"], "may not get and update", "us"),
]  # fmt: skip

BY_RULE = [
    *(*REFERENCE, *SCHEDULES, *JOBS, *PODS, *VOLUMES_AND_MOUNTS, *SECURITY, *PLACING),
    *(*OBJECTS, *TOGETHER),
]
