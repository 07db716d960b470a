# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every key of the Compose specification, what it may hold and what becomes of it: the one table that checks files, writes notices and
makes the table of docs/from-docker-compose.md. A test compares its names with the schema of compose-go. Pure data."""

from __future__ import annotations

from .key import Key, none, nothing, partly, same

_MOUNTED = {
    "source": same("text", "which one"),
    "target": same("text", "where the file is"),
    "uid": none("text", "Kubernetes gives mounted files to root; `mode` decides who reads them"),
    "gid": none("text", "Kubernetes gives mounted files to root, or to the group of `user`"),
    "mode": same("number|text", "`defaultMode` of the volume"),
}
_ULIMIT = {"hard": none("whole", ""), "soft": none("whole", "")}
_DEVICE = {
    "capabilities": partly("texts", "`gpu`: `resources.limits` of `nvidia.com/gpu`"),
    "count": partly("whole|text", "how many; `all` is one"),
    "device_ids": none("texts", "a device plugin chooses"),
    "driver": partly("text", "`nvidia`, `amd`: the name of the resource"),
    "options": none("map", "a device plugin has none"),
}
_RATE = {"path": none("text", ""), "rate": none("whole", "")}
_RATES = none("list", "the node's disks are not divided", _RATE)
_HOOK = {
    "command": same("command", "the command"),
    "user": none("text", "a hook runs as the container's own user"),
    "privileged": none("bool", "a hook may what its container may"),
    "working_dir": same("text", "`cd` before the command"),
    "environment": same("map", "`env` before the command"),
}
_NETWORK_OF_SERVICE = {
    "aliases": same("texts", "Services of these names"),
    "interface_name": none("text", "a pod has one interface, eth0"),
    "ipv4_address": none("text", "pods get their addresses; a Service has a name"),
    "ipv6_address": none("text", "pods get their addresses; a Service has a name"),
    "link_local_ips": none("texts", "pods get their addresses"),
    "mac_address": none("text", "pods get their addresses"),
    "driver_opts": none("object", "the cluster has one network"),
    "priority": nothing("number", "the cluster has one network"),
    "gw_priority": nothing("number", "the cluster has one network"),
}
_MOUNT = {
    "type": partly(
        "text",
        "`volume`, `bind` and `tmpfs` as below; `image` a volume of type image; `npipe` and `cluster` no",
        one_of=("bind", "volume", "tmpfs", "cluster", "npipe", "image"),
    ),
    "source": same("text", "what is mounted"),
    "target": same("text", "`mountPath`"),
    "read_only": same("bool", "`readOnly`"),
    "consistency": nothing("text", "nodes are Linux"),
    "bind": partly(
        "object",
        "",
        {
            "propagation": none("text", "what is copied into the cluster has no mounts below it"),
            "create_host_path": nothing("bool", "a claim is made where the folder is missing or empty"),
            "recursive": none("text", "what is copied has no mounts below it", one_of=("enabled", "disabled", "writable", "readonly")),
            "selinux": nothing("text", "volumes of pods are labelled by the node", one_of=("z", "Z")),
        },
    ),
    "volume": partly(
        "object",
        "",
        {
            "labels": same("map", "annotations of the claim"),
            "nocopy": nothing("bool", "what the image has at this path is never copied into a claim"),
            "subpath": same("text", "`subPath`"),
        },
    ),
    "tmpfs": same(
        "object", "", {"size": same("size", "`sizeLimit`"), "mode": none("number|text", "an emptyDir is open to everybody in the pod")}
    ),
    "image": same("object", "", {"subpath": same("text", "`subPath`")}),
}
CONTAINER: dict[str, Key] = {
    "annotations": same("map", "annotations of the pod"),
    "blkio_config": none(
        "object",
        "the node's disks are not divided",
        {
            **dict.fromkeys(("device_read_bps", "device_read_iops", "device_write_bps", "device_write_iops"), _RATES),
            "weight": none("whole", ""),
            "weight_device": none("list", "", {"path": none("text", ""), "weight": none("whole", "")}),
        },
    ),
    "cap_add": same("texts", "`securityContext.capabilities.add`"),
    "cap_drop": same("texts", "`securityContext.capabilities.drop`"),
    "cgroup": none("text", "containers have cgroups of their own", one_of=("host", "private")),
    "cgroup_parent": none("text", "the kubelet places cgroups"),
    "command": same("command", "`args` of the container"),
    "configs": same("list|texts", "a ConfigMap, mounted", _MOUNTED),
    "cpu_count": same("natural", "`resources.limits.cpu`"),
    "cpu_percent": none("percent", "Windows only"),
    "cpu_period": partly("number|text", "with `cpu_quota`: `resources.limits.cpu`"),
    "cpu_quota": partly("number|text", "with `cpu_period`: `resources.limits.cpu`"),
    "cpu_rt_period": none("number|text", "no real-time scheduling"),
    "cpu_rt_runtime": none("number|text", "no real-time scheduling"),
    "cpu_shares": same("number|text", "`resources.requests.cpu`: 1024 shares are one processor"),
    "cpus": same("number|text", "`resources.limits.cpu`"),
    "cpuset": none("text", "the kubelet's CPU manager gives whole processors, where it is set up"),
    "credential_spec": none("object", "Windows only", {"config": none("text", ""), "file": none("text", ""), "registry": none("text", "")}),
    "device_cgroup_rules": none("texts", "a device plugin gives devices"),
    "devices": none(
        "list|texts",
        "a device plugin gives devices, as `resources.limits`",
        {"source": none("text", ""), "target": none("text", ""), "permissions": none("text", "")},
        ("source",),
    ),
    "dns": same("text|texts", "`dnsConfig.nameservers`, beside the cluster's own"),
    "dns_opt": same("texts", "`dnsConfig.options`"),
    "dns_search": same("text|texts", "`dnsConfig.searches`"),
    "domainname": none("text", "names end with the cluster's domain"),
    "entrypoint": same("command", "`command` of the container"),
    "env_file": same(
        "text|list",
        "read, and written as `env`; what a name calls secret into a Secret",
        {
            "path": same("text", ""),
            "format": partly("text", "`raw` and none"),
            "required": same("bool", ""),
        },
        ("path",),
    ),
    "environment": same("map", "`env` of the container; what a name calls secret into a Secret, its value into `secrets.env`"),
    "extra_hosts": partly("hosts", "`hostAliases`; `host-gateway` no"),
    "gpus": partly("text|list", "`resources.limits` of `nvidia.com/gpu`", _DEVICE),
    "group_add": partly("texts+", "numbers: `securityContext.supplementalGroups`"),
    "hostname": same("text", "`hostname` of the pod, and a Service of that name"),
    "image": same("text", "`image` of the container, as the variable `image`"),
    "init": same("bool", "`shareProcessNamespace`: the pod's first process collects those that end"),
    "ipc": partly("text", "`host`: `hostIPC`"),
    "isolation": none("text", "Windows only"),
    "label_file": same("text|texts", "read into `labels`"),
    "labels": partly("map", "labels of the pod where Kubernetes takes them, else annotations"),
    "logging": none(
        "object",
        "the cluster keeps logs, `roro logs` reads them",
        {"driver": none("text", ""), "options": none("object", "")},
    ),
    "mac_address": none("text", "pods get their addresses"),
    "mem_limit": same("size", "`resources.limits.memory`"),
    "mem_reservation": same("size", "`resources.requests.memory`"),
    "mem_swappiness": none("whole", "pods do not swap"),
    "memswap_limit": none("size", "pods do not swap"),
    "models": none("texts|names?", "run the model as an app of its own", {"endpoint_var": none("text", ""), "model_var": none("text", "")}),
    "network_mode": partly("text", "`host`: `hostNetwork`; `bridge`: as the default"),
    "networks": partly("texts|names?", "one network for all pods: a NetworkPolicy closes it", _NETWORK_OF_SERVICE),
    "oom_kill_disable": none("bool", "who takes more than its limit is ended"),
    "oom_score_adj": none("adjustment", "the kubelet sets it by requests and limits"),
    "pid": partly("text?", "`host`: `hostPID`"),
    "pids_limit": none("number|text", "the kubelet's podPidsLimit holds for all pods of a node"),
    "platform": same("text", "`nodeSelector` of `kubernetes.io/os` and `kubernetes.io/arch`"),
    "privileged": same("bool", "`securityContext.privileged`"),
    "pull_policy": partly("text", "`imagePullPolicy`: `always`, `never`, `missing`; by time and `build` no"),
    "pull_refresh_after": none("text", "`imagePullPolicy: Always` asks at each start"),
    "read_only": same("bool", "`securityContext.readOnlyRootFilesystem`"),
    "runtime": none("text", "`runtimeClassName`, where the cluster has a RuntimeClass"),
    "secrets": same("list|texts", "a Secret, mounted; values go into `secrets.env`", _MOUNTED),
    "security_opt": partly("texts", "`no-new-privileges`, `seccomp:unconfined`, `apparmor:PROFILE`, `label:...`; profiles in files no"),
    "shm_size": same("size", "an `emptyDir` in memory at `/dev/shm`"),
    "stop_grace_period": same("text", "`terminationGracePeriodSeconds`; without it 10, as in Compose"),
    "stop_signal": none("text", "`STOPSIGNAL` in the image; a cluster sends SIGTERM else"),
    "storage_opt": partly("object", "`size`: `resources.limits.ephemeral-storage`"),
    "sysctls": same("map", "`securityContext.sysctls`; unsafe ones only where the kubelet allows them"),
    "tmpfs": same("text|texts", "an `emptyDir` in memory"),
    "ulimits": none("names|ulimits", "the node's container runtime sets them", _ULIMIT, ("soft", "hard")),
    "use_api_socket": none("boolean", "there is no engine on the other side of a socket"),
    "user": partly("text", "numbers: `runAsUser`, `runAsGroup`, `fsGroup`; Kubernetes knows no names"),
    "userns_mode": partly("text", "`host`: as the default"),
    "uts": none("text", "`hostNetwork` shares the node's name as well"),
    "volumes": partly("list|texts", "claims, ConfigMaps, `emptyDir`: see below", _MOUNT, ("type",)),
    "volumes_from": partly("texts", "the volumes of another service, mounted here too; `container:` no"),
    "working_dir": same("text", "`workingDir`"),
}
_WATCH = {
    "ignore": none("text|texts", ""),
    "include": none("text|texts", ""),
    "path": none("text", ""),
    "action": none("text", "", one_of=("rebuild", "sync", "restart", "sync+restart", "sync+exec")),
    "target": none("text", ""),
    "exec": none("object", "", {name: none(key.shape, "") for name, key in _HOOK.items()}, ("command",)),
    "initial_sync": none("boolean", ""),
}
_ROLLOUT = {
    "parallelism": same("whole", "`maxUnavailable`, or `maxSurge`"),
    "delay": same("text", "`minReadySeconds`"),
    "failure_action": same("text", "`rollback`: `onFailure` of the app"),
    "monitor": none("text", "`timeout` of the app says how long an update may take"),
    "max_failure_ratio": none("number|text", "one pod that fails fails the update"),
    "order": same("text", "`start-first`: `maxSurge`; `stop-first`: `maxUnavailable`", one_of=("start-first", "stop-first")),
}
DEPLOY: dict[str, Key] = {
    "mode": same("text", "`global`: a DaemonSet; `replicated-job`, `global-job`: a Job"),
    "endpoint_mode": partly("text", "`dnsrr`: a headless Service"),
    "replicas": same("whole", "`replicas`, as the variable `replicas`"),
    "labels": partly("map", "labels of the workload where Kubernetes takes them, else annotations"),
    "update_config": partly("object", "the strategy of the Deployment", _ROLLOUT),
    "rollback_config": none(
        "object", "a rollback is an update", {name: none(key.shape, "", one_of=key.one_of) for name, key in _ROLLOUT.items()}
    ),
    "resources": partly(
        "object",
        "",
        {
            "limits": partly(
                "object",
                "",
                {
                    "cpus": same("number|text", "`resources.limits.cpu`"),
                    "memory": same("text", "`resources.limits.memory`"),
                    "pids": none("whole", "the kubelet's podPidsLimit holds for all pods of a node"),
                },
            ),
            "reservations": partly(
                "object",
                "",
                {
                    "cpus": same("number|text", "`resources.requests.cpu`; without it 0, as Compose reserves nothing"),
                    "memory": same("text", "`resources.requests.memory`; without it 0"),
                    "generic_resources": none(
                        "list",
                        "a device plugin names resources",
                        {"discrete_resource_spec": none("object", "", {"kind": none("text", ""), "value": none("number|text", "")})},
                    ),
                    "devices": partly("list", "`gpu`: `resources.limits` of `nvidia.com/gpu`", _DEVICE, ("capabilities",)),
                },
            ),
        },
    ),
    "restart_policy": partly(
        "object",
        "",
        {
            "condition": partly("text", "of a Job `restartPolicy`; a Deployment always restarts"),
            "delay": none("text", "the kubelet waits longer each time"),
            "max_attempts": partly("whole", "of a Job `backoffLimit`"),
            "window": none("text", "the kubelet counts by itself"),
        },
    ),
    "placement": partly(
        "object",
        "",
        {
            "constraints": partly("texts", "`node.labels.X == Y`, `node.hostname`, `node.platform`: node affinity; `node.role` no"),
            "preferences": same("list", "`topologySpreadConstraints`", {"spread": same("text", "")}),
            "max_replicas_per_node": none("whole", "a topologySpreadConstraint is the nearest"),
        },
    ),
}
BUILD: dict[str, Key] = {
    name: same(shape, "kept under `x-build` in `app.json`")
    for name, shape in {
        "context": "text",
        "dockerfile": "text",
        "dockerfile_inline": "text",
        "entitlements": "texts",
        "args": "map",
        "ssh": "map",
        "labels": "map",
        "cache_from": "texts",
        "cache_to": "texts",
        "no_cache": "bool",
        "no_cache_filter": "text|texts",
        "additional_contexts": "map",
        "network": "text",
        "provenance": "text|boolean",
        "sbom": "text|boolean",
        "pull": "bool",
        "target": "text",
        "shm_size": "whole",
        "extra_hosts": "hosts",
        "isolation": "text",
        "privileged": "bool",
        "tags": "texts",
        "platforms": "texts",
    }.items()
}
BUILD["secrets"] = same("list|texts", "kept under `x-build` in `app.json`", _MOUNTED)
BUILD["ulimits"] = same("names|ulimits", "kept under `x-build` in `app.json`", _ULIMIT, ("soft", "hard"))
WORKLOAD: dict[str, Key] = {
    "build": partly("text|object", "kept under `x-build` in `app.json`; renamed to `build`, `roro up --build` makes it", BUILD),
    "depends_on": same(
        "texts|names",
        "`dependsOn`: `service_started` is `started`, `service_healthy` is `healthy`, `service_completed_successfully` is `completed`",
        {
            "restart": none("bool", "`restartOn` says when pods are made anew"),
            "required": same("boolean", "`required`"),
            "condition": same("text", "`condition`", one_of=("service_started", "service_healthy", "service_completed_successfully")),
        },
        ("condition",),
    ),
    "expose": same("texts+", "ports of the Service"),
    "healthcheck": partly(
        "object",
        "`readinessProbe`; a `startupProbe` asks more often until it passes",
        {
            "disable": same("bool", "no probe"),
            "interval": same("text", "`periodSeconds`"),
            "retries": same("number|text", "`failureThreshold`"),
            "test": same("command-", "`exec`; one that asks a URL of its own with curl or wget also becomes `health` of the app"),
            "timeout": same("text", "`timeoutSeconds`"),
            "start_period": nothing("text", "a pod that is not ready yet is waited for, whatever failed before"),
            "start_interval": same("text", "`periodSeconds` of the `startupProbe`"),
        },
    ),
    "ports": partly(
        "list|texts+",
        "a Service with the container's port, and a forward from the published one; UDP has no forward",
        {
            "name": same("text", "the name of port and forward"),
            "mode": nothing("text", "a Service does both"),
            "host_ip": same("text", "`bind` of the forward"),
            "target": same("whole", "`port` of the Service"),
            "published": partly("text|whole", "`localPort` of the forward; a range is `auto`"),
            "protocol": partly("text", "`protocol` of the Service"),
            "app_protocol": same("text", "`appProtocol` of the Service"),
        },
    ),
    "stdin_open": same("bool", "`stdin`"),
    "tty": same("bool", "`tty`"),
}
SERVICE: dict[str, Key] = {
    **CONTAINER,
    **WORKLOAD,
    "attach": nothing("bool", "`roro up` shows no logs, `roro logs -f` does"),
    "container_name": same("text", "a Service of that name"),
    "deploy": partly("object?", "", DEPLOY),
    "develop": none(
        "object?", "`roro up --watch` follows documents and manifests, no sources", {"watch": none("list", "", _WATCH, ("path", "action"))}
    ),
    "extends": same("text|object", "read, as Compose does", {"service": same("text", ""), "file": same("text", "")}, ("service",)),
    "external_links": none("texts", "a Service of type ExternalName leads elsewhere"),
    "links": same("texts", "the Service of the other; an alias is a Service too"),
    "post_start": partly("list", "`lifecycle.postStart`", _HOOK, ("command",)),
    "pre_start": same(
        "list",
        "`initContainers`",
        {**CONTAINER, "per_replica": partly("bool", "an initContainer runs in each pod")},
    ),
    "pre_stop": partly("list", "`lifecycle.preStop`", _HOOK, ("command",)),
    "profiles": same("texts", "`profiles`"),
    "provider": none(
        "object", "what a provider makes is not in the cluster", {"type": none("text", ""), "options": none("object", "")}, ("type",)
    ),
    "restart": partly("text", "a Deployment always restarts; of a Job `restartPolicy`"),
    "scale": same("whole", "`replicas`"),
}
JOB: dict[str, Key] = {
    **CONTAINER,
    **WORKLOAD,
    "profiles": same("texts", "`profiles`"),
    "triggers": same(
        "object",
        "",
        {
            "manual": same("bool", "a Job, made when it is named: `roro up dev NAME`"),
            "schedule": same(
                "list|texts",
                "a CronJob",
                {
                    "cron": same("text", "`schedule`"),
                    "timezone": same("text", "`timeZone`"),
                    "concurrency": partly("text", "`forbid`: `concurrencyPolicy`; `queue` no", one_of=("forbid", "queue")),
                    "missed_fires": partly("text", "`skip`: `startingDeadlineSeconds`", one_of=("one", "skip")),
                },
                ("cron",),
            ),
        },
    ),
}
_EXTERNAL = {"name": same("text", "its name")}
_FILE_OBJECT = {
    "name": nothing("text", "names are those of the app"),
    "environment": same("text", "read when it is imported"),
    "file": same("text", "read when it is imported"),
    "external": same("bool|object", "one that is in the namespace already", _EXTERNAL),
    "labels": nothing("map", ""),
    "template_driver": none("text", "no templates inside"),
}
PROJECT: dict[str, Key] = {
    "version": nothing("text", "Compose ignores it too"),
    "name": same("text", "`name` in `workspace.json`"),
    "include": same(
        "list|texts",
        "read, as Compose does",
        {
            "path": same("text|texts", ""),
            "env_file": same("text|texts", ""),
            "project_directory": same("text", ""),
        },
    ),
    "services": same("names", "an app each", SERVICE),
    "jobs": same("names", "an app each, with a Job or a CronJob", JOB, ("triggers",)),
    "networks": partly(
        "names?",
        "all pods of a cluster are in one network",
        {
            "name": nothing("text", "the cluster has one network"),
            "driver": none("text", "the cluster has one network"),
            "driver_opts": none("object", "the cluster has one network"),
            "ipam": none(
                "object",
                "the cluster gives addresses",
                {
                    "driver": none("text", ""),
                    "config": none(
                        "list",
                        "",
                        {
                            "subnet": none("text", ""),
                            "ip_range": none("text", ""),
                            "gateway": none("text", ""),
                            "aux_addresses": none("object", ""),
                        },
                    ),
                    "options": none("object", ""),
                },
            ),
            "external": none("bool|object", "what is outside is reached by its address", _EXTERNAL),
            "internal": none("bool", "a NetworkPolicy closes the way out"),
            "enable_ipv4": nothing("bool", "as the cluster has it"),
            "enable_ipv6": nothing("bool", "as the cluster has it"),
            "attachable": nothing("bool", ""),
            "labels": nothing("map", ""),
        },
    ),
    "volumes": same(
        "names?",
        "a claim: of a StatefulSet where one service has it, else of the app `shared`",
        {
            "name": nothing("text", "names are those of the app; with `external` the name of the claim"),
            "driver": partly("text", "`local`: the cluster's default StorageClass; others no"),
            "driver_opts": partly("object", "`size`: how much a claim asks for"),
            "external": same("bool|object", "a claim that is there already", _EXTERNAL),
            "labels": same("map", "annotations of the claim"),
        },
    ),
    "secrets": same(
        "names",
        "a Secret of each app that mounts it",
        {**_FILE_OBJECT, "driver": none("text", "an operator for secrets"), "driver_opts": none("object", "")},
    ),
    "configs": same("names", "a ConfigMap of each app that mounts it", {**_FILE_OBJECT, "content": same("text", "its content")}),
    "models": none(
        "names",
        "run the model as an app of its own",
        {"name": none("text", ""), "model": none("text", ""), "context_size": none("whole", ""), "runtime_flags": none("texts", "")},
        ("model",),
    ),
}
