# SPDX-License-Identifier: GPL-3.0-or-later
"""What the tests of ekflash share: running it, simulated flashes in files, TAP."""

import hashlib
import os
import subprocess
import sys
import tempfile
import traceback

EKFLASH = os.path.join(os.environ["EK_BUILD_DIR"], "src", "cli", "ekflash")
FIRMWARE = os.path.join(os.environ["EK_SHARED_DIR"], "firmware")
MERGED = os.path.join(FIRMWARE, "echokit_boards.bin")
APP = os.path.join(FIRMWARE, "echokit_boards-app.bin")
APP_OFFSET = 0x210000
FLASH_SIZE = 16 << 20

TESTS = []


class Skip(Exception):
    """The test can't be made here."""


def test(function):
    TESTS.append(function)
    return function


def need(path):
    if not os.path.exists(path):
        raise Skip("the real firmware is not here")


def run(*args, code=None, **kwargs):
    result = subprocess.run(
        [EKFLASH, *args], capture_output=True, text=True, timeout=60, **kwargs
    )
    if code is not None:
        assert result.returncode == code, (args, result.returncode, result.stdout, result.stderr)
    return result


def sha(path):
    with open(path, "rb") as file:
        return hashlib.sha256(file.read()).hexdigest()


class Folder:
    """A temporary folder with a simulated flash in it."""

    def __enter__(self):
        self.folder = tempfile.TemporaryDirectory()
        self.flash = os.path.join(self.folder.name, "flash.bin")
        self.device = "sim:esp32s3?flash=" + self.flash
        return self

    def __exit__(self, *unused):
        self.folder.cleanup()

    def file(self, name, data):
        path = os.path.join(self.folder.name, name)
        with open(path, "wb") as file:
            file.write(data)
        return path


def read(path):
    with open(path, "rb") as file:
        return file.read()


def main(suite):
    """Runs the tests that the importing program has marked."""
    failed = 0
    print("1..%d" % len(TESTS))
    for number, function in enumerate(TESTS, 1):
        name = "/%s/" % suite + function.__name__.replace("_", "-")
        try:
            function()
            print("ok %d %s" % (number, name))
        except Skip as reason:
            print("ok %d %s # SKIP %s" % (number, name, reason))
        except Exception:  # the next test may tell more
            failed += 1
            print("not ok %d %s" % (number, name))
            for line in traceback.format_exc().splitlines():
                print("# " + line)
        sys.stdout.flush()
    return 1 if failed else 0

