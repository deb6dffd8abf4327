# SPDX-License-Identifier: Apache-2.0
"""What was measured, and what follows from it: medians, and ratios within rounds."""

import json
import os
import statistics

SYSTEMS = {
    "direct": "direct, without Shunt",
    "attached": "Shunt attached, service without override",
    "tracked": "Shunt, service with an override, no marker",
    "offloaded": "direct to the offloaded server, without Shunt",
    "both": "direct, half of the connections to each server, without Shunt",
    "moved": "Shunt, every request moved",
    "alternating": "Shunt, marked and unmarked in turn",
    "haproxy": "HAProxy, by header",
    "nginx": "nginx, by header",
}
BASELINE = {"attached": "direct", "tracked": "direct", "both": "offloaded", "moved": "offloaded",
            "alternating": "offloaded", "haproxy": "offloaded", "nginx": "offloaded"}


class Spread:
    """Values of several rounds: their median, least and greatest."""

    def __init__(self, values):
        self.values = sorted(values)

    def __bool__(self):
        return bool(self.values)

    median = property(lambda self: statistics.median(self.values))
    least = property(lambda self: self.values[0])
    most = property(lambda self: self.values[-1])

    def text(self, digits=2, unit=""):
        if not self.values:
            return "–"
        form = f"{{:,.{digits}f}}"
        median, least, most = (form.format(v) for v in (self.median, self.least, self.most))
        return f"{median}{unit} ({least}–{most})" if len(self.values) > 1 else f"{median}{unit}"

    def json(self):
        return {"median": self.median, "least": self.least, "most": self.most} if self else None


def field(row, path):
    for name in path.split("."):
        row = row[name]
    return row


class Traffic:
    """The lines that traffic.sh writes."""

    def __init__(self, lines):
        rows = [json.loads(line) for line in lines]
        self.rows = {(r["round"], r["workload"], r["system"]): r for r in rows if "round" in r}
        self.programs = [r for r in rows if "programs" in r]
        self.workloads = list(dict.fromkeys(workload for _, workload, _ in self.rows))
        self.systems = [s for s in SYSTEMS if any(s == system for _, _, system in self.rows)]
        self.rounds = sorted({number for number, _, _ in self.rows})
        self.faults = sum(r["errors"] + r["wrong"] for r in self.rows.values())

    def values(self, workload, system, path):
        return Spread([field(self.rows[key], path) for key in self.keys(workload, system)])

    def keys(self, workload, system):
        return [(n, workload, system) for n in self.rounds if (n, workload, system) in self.rows]

    def ratio(self, workload, system, other, path):
        """Of two systems, within each round."""
        return self.compare(workload, system, other, path, lambda a, b: a / b if b else 0)

    def compare(self, workload, system, other, path, how):
        pairs = [(self.rows[(n, workload, system)], self.rows[(n, workload, other)])
                 for n in self.rounds
                 if (n, workload, system) in self.rows and (n, workload, other) in self.rows]
        return Spread([how(field(a, path), field(b, path)) for a, b in pairs])

    def excess(self, workload):
        """What the first moved request takes longer than a direct one and a round trip, in µs."""
        values = []
        for n in self.rounds:
            moved = self.rows.get((n, workload, "moved"))
            bare = self.rows.get((n, workload, "offloaded"))
            if moved and bare and bare["first_us"]["p50"]:
                values.append(moved["first_us"]["p50"] - bare["first_us"]["p50"] -
                              bare["connect_us"]["p50"])
        return Spread(values)


def load(directory):
    """{"traffic": Traffic, "kernel": …, "agent": …}: what there is."""
    found = {}
    path = os.path.join(directory, "traffic.jsonl")
    if os.path.exists(path):
        with open(path) as file:
            traffic = Traffic(file)
        if traffic.rows:
            found["traffic"] = traffic
    for name in ("kernel", "agent"):
        path = os.path.join(directory, name + ".json")
        if os.path.exists(path):
            with open(path) as file:
                found[name] = json.load(file)
    return found
