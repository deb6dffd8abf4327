#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes the config.json of an OCI bundle as kubelet and containerd would have it for a container of a
manifest: what it may do and what it sees is in the manifest alone.

    container.py MANIFEST KIND/NAME CONTAINER PLACES >config.json

PLACES is JSON: `fields` of the pod, by path; `host`, directories that stand for the node's; `volumes`,
directories that stand for secrets and the like, by name; `environment`, what kubelet adds."""

import json
import platform
import re
import subprocess
import sys

import yaml

DEFAULT_PROFILE = "/usr/share/containers/seccomp.json"
# Debian's copy of the profile is from before containerd and Docker had these rules.
SINCE = [{"names": ["bpf"], "action": "SCMP_ACT_ALLOW", "includes": {"caps": ["CAP_BPF"]}},
         {"names": ["perf_event_open"], "action": "SCMP_ACT_ALLOW",
          "includes": {"caps": ["CAP_PERFMON"]}}]
ARCHITECTURE = {"x86_64": "amd64", "aarch64": "arm64"}[platform.machine()]
MASKED = ["/proc/asound", "/proc/acpi", "/proc/kcore", "/proc/keys", "/proc/latency_stats",
          "/proc/timer_list", "/proc/timer_stats", "/proc/sched_debug", "/proc/scsi",
          "/sys/firmware"]
READ_ONLY = ["/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"]


def find(path, kind, name):
    with open(path) as file:
        return next(item for item in yaml.safe_load_all(file)
                    if item["kind"] == kind and item["metadata"]["name"] == name)


def all_capabilities():
    """That there are to be had here."""
    listed = subprocess.run(["setpriv", "--list-caps"], check=True, capture_output=True, text=True)
    with open("/proc/self/status") as file:
        held = int(re.search(r"CapBnd:\s*(\w+)", file.read())[1], 16)
    return [name.upper() for number, name in enumerate(listed.stdout.split())
            if held >> number & 1]


def capabilities(context):
    wanted = context.get("capabilities", {})
    if not context.get("privileged") and wanted.get("drop") != ["ALL"]:
        raise SystemExit("the container keeps the runtime's default capabilities")
    added = all_capabilities() if context.get("privileged") else wanted.get("add", [])
    names = ["CAP_" + name for name in added]
    return {each: names for each in ("bounding", "effective", "permitted")}


def holds(rule, names):
    includes, excludes = rule.get("includes") or {}, rule.get("excludes") or {}
    return (set(includes.get("caps", [])) <= set(names)
            and not set(excludes.get("caps", [])) & set(names)
            and ARCHITECTURE in includes.get("arches", [ARCHITECTURE])
            and ARCHITECTURE not in excludes.get("arches", []))


def seccomp(context, names):
    kind = context["seccompProfile"]["type"]
    if kind != "RuntimeDefault":
        raise SystemExit(f"a seccomp profile that this does not know: {kind}")
    with open(DEFAULT_PROFILE) as file:
        profile = json.load(file)
    rules = [rule for rule in profile["syscalls"] + SINCE if holds(rule, names)]
    allowed = {call for rule in rules if rule["action"] == "SCMP_ACT_ALLOW"
               and not rule.get("args") for call in rule["names"]}
    calls = []
    for rule in rules:
        # What a capability allows is not also refused.
        left = [call for call in rule["names"]
                if rule["action"] == "SCMP_ACT_ALLOW" or call not in allowed]
        if left:
            calls.append({"names": left, "action": rule["action"],
                          **({"args": rule["args"]} if rule.get("args") else {})})
    return {"defaultAction": profile["defaultAction"], "syscalls": calls}


def expand(text, environment):
    return re.sub(r"\$\((\w+)\)", lambda match: environment[match[1]], text)


def volume_source(volume, places):
    if "hostPath" in volume:
        return places["host"][volume["hostPath"]["path"]]
    return places["volumes"][volume["name"]]


def mounts(pod, container, places):
    result = [
        {"destination": "/proc", "type": "proc", "source": "proc",
         "options": ["nosuid", "noexec", "nodev"]},
        {"destination": "/dev", "type": "tmpfs", "source": "tmpfs",
         "options": ["nosuid", "strictatime", "mode=755", "size=65536k"]},
        {"destination": "/dev/shm", "type": "tmpfs", "source": "shm",
         "options": ["nosuid", "noexec", "nodev", "mode=1777", "size=65536k"]},
        {"destination": "/sys", "type": "sysfs", "source": "sysfs",
         "options": ["nosuid", "noexec", "nodev", "ro"]},
        # Of the host where the pod is on its network.
        *({"destination": path, "type": "bind", "source": path, "options": ["rbind", "ro"]}
          for path in ("/etc/hosts", "/etc/resolv.conf"))]
    volumes = {each["name"]: each for each in pod["volumes"]}
    for mount in container["volumeMounts"]:
        result.append({"destination": mount["mountPath"], "type": "bind",
                       "source": volume_source(volumes[mount["name"]], places),
                       "options": ["rbind", "rprivate",
                                   "ro" if mount.get("readOnly") else "rw"]})
    return result


def configure(pod, container, places):
    context = {**pod.get("securityContext", {}), **container["securityContext"]}
    environment = dict(places.get("environment", {}), PATH="/usr/sbin:/usr/bin")
    for variable in container.get("env", []):
        environment[variable["name"]] = \
            places["fields"][variable["valueFrom"]["fieldRef"]["fieldPath"]]
    held = capabilities(context)
    if context.get("runAsNonRoot") and not context["runAsUser"]:
        raise SystemExit("it must not be root")
    return {
        "ociVersion": "1.0.2",
        "root": {"path": "rootfs", "readonly": context["readOnlyRootFilesystem"]},
        "hostname": None if pod.get("hostNetwork") else places["fields"]["metadata.name"],
        "process": {
            "terminal": False, "cwd": "/",
            "args": [expand(each, environment)
                     for each in container["command"] + container.get("args", [])],
            "env": [f"{name}={value}" for name, value in environment.items()],
            "user": {"uid": context["runAsUser"], "gid": context.get("runAsGroup", 0),
                     "additionalGids": [context["fsGroup"]] if "fsGroup" in context else []},
            "noNewPrivileges": not context.get("allowPrivilegeEscalation", True),
            "capabilities": held},
        "mounts": mounts(pod, container, places),
        "linux": {
            # All containers of the test are on the node's network, where the servers are.
            "namespaces": [{"type": "mount"}, {"type": "ipc"},
                           *([] if pod.get("hostNetwork") else [{"type": "uts"}]),
                           *([] if pod.get("hostPID") else [{"type": "pid"}])],
            **({} if context.get("privileged") else
               {"maskedPaths": MASKED, "readonlyPaths": READ_ONLY,
                "seccomp": seccomp(context, held["effective"])})}}


def main():
    manifest, item, name, places = sys.argv[1:]
    pod = find(manifest, *item.split("/"))["spec"]["template"]["spec"]
    container = next(each for each in pod.get("initContainers", []) + pod["containers"]
                     if each["name"] == name)
    config = configure(pod, container, json.loads(places))
    json.dump({key: value for key, value in config.items() if value is not None}, sys.stdout)


main()
