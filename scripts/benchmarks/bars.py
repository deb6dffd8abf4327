# SPDX-License-Identifier: Apache-2.0
"""The budgets, each with what was measured: rows of (what, bar, measured, least favourable, kept)."""

from results import Spread

USUAL = "small-16"
FIRST = "new-small-1"


class Bar:
    """One figure that has a limit; `values` are by workload."""

    def __init__(self, what, limit, values, low=True, digits=2, unit=""):
        self.what, self.limit, self.low, self.digits, self.unit = what, limit, low, digits, unit
        self.values = {workload: spread for workload, spread in values.items() if spread}

    def kept_by(self, spread):
        return spread.median >= self.limit if self.low else spread.median <= self.limit

    def bar(self):
        return f"{'≥' if self.low else '≤'} {self.limit:g}{self.unit}"

    def usual(self):
        return self.values.get(USUAL) or next(iter(self.values.values()), Spread([]))

    def worst(self):
        choose = min if self.low else max
        return choose(self.values.items(), key=lambda item: item[1].median, default=None)

    def row(self):
        usual, worst = self.usual(), self.worst()
        other = ""
        if len(self.values) > 1:
            other = f"{worst[0]}: {worst[1].text(self.digits, self.unit)}"
        kept = "" if not usual else "yes" if self.kept_by(usual) else "no"
        return (self.what, self.bar(), usual.text(self.digits, self.unit), other, kept)


def traffic_bars(traffic):
    kept_alive = [w for w in traffic.workloads if not w.startswith("new-")]

    def ratios(system, other, path):
        return {w: traffic.ratio(w, system, other, path) for w in kept_alive}

    for system, what in (("attached", "no marker, service without override, to direct"),
                         ("tracked", "no marker, service with an override, to direct")):
        yield Bar(f"{what}: requests/s", 0.98, ratios(system, "direct", "rate"))
        yield Bar(f"{what}: p99", 1.05, ratios(system, "direct", "latency_us.p99"), low=False)
    yield Bar("every request moved, to direct: requests/s", 0.97,
              ratios("moved", "offloaded", "rate"))
    yield Bar("marked and unmarked in turn, to direct: requests/s", 0.95,
              ratios("alternating", "offloaded", "rate"))
    yield Bar("the same, to both servers without Shunt: requests/s", 0.95,
              ratios("alternating", "both", "rate"))
    yield Bar("first moved request, beyond a direct one and a round trip", 30,
              {FIRST: traffic.excess(FIRST)}, low=False, digits=0, unit=" µs")
    for proxy, name in (("haproxy", "HAProxy"), ("nginx", "nginx")):
        yield Bar(f"moved, to {name}: requests/s", 2, ratios("moved", proxy, "rate"))
        yield Bar(f"moved, to {name}: p50", 0.5, ratios("moved", proxy, "latency_us.p50"),
                  low=False)


def kernel_bars(kernel):
    packets = {(p["connection"], p["name"]): Spread([p["ns"]["p25"], p["ns"]["middle"], p["ns"]["p75"]])
               for p in kernel["packets"]}
    for connection, name in (("tracked", "acknowledgement of the client"),
                             ("tracked", "within a request's body"),
                             ("tracked", "within a response's body"),
                             ("moved", "within a request's body"),
                             ("moved", "within a response's body")):
        yield Bar(f"{name}, {connection} connection", 80,
                  {"": packets.get((connection, name), Spread([]))}, low=False, digits=0,
                  unit=" ns")
    yield Bar("request of 200 bytes without a marker", 250,
              {"": packets.get(("tracked", "request of 200 bytes"), Spread([]))}, low=False,
              digits=0, unit=" ns")
    tables = {t["overrides"]: t for t in kernel["tables"]}
    if 10 in tables and 1000000 in tables:
        for name, what in (("unmarked", "no marker"), ("one_context", "one context"),
                           ("any_context", "contexts at random")):
            ratio = tables[1000000][name]["middle"] / tables[10][name]["middle"]
            yield Bar(f"a request's cost with 1,000,000 overrides, to 10: {what}", 1.05,
                      {"": Spread([ratio])}, low=False)


def agent_bars(agent):
    small = {size["source"]: size["start_seconds"] for size in agent if size["overrides"] == 10}
    for size in agent:
        source = size["source"]
        if size["overrides"] == 1000000:
            yield Bar(f"{source}: start with 1,000,000 overrides, beyond one with 10", 3,
                      {"": Spread([size["start_seconds"] - small.get(source, 0)])}, low=False,
                      digits=1, unit=" s")
        if size["overrides"] in (100000, 1000000) and "change_ms" in size:
            for name in ("p50", "p99"):
                yield Bar(f"{source}: a change of {size['overrides']:,} overrides: {name}", 10,
                          {"": Spread([size["change_ms"][name]])}, low=False, digits=1,
                          unit=" ms")
        if size["overrides"] == 100000:
            yield Bar(f"{source}: agent's memory with 100,000 overrides", 30,
                      {"": Spread([size["resident_mb"]])}, low=False, digits=1, unit=" MB")
        if size["overrides"] in (100000, 1000000):
            yield Bar(f"{source}: agent's idle CPU with {size['overrides']:,} overrides", 0.1,
                      {"": Spread([size["idle_cpu_percent"]])}, low=False, digits=2, unit=" %")


def all_bars(found):
    for name, bars in (("traffic", traffic_bars), ("kernel", kernel_bars), ("agent", agent_bars)):
        if name in found:
            yield from (bar for bar in bars(found[name]) if bar.values)
