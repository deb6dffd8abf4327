# SPDX-License-Identifier: Apache-2.0
"""The objects of an API server: resourceVersions, a history for watches, compaction."""

import base64
import copy
import datetime
import json
import threading
import uuid


class Refusal(Exception):
    """A Status that is a failure."""

    def __init__(self, code, reason, message, **details):
        super().__init__(message)
        self.code = code
        self.status = {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure",
                       "message": message, "reason": reason, "details": details, "code": code}


class Kind:
    def __init__(self, group, versions, plural, kind, namespaced=False, status=False):
        self.group, self.versions, self.plural = group, versions, plural
        self.kind, self.namespaced, self.status = kind, namespaced, status

    def api_version(self, version):
        return f"{self.group}/{version}" if self.group else version

    @property
    def qualified(self):
        return f"{self.plural}.{self.group}" if self.group else self.plural


KINDS = [
    Kind("", ["v1"], "services", "Service", True),
    Kind("", ["v1"], "pods", "Pod", True, True),
    Kind("", ["v1"], "nodes", "Node"),
    Kind("", ["v1"], "configmaps", "ConfigMap", True),
    Kind("discovery.k8s.io", ["v1", "v1beta1"], "endpointslices", "EndpointSlice", True),
    Kind("shunt.dev", ["v1alpha1"], "contexts", "Context", status=True),
    Kind("shunt.dev", ["v1alpha1"], "settings", "Settings"),
    Kind("shunt.dev", ["v1alpha1"], "auditevents", "AuditEvent"),
]


def selects(selector, item):
    """Of a label selector, equality is what is needed here, and that it is not there."""
    if item is None:
        return False
    labels = item["metadata"].get("labels") or {}

    def holds(part):
        key, value = part.split("=", 1)
        return labels.get(key[:-1]) != value if key.endswith("!") else labels.get(key) == value
    return all(holds(part) for part in (selector or "").split(",") if part)


def apply_json_patch(item, patch):
    """RFC 6902, as far as it is used: add and replace of members."""
    item = copy.deepcopy(item)
    for step in patch:
        *parents, last = [part.replace("~1", "/").replace("~0", "~")
                          for part in step["path"].split("/")[1:]]
        target = item
        for name in parents:
            if name not in target:
                raise Refusal(422, "Invalid", f"the path {step['path']} is not there")
            target = target[name]
        if step["op"] == "replace" and last not in target:
            raise Refusal(422, "Invalid", f"{step['path']} is not there to be replaced")
        if step["op"] not in ("add", "replace"):
            raise Refusal(400, "BadRequest", f"operation {step['op']}")
        target[last] = step["value"]
    return item


class Objects:
    def __init__(self):
        self.lock = threading.RLock()
        self.changed = threading.Condition(self.lock)
        self.revision = 100
        self.compacted = 0
        self.items = {}  # (plural, namespace, name): object
        self.history = []  # (revision, plural, type, object, what it was before)
        self.pages = {}  # by continue token: (revision, the rest)

    def _stamp(self):
        self.revision += 1
        return str(self.revision)

    def _record(self, kind, what, item, before):
        self.history.append((self.revision, kind.plural, what, item, before))
        self.changed.notify_all()

    @staticmethod
    def _key(kind, item):
        meta = item["metadata"]
        return kind.plural, meta.get("namespace", ""), meta["name"]

    def find(self, kind, namespace, name):
        item = self.items.get((kind.plural, namespace, name))
        if item is None:
            raise Refusal(404, "NotFound", f'{kind.qualified} "{name}" not found', name=name,
                          group=kind.group, kind=kind.plural)
        return item

    def create(self, kind, item):
        with self.lock:
            item = copy.deepcopy(item)
            key = self._key(kind, item)
            if key in self.items:
                raise Refusal(409, "AlreadyExists", f'{kind.qualified} "{key[2]}" already exists',
                              name=key[2], group=kind.group, kind=kind.plural)
            if kind.group == "shunt.dev" and kind.status:
                item.pop("status", None)
            now = datetime.datetime.now(datetime.timezone.utc)
            item["metadata"].update(uid=str(uuid.uuid4()), generation=1,
                                    resourceVersion=self._stamp(),
                                    creationTimestamp=now.strftime("%Y-%m-%dT%H:%M:%SZ"))
            self.items[key] = item
            self._record(kind, "ADDED", item, None)
            return item

    def replace(self, kind, namespace, name, make, part=None):
        """make() is given the object and returns the new one; only one part of it counts."""
        with self.lock:
            old = self.find(kind, namespace, name)
            new = make(copy.deepcopy(old))
            version = new["metadata"].get("resourceVersion", old["metadata"]["resourceVersion"])
            if version != old["metadata"]["resourceVersion"]:
                raise Refusal(409, "Conflict", f'Operation cannot be fulfilled on {kind.qualified} '
                              f'"{name}": the object has been modified; please apply your changes '
                              'to the latest version and try again', name=name, kind=kind.plural)
            if part == "status":
                new = {**copy.deepcopy(old), "status": new.get("status")}
            elif kind.status and kind.group == "shunt.dev":
                new.pop("status", None)
                if "status" in old:
                    new["status"] = old["status"]
            for fixed in ("uid", "creationTimestamp", "generation", "resourceVersion"):
                new["metadata"][fixed] = old["metadata"][fixed]
            if new == old:
                return old
            if new.get("spec") != old.get("spec"):
                new["metadata"]["generation"] += 1
            new["metadata"]["resourceVersion"] = self._stamp()
            self.items[self._key(kind, new)] = new
            self._record(kind, "MODIFIED", new, old)
            return new

    def delete(self, kind, namespace, name, preconditions=None):
        with self.lock:
            old = self.find(kind, namespace, name)
            wanted = (preconditions or {}).get("resourceVersion")
            if wanted and wanted != old["metadata"]["resourceVersion"]:
                raise Refusal(409, "Conflict", "the ResourceVersion in the precondition does not "
                              "match the ResourceVersion in record. The object might have been "
                              "modified", name=name, kind=kind.plural)
            gone = copy.deepcopy(old)
            gone["metadata"]["resourceVersion"] = self._stamp()
            del self.items[self._key(kind, old)]
            self._record(kind, "DELETED", gone, old)

    def apply(self, kind, item):
        """Creates or replaces, status included: for tests that play the cluster."""
        with self.lock:
            namespace = item["metadata"].get("namespace", "")
            if (kind.plural, namespace, item["metadata"]["name"]) in self.items:
                return self.replace(kind, namespace, item["metadata"]["name"],
                                    lambda _: copy.deepcopy(item))
            return self.create(kind, item)

    def list(self, kind, namespace, selector, limit, token):
        """The items of a page, its revision, and the token of the next one or ""."""
        with self.lock:
            if token:
                if token not in self.pages or self.pages[token][0] <= self.compacted:
                    raise Refusal(410, "Expired", "The provided continue parameter is too old")
                revision, rest = self.pages.pop(token)
            else:
                revision = self.revision
                rest = [self.items[key] for key in sorted(self.items)
                        if key[0] == kind.plural and (not namespace or key[1] == namespace)
                        and selects(selector, self.items[key])]
            page, rest, token = rest[:limit or None], rest[limit:] if limit else [], ""
            if rest:
                token = base64.urlsafe_b64encode(json.dumps(
                    {"rv": revision, "start": rest[0]["metadata"]["name"]}).encode()).decode()
                self.pages[token] = (revision, rest)
            return page, revision, token

    def compact(self):
        """What happened so far is forgotten; pages that are not fetched yet too."""
        with self.lock:
            self.compacted = self.revision
            self.changed.notify_all()

    def after(self, revision, kind, namespace, selector):
        """Events that a watch of this selector gets: (revision, type, object)."""
        with self.lock:
            if revision < self.compacted:
                raise Refusal(410, "Expired", f"too old resource version: {revision} "
                              f"({self.compacted})")
            events = []
            for at, plural, what, item, before in self.history:
                if at <= revision or plural != kind.plural or \
                        (namespace and item["metadata"].get("namespace") != namespace):
                    continue
                was, is_now = selects(selector, before), selects(selector, item)
                if what == "DELETED" and was:
                    events.append((at, "DELETED", item))
                elif what != "DELETED" and is_now:
                    events.append((at, "MODIFIED" if was else "ADDED", item))
                elif what != "DELETED" and was:
                    # It comes as it was, with the version of the change that took it out.
                    gone = copy.deepcopy(before)
                    gone["metadata"]["resourceVersion"] = str(at)
                    events.append((at, "DELETED", gone))
            return events, self.revision
