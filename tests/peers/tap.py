# SPDX-License-Identifier: GPL-3.0-or-later
"""Test points for meson: functions in a table, run in order, reported as TAP."""

import sys
import tempfile
import traceback
from pathlib import Path


class Skip(Exception):
    """Raised by a test that cannot run here."""


def check(truth, *words):
    if not truth:
        raise AssertionError("\n".join(str(word) for word in words))


def run_one(number, name, function):
    with tempfile.TemporaryDirectory(prefix="ek-peers-") as folder:
        try:
            function(Path(folder))
        except Skip as reason:
            print(f"ok {number} {name} # SKIP {reason}", flush=True)
        except Exception:  # pylint: disable=broad-except
            print(f"not ok {number} {name}", flush=True)
            print("".join("# " + line + "\n" for line in traceback.format_exc().splitlines()),
                  end="", flush=True)
            return False
        else:
            print(f"ok {number} {name}", flush=True)
    return True


def main(tests, words=None):
    """tests: {name: function of a folder that is empty}. Words of the call choose among them."""
    words = sys.argv[1:] if words is None else words
    chosen = {name: test for name, test in tests.items()
              if not words or any(word in name for word in words)}
    print(f"1..{len(chosen)}", flush=True)
    results = [run_one(i, name, test) for i, (name, test) in enumerate(chosen.items(), 1)]
    return 0 if all(results) else 1
