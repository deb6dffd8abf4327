#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The metrics that the code has are those that docs/metrics.md describes, and the dashboard and the
alerts name no others. promtool finds no fault with any of them, nor with what a manager says."""

import glob
import json
import os
import re
import subprocess
import sys
import tempfile
import urllib.request

sys.dont_write_bytecode = True
ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "tests", "manager"))
import manager as shunt  # noqa: E402
import yaml  # noqa: E402

DASHBOARD = "deploy/monitoring/dashboard.json"
RULES = "deploy/monitoring/rules.yaml"
RULES_TEST = "tests/monitoring/rules_test.yaml"
PROMETHEUS_OWN = {"up", "ALERTS"}
SUFFIXES = re.compile(r"_(bucket|sum|count)$")

# Functions of the manager that are given a name, and what they put before it.
NAMED_BY = {"write_one": "shunt_manager_sync_", "print_metric": "shunt_manager_kubernetes_",
            "store_metrics_one": "", "begin": ""}


def read(path):
    with open(os.path.join(ROOT, path)) as file:
        return file.read()


def same(got, wanted, what):
    if got != wanted:
        raise AssertionError(f"{what}: too many {sorted(got - wanted)}, missing {sorted(wanted - got)}")


def metrics_of_agent():
    return set(re.findall(r'X\(\w+, "(\w+)"', read("user/agent/metrics_list.h")))


def metrics_of_manager():
    found = set()
    for path in glob.glob(os.path.join(ROOT, "user/manager/*.c")):
        text = re.sub(r'"\s*\n\s*"', "", read(path))
        found |= set(re.findall(r"# HELP (shunt_manager_\w+) ", text))
        found |= set(re.findall(r'static const char \w+\[\] = "(shunt_manager_\w+)";', text))
        for function, prefix in NAMED_BY.items():
            for name in re.findall(rf'\b{function}\(\w*,? ?file, "(\w+)"', text):
                if prefix or name.startswith("shunt_manager_"):
                    found.add(prefix + name)
    return found


def metrics_of_docs(heading):
    section = read("docs/metrics.md").split(f"\n## {heading}\n")[1].split("\n## ")[0]
    return set(re.findall(r"^\| `(\w+)[`{]", section, re.M))


def expressions_of_dashboard():
    dashboard = json.loads(read(DASHBOARD))
    found = [target["expr"] for panel in dashboard["panels"] for target in panel.get("targets", [])]
    return found + [variable["query"]["query"].removeprefix("label_values").strip("()").split(",")[0]
                    for variable in dashboard["templating"]["list"]
                    if variable["type"] == "query"]


def rules():
    return [rule for group in yaml.safe_load(read(RULES))["groups"] for rule in group["rules"]]


def metrics_named_by(expressions, recorded=()):
    """Names in PromQL, apart from those in quotes and brackets, labels and functions."""
    found = set()
    for expression in expressions:
        text = re.sub(r'"[^"]*"|\{[^}]*\}|\[[^]]*\]', "", expression)
        text = re.sub(r"\b(by|without|on|ignoring)\s*\([^)]*\)", "", text)
        for name in re.findall(r"[a-zA-Z_:][\w:]*", text):
            if name.startswith("shunt") and name not in recorded:
                found.add(name)
    return found


def unknown(names):
    known = metrics_of_agent() | metrics_of_manager()
    return {name for name in names - PROMETHEUS_OWN
            if name not in known and SUFFIXES.sub("", name) not in known}


def promtool(*arguments, **options):
    done = subprocess.run(["promtool", *arguments], text=True, capture_output=True, cwd=ROOT,
                          check=False, **options)
    if done.returncode:
        raise AssertionError(f"promtool {' '.join(arguments[:2])}: {done.stdout}{done.stderr}")


def test_docs_describe_the_metrics_of_the_agent():
    same(metrics_of_docs("Metrics"), metrics_of_agent(), "docs/metrics.md")


def test_docs_describe_the_metrics_of_the_manager():
    assert len(metrics_of_manager()) > 40, metrics_of_manager()
    same(metrics_of_docs("Metrics of the manager"), metrics_of_manager(), "docs/metrics.md")


def test_dashboard_names_metrics_that_exist():
    names = metrics_named_by(expressions_of_dashboard())
    assert len(names) > 30, names
    same(unknown(names), set(), "unknown metrics")


def test_alerts_name_metrics_that_exist():
    recorded = {rule["record"] for rule in rules() if "record" in rule}
    names = metrics_named_by((rule["expr"] for rule in rules()), recorded)
    assert len(names) > 20, names
    same(unknown(names), set(), "unknown metrics")


def test_alerts_and_dashboard_name_reasons_and_outcomes_that_exist():
    text = read(RULES) + read(DASHBOARD).replace('\\"', '"')
    known = set(re.findall(r'X\(\w+, "(\w+)"', read("include/shunt/reasons.h") +
                           read("include/shunt/outcomes.h")))
    for metric, label in (("shunt_events_total", "reason"), ("shunt_leg_failures_total", "reason"),
                          ("shunt_requests_total", "outcome")):
        values = {value for values in re.findall(rf'{metric}\{{[^}}]*{label}=~?"([^"]+)"', text)
                  for value in values.split("|")}
        assert values, metric
        same(values - known, set(), f"unknown {label}")


def test_dashboard_is_understood_by_Prometheus():
    variables = {"$__rate_interval": "5m", "$__range": "1h"}
    with tempfile.NamedTemporaryFile("w", suffix=".yaml") as file:
        recorded = []
        for number, expression in enumerate(expressions_of_dashboard()):
            for name, value in variables.items():
                expression = expression.replace(name, value)
            recorded.append({"record": f"panel:{number}", "expr": expression})
        yaml.safe_dump({"groups": [{"name": "dashboard", "rules": recorded}]}, file)
        file.flush()
        promtool("check", "rules", file.name)


def test_alerts_are_understood_by_Prometheus():
    promtool("check", "rules", RULES)


def test_alerts_fire_when_they_should_and_not_else():
    promtool("test", "rules", RULES_TEST)


def test_each_alert_is_tested():
    tested = set(re.findall(r'alertname="(\w+)"', read(RULES_TEST)))
    same(tested, {rule["alert"] for rule in rules() if "alert" in rule}, RULES_TEST)


def test_what_a_manager_says_is_as_Prometheus_wants_it():
    with tempfile.TemporaryDirectory() as directory:
        manager = shunt.Manager(directory)
        manager.start()
        try:
            with urllib.request.urlopen(f"{manager.url}/metrics", timeout=10) as page:
                text = page.read().decode()
        finally:
            manager.end()
    promtool("check", "metrics", input=text)
    same(set(re.findall(r"^# TYPE (\w+)", text, re.M)) - metrics_of_manager(), set(), "not listed")


def main():
    tests = [test for name, test in globals().items() if name.startswith("test_")]
    print(f"1..{len(tests)}")
    failed = 0
    for number, test in enumerate(tests, 1):
        title = test.__name__.removeprefix("test_").replace("_", " ")
        try:
            test()
            print(f"ok {number} - {title}")
        except Exception as error:  # a test that cannot be run has failed
            failed += 1
            print(f"not ok {number} - {title}")
            for line in f"{type(error).__name__}: {error}".splitlines():
                print(f"#   {line}")
    return failed > 0


sys.exit(main())
