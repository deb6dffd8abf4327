#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Prints docs/reference.md: every option, field, metric and reason, from the places that define them."""
import os
import re
import subprocess
import sys

import yaml

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
BINARIES = os.path.join(ROOT, os.environ.get("BUILD", "build"), "bin")
HEAD = """<!-- SPDX-License-Identifier: Apache-2.0 -->
<!-- Made by `make reference`; do not edit. -->
# Reference

From the programs, kinds and lists themselves. The manual pages, [manifests.md](manifests.md),
[metrics.md](metrics.md) and [switch.md](switch.md#counted-reasons) explain what is here in a line.

- [Programs](#programs) · [Objects](#objects) · [Metrics](#metrics) · [Reasons](#reasons)
"""
PROGRAMS = ["shuntd", "shunt-manager", "shunt"]
# Of an OpenAPI schema, what is worth a reader's time. Patterns are what docs/manifests.md describes.
LIMITS = [("maxItems", "up to {}"), ("maxLength", "up to {} characters"), ("format", "{}"),
          ("minimum", "{} or more")]


def help_of(words):
    environment = {**os.environ, "COLUMNS": "80", "ARGP_HELP_FMT": "rmargin=79"}
    return subprocess.run([os.path.join(BINARIES, words[0]), *words[1:], "--help"], check=True,
                          env=environment, capture_output=True, text=True).stdout


def commands_of(words):
    """The words of a program and of each of its commands, as `--help` lists these."""
    yield words
    listed = re.search(r"^Commands:\n((?:  .*\n)+)", help_of(words), re.MULTILINE)
    for name in re.findall(r"^  (\w+)", listed[1], re.MULTILINE) if listed else ():
        yield from commands_of([*words, name])


def programs():
    yield "\n## Programs"
    for program in PROGRAMS:
        for words in commands_of([program]):
            yield f"\n### {' '.join(words)}\n\n```\n{help_of(words).rstrip()}\n```"


def fields(schema, path):
    """(path, type, limits, description) of each field of an OpenAPI schema."""
    for name, field in schema.get("properties", {}).items():
        place, kind, item = f"{path}.{name}", field["type"], field
        if kind == "array":
            place, item = f"{place}[]", field["items"]
            kind = f"list of {item['type']}s"
        limits = ["required"] * (name in schema.get("required", []))
        limits += [text.format(field[key]) for key, text in LIMITS if key in field]
        if item is not field:
            limits += ["each " + text.format(item[key]) for key, text in LIMITS if key in item]
        if "enum" in item:
            limits.append("one of " + ", ".join(f"`{value}`" for value in item["enum"]))
        description = field.get("description") or item.get("description", "")
        yield place.removesuffix("[]"), kind, ", ".join(limits), description
        yield from fields(item, place)


def objects():
    yield "\n## Objects"
    with open(os.path.join(ROOT, "deploy/crd.yaml"), encoding="utf-8") as file:
        for crd in yaml.safe_load_all(file):
            spec = crd["spec"]
            version = spec["versions"][0]
            schema = version["schema"]["openAPIV3Schema"]
            yield (f"\n### {spec['names']['kind']} ({spec['group']}/{version['name']})\n\n"
                   f"{schema['description']}\n\n| field | type | limits | |\n|---|---|---|---|")
            for part in ("spec", "status"):
                if part in schema["properties"]:
                    for row in fields(schema["properties"][part], part):
                        yield "| `{}` | {} | {} | {} |".format(*row)


def metrics():
    with open(os.path.join(ROOT, "user/agent/metrics_list.h"), encoding="utf-8") as file:
        listed = re.sub(r"\\\n\s*", "", file.read())
    yield ("\n## Metrics\n\nOf `shuntd`. Their labels, and the metrics of `shunt-manager`, are in "
           "[metrics.md](metrics.md).\n\n| metric | type | |\n|---|---|---|")
    for name, kind, text in re.findall(r'X\(\w+, "(\w+)", "(\w+)",\s*((?:"[^"]*"\s*)+)\)', listed):
        help_text = "".join(re.findall('"([^"]*)"', text))
        yield f"| `{name}` | {kind} | {help_text} |"


def reasons():
    """Of include/shunt/reasons.h, under the headings that its comments are."""
    with open(os.path.join(ROOT, "include/shunt/reasons.h"), encoding="utf-8") as file:
        source = re.search(r"#define SHUNT_REASONS\(X\)(.*?)\n\n", file.read(), re.DOTALL)[1]
    yield ("\n## Reasons\n\nThe labels of `shunt_events_total{reason}`, and what `shunt status` and "
           "`shunt trace` say.\n\n| reason | text |\n|---|---|")
    token = re.compile(r'/\*(.*?)\*/|X\(\w+,\s*"(\w+)",\s*\\?\s*"(.*?)"\)', re.DOTALL)
    for heading, label, text in token.findall(source):
        yield f"| **{' '.join(heading.split())}** | |" if heading else f"| `{label}` | {text} |"


def main():
    print(HEAD, end="")
    for part in (programs, objects, metrics, reasons):
        for line in part():
            print(line)


if __name__ == "__main__":
    sys.exit(main())
