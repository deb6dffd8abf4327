# SPDX-License-Identifier: Apache-2.0
"""docs/openapi.yaml, and whether an answer is as it says."""

import json
import os
import re
import time

import jsonschema
import yaml

import manager as shunt

TIME = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]+)?Z$"
IDLE = 5  # seconds; the manager closes a connection that is idle for longer than 10
# Beside an operation's own: answers to what is no operation, or was refused before it was known.
GENERAL = {404: "NoSuchPath", 405: "MethodNotAllowed", 431: "HeadersTooLarge"}


class Document:
    def __init__(self):
        with open(os.path.join(shunt.ROOT, "docs", "openapi.yaml")) as file:
            self.tree = self._resolve(yaml.safe_load(file))
        self.seen = set()

    def _resolve(self, tree):
        """References replaced by what they name, and schemas in JSON Schema's words."""
        def walk(node):
            if isinstance(node, list):
                return [walk(item) for item in node]
            if not isinstance(node, dict):
                return node
            if "$ref" in node:
                target = tree
                for part in node["$ref"].removeprefix("#/").split("/"):
                    target = target[part]
                return walk(target)
            made = {key: walk(value) for key, value in node.items()}
            if made.get("format") == "date-time":
                made["pattern"] = TIME
            if made.get("nullable") is True:
                made["type"] = [made["type"], "null"]
            return made
        return walk(tree)

    def operations(self):
        for path, item in self.tree["paths"].items():
            for method in ("get", "put", "patch", "delete", "post"):
                if method in item:
                    yield method.upper(), path, item[method]

    def statuses(self):
        return {(method, path, int(status)) for method, path, operation in self.operations()
                for status in operation["responses"]}

    def find(self, method, path):
        """The template of a path, and its operation; None where there is none."""
        path = path.split("?")[0]
        for template, item in self.tree["paths"].items():
            if re.fullmatch(re.sub(r"\{[^}]*\}", "[^/]+", template), path):
                return template, item.get("get" if method == "HEAD" else method.lower())
        return None, None

    def check(self, method, path, reply, sent=None):
        """AssertionError where the answer, or a body that was taken, is not as documented."""
        where = f"{method} {path[:80]}: {reply.status}"
        template, operation = self.find(method, path)
        responses = operation["responses"] if operation else {}
        response = responses.get(str(reply.status))
        if response is None and (not operation or reply.status == 431):
            name = GENERAL.get(reply.status)
            response = self.tree["components"]["responses"].get(name)
            self.seen.add(name)
        assert response is not None, f"{where} is not documented: {reply.text[:200]}"
        if operation:
            self.seen.add(("GET" if method == "HEAD" else method, template, reply.status))
        self._check_headers(where, response, reply)
        self._check_body(where, response, reply, method)
        if sent is not None and reply.status in (200, 201):
            content = operation["requestBody"]["content"]["application/json"]
            jsonschema.validate(sent, content["schema"])

    def _check_headers(self, where, response, reply):
        documented = response.get("headers", {})
        for name, header in documented.items():
            value = reply.headers.get(name)
            assert value is not None, f"{where}: no field {name}"
            assert re.search(header["schema"]["pattern"], value), f"{where}: {name}: {value}"
        for name in self.tree["components"]["headers"]:
            assert name in documented or name not in reply.headers, f"{where}: field {name}"

    def _check_body(self, where, response, reply, method):
        content = response.get("content")
        if not content:
            assert not reply.text, f"{where}: a body: {reply.text[:200]}"
            return
        type = reply.headers.get("Content-Type", "").split(";")[0]
        assert type in content, f"{where}: Content-Type {type} is not documented"
        if method == "HEAD":
            assert not reply.text, f"{where}: a body: {reply.text[:200]}"
        elif type.endswith("json"):
            self.validate(where, content[type]["schema"], json.loads(reply.text))
        if reply.status >= 400 and type.endswith("json") and reply.text:
            assert reply.json["status"] == reply.status, f"{where}: {reply.text}"

    def check_event(self, event):
        content = self.find("GET", "/v1/contexts")[1]["responses"]["200"]["content"]
        self.validate("watch", content["application/x-ndjson"]["schema"], event)

    def validate(self, where, schema, value):
        try:
            jsonschema.Draft4Validator(schema).validate(value)
        except jsonschema.ValidationError as error:
            at = "/".join(map(str, error.absolute_path))
            raise AssertionError(f"{where}: {at}: {error.message[:300]}") from error


class Client(shunt.Api):
    """Every answer is held against the document."""

    def __init__(self, document, manager, token=None, **options):
        super().__init__(manager, token, **options)
        self.document = document
        self.used = time.monotonic()

    def ask(self, method, path, body=None, **fields):
        if time.monotonic() - self.used > IDLE:
            self.connection.close()
        reply = super().ask(method, path, body, **fields)
        self.used = time.monotonic()
        sent = body if method == "PUT" and isinstance(body, dict) else None
        self.document.check(method, path, reply, sent)
        return reply

    def expect(self, status, method, path, body=None, **fields):
        reply = self.ask(method, path, body, **fields)
        assert reply.status == status, (f"{method} {path[:80]}: {reply.status}, not {status}: "
                                        f"{reply.text[:300]}")
        return reply
