#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Counts the tests of some runs and prints "N passed, N failed, N skipped".

usage: count-tests.py FILE…

A FILE is a testlog.json of meson or the TAP output of one program (*.tap). Every test point of a
TAP program counts; a program that ends badly without saying which of its tests did is one failure.
The exit code is 1 if anything failed or nothing ran.
"""

import json
import re
import sys
from collections import Counter
from pathlib import Path

POINT = re.compile(r"^(not )?ok\b(?:[^#\\]|\\.)*(?:#\s*(SKIP|TODO)\b)?", re.IGNORECASE)
SKIPPED_PLAN = re.compile(r"^1\.\.0\b.*#\s*SKIP", re.IGNORECASE)


def count_tap(text):
    counts = Counter()
    for line in text.splitlines():
        if SKIPPED_PLAN.match(line):
            counts["skipped"] += 1
        if not (point := POINT.match(line)):
            continue
        broken, directive = point.groups()
        if directive:
            counts["skipped"] += 1
        else:
            counts["failed" if broken else "passed"] += 1
    return counts


def count_program(entry):
    """One entry of testlog.json. Results: meson's TestResult."""
    counts = count_tap(entry.get("stdout") or "")
    bad = entry["result"] in {"FAIL", "ERROR", "TIMEOUT", "INTERRUPT", "UNEXPECTEDPASS"}
    if bad and not counts["failed"]:
        counts["failed"] += 1
    elif not counts:
        counts["skipped" if entry["result"] == "SKIP" else "passed"] += 1
    return counts


def count_file(path):
    text = Path(path).read_text()
    if path.endswith(".tap"):
        return count_tap(text)
    return sum((count_program(json.loads(line)) for line in text.splitlines()), Counter())


def main():
    total = sum((count_file(path) for path in sys.argv[1:]), Counter())
    print("{passed} passed, {failed} failed, {skipped} skipped".format(
        **{name: total[name] for name in ("passed", "failed", "skipped")}))
    return 1 if total["failed"] or not total["passed"] else 0


if __name__ == "__main__":
    sys.exit(main())
