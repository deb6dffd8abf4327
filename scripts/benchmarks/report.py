# SPDX-License-Identifier: Apache-2.0
"""Tables, bars and a plot of what `scripts/bench` measured last."""

import argparse
import json
import os
import platform
import signal
import subprocess
import sys
import unicodedata

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from bars import all_bars  # noqa: E402
from plot import describe, plot  # noqa: E402
from results import BASELINE, SYSTEMS, load  # noqa: E402

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../..")
PAGE = os.path.join(ROOT, "docs/performance.md")
PICTURE = os.path.join(ROOT, "docs/performance.svg")
BEGIN, END = "<!-- generated: begin -->\n", "<!-- generated: end -->\n"


def width(text):
    return sum(1 + (unicodedata.east_asian_width(c) == "W") for c in text)


def aligned(rows):
    """A table for the terminal: the first row is its head."""
    widths = [max(width(row[i]) for row in rows) for i in range(len(rows[0]))]
    for row in rows:
        yield "  ".join(cell + " " * (w - width(cell)) for cell, w in zip(row, widths)).rstrip()


def markdown(rows):
    yield "| " + " | ".join(rows[0]) + " |"
    yield "|" + "---|" * len(rows[0])
    for row in rows[1:]:
        yield "| " + " | ".join(row) + " |"


def bar_rows(found):
    return [("what", "bar", "measured", "least favourable workload", "kept"),
            *(bar.row() for bar in all_bars(found))]


def workload_rows(traffic, workload):
    yield ("system", "requests/s", "to its baseline", "p50, µs", "p99, µs", "p99.9, µs",
           "CPU s / 100,000")
    for system in traffic.systems:
        ratio = ""
        if system in BASELINE:
            ratio = traffic.ratio(workload, system, BASELINE[system], "rate").text()
        cell = [traffic.values(workload, system, path).text(digits) for path, digits in (
            ("rate", 0), ("latency_us.p50", 0), ("latency_us.p99", 0), ("latency_us.p999", 0),
            ("cpu_per_100k", 2))]
        yield (SYSTEMS[system], cell[0], ratio, *cell[1:])


def first_rows(traffic):
    yield ("system", "connecting p50, µs", "first request p50, µs", "p99, µs")
    for system in traffic.systems:
        cells = [traffic.values("new-small-1", system, path).text(0)
                 for path in ("connect_us.p50", "first_us.p50", "first_us.p99")]
        yield (SYSTEMS[system], *cells)


def program_rows(traffic):
    yield ("workload", "system", "from_pod, ns a run", "to_pod, ns a run", "BPF ns a request")
    for row in traffic.programs:
        programs, total = row["programs"], sum(p["ns"] for p in row["programs"].values())
        yield (row["workload"], row["system"],
               *(f"{programs[name]['ns'] / max(1, programs[name]['runs']):.0f}"
                 for name in ("from_pod", "to_pod")),
               f"{total / max(1, row['load']['requests']):.0f}")


def packet_rows(kernel):
    yield ("connection", "packet", "program", "ns (quartiles)", "ns, repeated")
    for p in kernel["packets"]:
        yield (p["connection"], p["name"], p["program"],
               f"{p['ns']['middle']:.0f} ({p['ns']['p25']}–{p['ns']['p75']})",
               str(p.get("repeated_ns", "")))
    yield ("", "a program that returns at once", "from_pod", f"{kernel['nothing']['middle']:.0f}", "")


def table_rows(kernel):
    yield ("overrides", "no marker, ns", "one context, ns", "contexts at random, ns")
    for table in kernel["tables"]:
        yield (f"{table['overrides']:,}", *(f"{table[name]['middle']:.0f}" for name in (
            "unmarked", "one_context", "any_context")))


def agent_rows(agent):
    yield ("source", "overrides", "frontends", "start, s", "CPU, s", "resident, MB", "peak, MB",
           "idle CPU, %", "change p50, ms", "p99, ms", "CPU, ms")
    for s in agent:
        change = (f"{s['change_ms']['p50']:.1f}", f"{s['change_ms']['p99']:.1f}",
                  f"{s['change_cpu_ms']:.1f}") if "change_ms" in s else ("", "", "")
        yield (s["source"], f"{s['overrides']:,}", f"{s['frontends']:,}",
               f"{s['start_seconds']:.2f}", f"{s['start_cpu_seconds']:.2f}",
               f"{s['resident_mb']:.0f}", f"{s['peak_mb']:.0f}", f"{s['idle_cpu_percent']:.2f}",
               *change)


def sections(found, wanted):
    """(title, rows) of all that was measured."""
    if "traffic" in found and "traffic" in wanted:
        traffic = found["traffic"]
        for workload in traffic.workloads:
            yield describe(workload), list(workload_rows(traffic, workload))
        if "new-small-1" in traffic.workloads:
            yield "A connection's first request", list(first_rows(traffic))
        if traffic.programs:
            yield "The programs in traffic", list(program_rows(traffic))
    if "kernel" in found and "kernel" in wanted:
        yield "The programs by kind of packet", list(packet_rows(found["kernel"]))
        yield "A request of 200 bytes by size of the tables", list(table_rows(found["kernel"]))
    if "agent" in found and "agent" in wanted:
        yield "The agent", list(agent_rows(found["agent"]))


def machine():
    with open("/proc/cpuinfo") as info:
        model = next((line.split(":")[1].strip() for line in info if line.startswith("model name")),
                     platform.machine())
    commit = subprocess.run(["git", "describe", "--always", "--dirty"], cwd=ROOT, text=True,
                            stdout=subprocess.PIPE, check=False).stdout.strip()
    return f"{os.cpu_count()} CPUs ({model}), Linux {platform.release()}, commit {commit}"


def page(found):
    """The generated part of docs/performance.md."""
    yield f"Measured on {machine()}."
    yield ""
    yield from markdown(bar_rows(found))
    if "traffic" in found:
        yield "\n![requests/s by workload and system](performance.svg)"
    for title, rows in sections(found, ("traffic", "kernel", "agent")):
        yield f"\n### {title[0].upper()}{title[1:]}\n"
        yield from markdown(rows)


def write_page(found):
    with open(PAGE) as file:
        text = file.read()
    before, rest = text.split(BEGIN)
    after = rest.split(END)[1]
    # Made before anything is written there, which makes the work tree dirty.
    text = before + BEGIN + "\n" + "\n".join(page(found)) + "\n\n" + END + after
    with open(PAGE, "w") as file:
        file.write(text)


def as_json(found):
    """The report for programs: each bar, and medians and ratios of all systems."""
    result = {"machine": machine(), "bars": [
        {"what": bar.what, "bar": bar.bar(), "measured": bar.usual().json(),
         "workloads": {w: spread.json() for w, spread in bar.values.items()},
         "kept": bar.kept_by(bar.usual())} for bar in all_bars(found)]}
    if "traffic" in found:
        traffic = found["traffic"]
        result["traffic"] = {workload: {system: {
            path: traffic.values(workload, system, path).json() for path in (
                "rate", "latency_us.p50", "latency_us.p99", "latency_us.p999", "cpu_per_100k",
                "connect_us.p50", "first_us.p50")} for system in traffic.systems}
            for workload in traffic.workloads}
        result["faults"] = traffic.faults
    for name in ("kernel", "agent"):
        if name in found:
            result[name] = found[name]
    return result


def main():
    parser = argparse.ArgumentParser(prog="bench report", description=__doc__)
    parser.add_argument("--output", metavar="DIR", help="where results are (%(default)s)",
                        default=os.environ.get("OUTPUT", os.path.join(ROOT, "build/bench")))
    parser.add_argument("--docs", action="store_true",
                        help="rewrite the tables of docs/performance.md, and its picture")
    parser.add_argument("parts", nargs="*", metavar="PART", help="traffic, kernel, agent (all)")
    options = parser.parse_args()
    found = load(options.output)
    if not found:
        parser.exit(1, f"bench report: nothing was measured yet: {options.output}\n")
    parts = options.parts or ("traffic", "kernel", "agent")
    for title, rows in sections(found, parts):
        print(title, *aligned(rows), "", sep="\n")
    print("Bars (median, least and greatest of the rounds)",
          *aligned(bar_rows({name: found[name] for name in found if name in parts})), sep="\n")
    with open(os.path.join(options.output, "report.json"), "w") as file:
        json.dump(as_json(found), file, indent=1)
    if options.docs:
        write_page(found)
    if "traffic" in found:
        for path in [os.path.join(options.output, "traffic.svg")] + [PICTURE] * options.docs:
            with open(path, "w") as file:
                file.write(plot(found["traffic"]))
    print(f"\nresults: {options.output}/report.json, traffic.svg")


signal.signal(signal.SIGPIPE, signal.SIG_DFL)
main()
