#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Prints the links of Markdown pages to files or headings that are not there; fails if any is."""
import os
import re
import sys


def without_code(text):
    return re.sub(r"^```.*?^```", "", text, flags=re.DOTALL | re.MULTILINE)


def anchors(path):
    """Of a page's headings, as renderers make them: lower case, no punctuation, dashes for spaces."""
    with open(path, encoding="utf-8") as file:
        headings = re.findall(r"^#+ +(.*)$", without_code(file.read()), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-")
            for heading in headings}


def broken(page):
    with open(page, encoding="utf-8") as file:
        text = without_code(file.read())
    for link in re.findall(r"\]\(([^)\s]+)\)", text):
        if re.match(r"[a-z]+:", link):
            continue
        name, _, anchor = link.partition("#")
        path = os.path.join(os.path.dirname(page), name) if name else page
        if not os.path.exists(path):
            yield f"{page}: no file: {link}"
        elif anchor and path.endswith(".md") and anchor not in anchors(path):
            yield f"{page}: no heading: {link}"


def main(pages):
    found = [problem for page in pages for problem in broken(page)]
    print(*found, sep="\n", end="\n" if found else "")
    return bool(found)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
