# SPDX-License-Identifier: GPL-3.0-or-later
"""From ELF to image: ekflash save-image against esptool's elf2image and, where ESPFLASH names one,
espflash's save-image. Process against process, in turn, by this computer's clock."""

import os
import statistics
import subprocess
import sys
import time

GOALS = {"esptool": 0.1, "espflash": 1.0}


def timed(words, result):
    """Seconds (elapsed, of the processor) for a file that wasn't there: nobody waits for a disk to give
    up an old one."""
    if os.path.exists(result):
        os.unlink(result)
    start = time.perf_counter()
    process = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                               env={**os.environ, "ESPFLASH_SKIP_UPDATE_CHECK": "1"})
    _, status, usage = os.wait4(process.pid, 0)
    elapsed = time.perf_counter() - start
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise SystemExit(f"{words[0]}: exit code {process.returncode}")
    return elapsed, usage.ru_utime + usage.ru_stime


def commands(ekflash, elf, folder):
    """{name: (words, result)}"""
    results = {name: str(folder / f"{name}.bin") for name in ("ekflash", "esptool", "espflash")}
    table = {
        "ekflash": [ekflash, "save-image", "-q", "--chip", "esp32s3", "-s", "16mb", elf,
                    results["ekflash"]],
        "esptool": [sys.executable, "-m", "esptool", "--chip", "esp32s3", "elf2image",
                    "--flash-mode", "dio", "--flash-freq", "40m", "--flash-size", "16MB",
                    "--max-rev-full", "99", "-o", results["esptool"], elf],
    }
    if os.environ.get("ESPFLASH"):
        table["espflash"] = [os.environ["ESPFLASH"], "save-image", "--chip", "esp32s3",
                             "--flash-size", "16mb", elf, results["espflash"]]
    return {name: (words, results[name]) for name, words in table.items()}


def check(table, wanted):
    for name, (words, result) in table.items():
        timed(words, result)  # and the files are in the cache
        with open(result, "rb") as file:
            # another espflash may have another boot loader and with it another header
            if file.read() != wanted and name != "espflash":
                raise SystemExit(f"{name} does not make echokit_boards-app.bin")


def measure(ekflash, firmware, folder, pairs):
    """{name: seconds of each run, as of timed()}"""
    table = commands(str(ekflash), str(firmware / "echokit_boards"), folder)
    check(table, (firmware / "echokit_boards-app.bin").read_bytes())
    seconds = {name: [] for name in table}
    for _ in range(pairs):
        for name, (words, result) in table.items():
            seconds[name].append(timed(words, result))
    return seconds


def report(seconds):
    ours = seconds["ekflash"]
    print("\n## ELF to image\n")
    print("echokit_boards, process against process, median of "
          f"{len(ours)}; the same bytes come out.\n")
    print("| against | its ms | ekflash ms | ratio, median of pairs | goal "
          "| processor ms: its, ekflash | ratio |")
    print("|---|--:|--:|--:|---|--:|--:|")
    for peer, goal in GOALS.items():
        if peer not in seconds:
            print(f"| {peer} | not measured: {peer.upper()} names none | | | – | | |")
            continue
        ratios = [statistics.median(a[i] / b[i] for a, b in zip(ours, seconds[peer]))
                  for i in range(2)]
        its, own = ([statistics.median(run[i] for run in runs) * 1e3 for i in range(2)]
                    for runs in (seconds[peer], ours))
        print(f"| {peer} | {its[0]:.1f} | {own[0]:.1f} | {ratios[0]:.3f} "
              f"| ≤ {goal}: {'yes' if ratios[0] <= goal else 'NO'} "
              f"| {its[1]:.1f}, {own[1]:.1f} | {ratios[1]:.3f} |")
