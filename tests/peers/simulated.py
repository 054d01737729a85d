# SPDX-License-Identifier: GPL-3.0-or-later
"""A simulated device as a process, and the two programs that talk to it as processes."""

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

FLASH_SIZE = 16 << 20
SECTOR = 0x1000
BLOCK = 0x10000
# The partition table of "layout A" (shared/facts/echokit.md).
TABLE = 0x8000
TABLE_SIZE = 0xC00
NVS = 0x9000
NVS_SIZE = 0x200000
APP = 0x210000


class Result:
    """How a process ended: exit code, what it printed, wall-clock seconds, peak memory in bytes."""

    def __init__(self, code, output, seconds, peak=0):
        self.code = code
        self.output = output
        self.seconds = seconds
        self.peak = peak


def peak_memory(pid):
    """VmHWM belongs to the program; ru_maxrss would count the Python that started it as well."""
    try:
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
    except (OSError, ValueError):
        pass
    return 0


def run(command, timeout=60, watch_memory=False):
    """Runs a program to its end, its two streams in one text."""
    environment = dict(os.environ, NO_COLOR="1", COLUMNS="200", PYTHONUNBUFFERED="1",
                       G_MESSAGES_PREFIXED="")
    with tempfile.TemporaryFile() as output:
        began = time.monotonic()
        peak = 0
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=output,
                                   stderr=subprocess.STDOUT, env=environment)
        try:
            while watch_memory and process.poll() is None:
                peak = max(peak, peak_memory(process.pid))
                time.sleep(0.002)
                if time.monotonic() - began > timeout:
                    raise subprocess.TimeoutExpired(command, timeout)
            code = process.wait(timeout)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            code = None
        seconds = time.monotonic() - began
        output.seek(0)
        text = output.read().decode(errors="replace")
    if code is None:
        text += f"\n(still running after {timeout} s)"
    return Result(code, text, seconds, peak)


def esptool(device, *arguments, options=(), timeout=60):
    """esptool as it is, with no reset at either end: neither a socket nor a pty has the lines."""
    return run([sys.executable, "-m", "esptool", "--port", device, "--before", "no-reset",
                "--after", "no-reset", *options, *arguments], timeout)


class Simulator:
    """`ekflash simulate` for the length of a with block; its flash is a file."""

    def __init__(self, ekflash, flash, options=(), pty=None, reset_on_connect=True):
        self.flash = Path(flash)
        self.stats_path = self.flash.with_suffix(".json")
        self.stats = None
        self.command = [str(ekflash), "simulate", "--flash", str(flash),
                        "--stats", str(self.stats_path)]
        self.command += ["--pty", str(pty)] if pty else ["--tcp", "0"]
        if reset_on_connect:
            self.command.append("--reset-on-connect")
        for option in options:
            self.command += ["-o", option]

    def __enter__(self):
        self.stats_path.unlink(missing_ok=True)
        self.process = subprocess.Popen(self.command, stdin=subprocess.DEVNULL,
                                        stdout=subprocess.PIPE, text=True)
        self.device = self.process.stdout.readline().strip()
        if not self.device:
            self.process.wait()
            raise RuntimeError("the simulator did not start: " + " ".join(self.command))
        return self

    def __exit__(self, *_):
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process.stdout.close()
        if self.stats_path.exists():
            self.stats = json.loads(self.stats_path.read_text())

    def contents(self):
        return self.flash.read_bytes()


def parts_of_image(image):
    """The three segments of a merged image of layout A: [(offset, bytes)]."""
    boot = image[:TABLE].rstrip(b"\xff")
    boot += b"\xff" * (-len(boot) % 16)
    app = image[APP:].rstrip(b"\xff")
    app += b"\xff" * (-len(app) % 16)
    return [(0, boot), (TABLE, image[TABLE:TABLE + TABLE_SIZE]), (APP, app)]


def settings_flash(image, settings):
    """What a device holds that had `image` installed and then met its owner."""
    return image[:NVS] + settings + image[NVS + NVS_SIZE:]
