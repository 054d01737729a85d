# SPDX-License-Identifier: GPL-3.0-or-later
"""What saving and comparing a device cost beside esptool reading it, and eight devices beside one.

Reading, saving and comparing in the timing model's seconds, which don't depend on this computer. Eight
devices at once by this computer's clock, with devices that keep step with it.
"""

import sys
import time

from simulated import Simulator, esptool, run

GOALS = {"backup": 0.3, "verify": 0.2, "eight": 1.3}
LINKS = {"usb": ("USB-Serial/JTAG", None), "921600": ("UART 921600", 921600)}


def simulator(ekflash, contents, link, folder):
    flash = folder / "saving.bin"
    flash.write_bytes(contents)
    baud = LINKS[link][1]
    return Simulator(ekflash, flash, ["usb=uart" if baud else "usb=jtag"],
                     folder / "saving-tty" if baud else None)


def seconds(ekflash, contents, link, folder, work):
    """The model's seconds for work(device, options of the speed)."""
    with simulator(ekflash, contents, link, folder) as device:
        baud = LINKS[link][1]
        result = work(device.device, ["--baud", str(baud)] if baud else [])
    if result.code != 0:
        raise SystemExit(f"{link}: exit code {result.code}\n{result.output[-2000:]}")
    return device.stats["now_us"] / 1e6


def measure_link(ekflash, contents, link, folder):
    ours, theirs = folder / "ours.bin", folder / "theirs.bin"
    ours.unlink(missing_ok=True)

    def command(*words):
        return lambda device, options: run(
            [str(ekflash), *map(str, words), "--device", device, "--no-reset", "--no-restart",
             "--quiet", *options], 600)

    figures = {
        "read": seconds(ekflash, contents, link, folder, lambda device, options: esptool(
            device, "read-flash", "--no-progress", "0", "ALL", str(theirs), options=options,
            timeout=1200)),
        "backup": seconds(ekflash, contents, link, folder, command("backup", ours)),
        "again": seconds(ekflash, contents, link, folder, command("backup", ours)),
        "verify": seconds(ekflash, contents, link, folder, command("verify", theirs)),
    }
    if not ours.read_bytes() == theirs.read_bytes() == contents:
        raise SystemExit(f"{link}: what was read is not what is there")
    return figures


def measure_devices(ekflash, old, image, n):
    """Wall-clock seconds of one call that installs on n devices."""
    words = [str(ekflash), "flash", "--quiet", str(image)]
    for i in range(n):
        words += ["--device", f"sim:esp32s3?pace=1&image={old}&mac=98:a3:16:00:11:{i:02x}"]
    began = time.monotonic()
    result = run(words, 600)
    if result.code != 0 or result.output.count("started") != n:
        raise SystemExit(f"{n} devices: exit code {result.code}\n{result.output[-2000:]}")
    return time.monotonic() - began


def measure(ekflash, firmware, folder):
    """{link: figures}, and the seconds of one and of eight devices."""
    results = {}
    for link, (name, _) in LINKS.items():
        print(f"saving and comparing, {name}…", file=sys.stderr, flush=True)
        results[link] = measure_link(ekflash, firmware.starts["same"], link, folder)
    print("eight devices at once…", file=sys.stderr, flush=True)
    old = folder / "old.bin"
    old.write_bytes(firmware.starts["old"])
    devices = [measure_devices(ekflash, old, firmware.path, n) for n in (1, 8)]
    return results, devices


def mark(ratio, goal):
    return f"{ratio:.3f} | ≤ {goal}: {'yes' if ratio <= goal else 'NO'}"


def report(measured):
    results, (one, eight) = measured
    print("\n## Saving and comparing 16 MiB that hold EchoKit\n")
    print("| wire | esptool reads, s | ekflash saves, s | ratio | goal | saves again, s "
          "| ekflash compares, s | ratio | goal |")
    print("|---|--:|--:|--:|---|--:|--:|--:|---|")
    for link, figures in results.items():
        print(f"| {LINKS[link][0]} | {figures['read']:.2f} | {figures['backup']:.2f} "
              f"| {mark(figures['backup'] / figures['read'], GOALS['backup'])} "
              f"| {figures['again']:.2f} | {figures['verify']:.2f} "
              f"| {mark(figures['verify'] / figures['read'], GOALS['verify'])} |")
    print("\n## Eight devices at once, by this computer's clock\n")
    print("| one, s | eight, s | ratio | goal |\n|--:|--:|--:|---|")
    print(f"| {one:.1f} | {eight:.1f} | {mark(eight / one, GOALS['eight'])} |")
