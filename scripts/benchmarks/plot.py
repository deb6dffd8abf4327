# SPDX-License-Identifier: Apache-2.0
"""A plot of requests/s by workload and system, as SVG."""

from xml.sax.saxutils import escape

COLOURS = {"direct": "#7f7f7f", "attached": "#9ecae1", "tracked": "#6baed6", "offloaded": "#7f7f7f",
           "both": "#7f7f7f", "moved": "#2171b5", "alternating": "#08519c",
           "haproxy": "#fd8d3c", "nginx": "#e6550d"}
BAR, GAP, LEFT, WIDTH, HEAD = 13, 3, 96, 250, 24
PANEL_WIDTH = LEFT + WIDTH + 90
COLUMNS = 2
SCALE = 1.25  # the ratio at the right edge


def describe(workload):
    """"new-large-16" as a title."""
    words = workload.split("-")
    size = "64 KB" if "large" in words else "small answers"
    count = int(words[-1])
    connections = f"{count} connection{'s' if count > 1 else ''}"
    return f"{size}, {connections}, {'new for each request' if words[0] == 'new' else 'kept alive'}"


def text(x, y, content, size=11, anchor="start"):
    return (f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size}" text-anchor="{anchor}">'
            f"{escape(content)}</text>")


def x_of(ratio):
    return LEFT + WIDTH * min(ratio, SCALE) / SCALE


def bar(traffic, workload, system, y):
    """Length: requests/s to those of direct, median of the rounds; the line: least to greatest."""
    ratio = traffic.ratio(workload, system, "direct", "rate")
    rate = traffic.values(workload, system, "rate")
    if not ratio:
        return
    middle = y + BAR / 2
    yield text(LEFT - 6, y + BAR - 2.5, system, anchor="end")
    yield (f'<rect x="{LEFT}" y="{y:.1f}" width="{x_of(ratio.median) - LEFT:.1f}" '
           f'height="{BAR}" fill="{COLOURS[system]}"/>')
    yield (f'<path d="M{x_of(ratio.least):.1f} {middle:.1f}H{x_of(ratio.most):.1f}" '
           'stroke="#000" stroke-width="1.2"/>')
    yield text(LEFT + WIDTH + 6, y + BAR - 2.5, f"{ratio.median:.2f}  {rate.median:,.0f}/s", 10)


def panel(traffic, workload):
    yield text(LEFT, 15, describe(workload), 12)
    height = HEAD + len(traffic.systems) * (BAR + GAP)
    yield (f'<path d="M{x_of(1):.1f} {HEAD - 4}V{height}" stroke="#999" '
           'stroke-dasharray="3 3"/>')
    for number, system in enumerate(traffic.systems):
        yield from bar(traffic, workload, system, HEAD + number * (BAR + GAP))


def plot(traffic):
    height = HEAD + len(traffic.systems) * (BAR + GAP) + 20
    rows = -(-len(traffic.workloads) // COLUMNS)
    lines = []
    for number, workload in enumerate(traffic.workloads):
        x, y = number % COLUMNS * PANEL_WIDTH, number // COLUMNS * height + 30
        lines.append(f'<g transform="translate({x} {y})">')
        lines += panel(traffic, workload)
        lines.append("</g>")
    width, total = COLUMNS * PANEL_WIDTH, rows * height + 40
    return "\n".join([
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{total}" '
        f'viewBox="0 0 {width} {total}" font-family="sans-serif">',
        '<rect width="100%" height="100%" fill="#fff"/>',
        text(12, 20, "Requests/s to those of a direct connection (median of rounds, least to "
                     "greatest)", 13), *lines, "</svg>", ""])
