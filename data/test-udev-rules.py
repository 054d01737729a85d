#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Holds the udev rule against the table of adapters.

usage: test-udev-rules.py ROOT
"""

import fnmatch
import re
import sys
from pathlib import Path

ROOT = Path(sys.argv[1])
RULES = (ROOT / "data" / "70-echokit-flasher.rules").read_text()
ADAPTERS = (ROOT / "src" / "port" / "ek-adapter.c").read_text()


def rules():
    """The lines as lists of (key, operator, value)."""
    for line in RULES.splitlines():
        if line and not line.startswith("#"):
            pairs = re.findall(r'([A-Z]+(?:\{\w+\})?)\s*(==|!=|\+=|=)\s*"([^"]*)"', line)
            assert re.sub(r'[A-Z]+(?:\{\w+\})?\s*(?:==|!=|\+=|=)\s*"[^"]*"|[,\s]', "", line) == "", line
            yield pairs


def matches(pattern, value):
    return any(fnmatch.fnmatchcase(value, part) for part in pattern.split("|"))


def run(event):
    """What udev would do: the tags and the environment that the device gets."""
    got, goto = set(), None
    for pairs in rules():
        if goto:
            if ("LABEL", "=", goto) in pairs:
                goto = None
            continue
        conditions = [(k, o, v) for k, o, v in pairs if o in ("==", "!=")]
        if all(matches(v, event.get(k, "")) == (o == "==") for k, o, v in conditions):
            for key, operator, value in pairs:
                if key == "GOTO":
                    goto = value
                elif operator in ("=", "+=") and key != "LABEL":
                    got.add((key, value))
    assert goto is None, f"there is no label {goto}"
    return got


def event(subsystem, vid, pid, action="add"):
    return {"ACTION": action, "SUBSYSTEM": subsystem, "ATTRS{idVendor}": vid,
            "ATTRS{idProduct}": pid}


USABLE = {("TAG", "uaccess"), ("ENV{ID_MM_DEVICE_IGNORE}", "1")}


def every_adapter_can_be_used():
    found = re.findall(r"\{ 0x([0-9a-f]{4}), 0x([0-9a-f]{4}),", ADAPTERS)
    assert len(found) >= 20, found
    for vid, pid in found:
        assert run(event("tty", vid, pid)) == USABLE, (vid, pid)


def nothing_else_is_touched():
    for vid, pid in [("046d", "c52b"), ("10c4", "0000"), ("0403", "ffff"), ("1a86", "e025")]:
        assert not run(event("tty", vid, pid)), (vid, pid)
    assert not run(event("usb", "0403", "6001"))
    assert not run(event("hidraw", "303a", "1001"))
    assert not run(event("tty", "303a", "1001", "remove"))


def comes_before_the_seats():
    names = [path.name for path in (ROOT / "data").glob("*.rules")]
    assert names and all(name < "73-seat-late.rules" for name in names), names


def main():
    tests = [every_adapter_can_be_used, nothing_else_is_touched, comes_before_the_seats]
    failed = False
    print(f"1..{len(tests)}")
    for number, test in enumerate(tests, 1):
        name = f"/data/udev-rules/{test.__name__.replace('_', '-')}"
        try:
            test()
            print(f"ok {number} {name}")
        except AssertionError as error:
            failed = True
            print(f"not ok {number} {name}\n# {error}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
