# SPDX-License-Identifier: GPL-3.0-or-later
"""From the start of the process to the first frame of the window: the app beside the least window that
the same toolkit can show, in turn, by this computer's clock."""

import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

RUNS = 11
GOALS = {"seconds": 1.0}
ROOT = Path(__file__).resolve().parent.parent.parent
PEER = "the least window"


def first_frame(words, environment):
    """Seconds from the call to the first frame, as the program itself saw it drawn."""
    started_at = time.monotonic_ns() // 1000
    result = subprocess.run(words, capture_output=True, text=True, check=False, timeout=60,
                            env={**environment, "EK_STARTED_AT": str(started_at)})
    if result.returncode != 0 or not result.stdout.strip().isdigit():
        raise SystemExit(f"{words[0]}: no frame\n{result.stderr[-2000:]}")
    return int(result.stdout) / 1e6


def run_inside(build):
    """On a display of its own: one run of each to fill the caches, then pairs."""
    folder = build / "tests" / "bench"
    device = "sim:esp32s3?pace=1"
    cells = {PEER: [folder / "window-peer"], "nothing plugged in": [folder / "window-start"],
             "a device plugged in": [folder / "window-start", "--simulate", device]}
    with tempfile.TemporaryDirectory() as home:
        environment = {**os.environ, "XDG_CACHE_HOME": f"{home}/cache", "XDG_CONFIG_HOME": home,
                       "GSETTINGS_BACKEND": "memory", "GSETTINGS_SCHEMA_DIR": str(build / "data"),
                       "GSK_RENDERER": "cairo", "GTK_A11Y": "atspi"}
        for words in cells.values():
            first_frame(words, environment)
        for _ in range(RUNS):
            for name, words in cells.items():
                print(name, first_frame(words, environment), sep="\t", flush=True)


def measure(build):
    """{name: [seconds]}"""
    lines = subprocess.run([ROOT / "tests" / "ui" / "with-display.sh", sys.executable, __file__,
                            str(build.resolve())], check=True, capture_output=True, text=True)
    figures = {}
    for line in lines.stdout.splitlines():
        name, seconds = line.split("\t")
        figures.setdefault(name, []).append(float(seconds))
    return figures


def report(figures):
    peer = statistics.median(figures[PEER])
    print(f"\nFrom the start of the process to the first frame, median of {RUNS} (fastest to slowest):")
    for name, seconds in figures.items():
        ratio = statistics.median(seconds) / peer
        print(f"  {name:20}  {statistics.median(seconds):6.3f} s"
              f"  ({min(seconds):.3f} to {max(seconds):.3f})  ratio {ratio:.2f}")
    slowest = max(statistics.median(seconds) for seconds in figures.values())
    print(f"  goal: within {GOALS['seconds']:.0f} s:"
          f" {'met' if slowest <= GOALS['seconds'] else 'NOT MET'}")


if __name__ == "__main__":
    run_inside(Path(sys.argv[1]))
