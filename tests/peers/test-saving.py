#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""What ekflash reads and restores, against what esptool reads and writes.

Run by the Python that has esptool. EK_EKFLASH names the program, EK_SHARED_DIR the firmware.
"""

import importlib.util
import json
import os
import random
import sys
from functools import partial
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
from simulated import FLASH_SIZE, Simulator, esptool, run, settings_flash  # noqa: E402
from tap import Skip, check, main  # noqa: E402

EKFLASH = os.environ.get("EK_EKFLASH", "ekflash")
FIRMWARE = Path(os.environ.get("EK_SHARED_DIR", "../shared")) / "firmware"

SMALL = 4 << 20


def an_echokit():
    """EchoKit DIY with an owner's settings and a picture."""
    if not FIRMWARE.is_dir():
        raise Skip("the real firmware is not in EK_SHARED_DIR")
    return settings_flash((FIRMWARE / "echokit_boards.bin").read_bytes(),
                          (FIRMWARE / "settings-with-picture-2m.bin").read_bytes())


def device(folder, name, contents):
    path = folder / name
    path.write_bytes(contents)
    return Simulator(EKFLASH, path, [f"size={len(contents) >> 20}MB"])


def ekflash(simulator, *words, code=0):
    result = run([EKFLASH, *map(str, words), "--device", simulator.device, "--no-reset",
                  "--no-restart", "--json"])
    check(result.code == code, f"exit code {result.code}", result.output)
    return json.loads(result.output)


def expect(result):
    check(result.code == 0, f"esptool: exit code {result.code}", result.output[-2000:])


def test_read(offset, size, folder):
    contents = an_echokit()
    ours, theirs = folder / "ours.bin", folder / "theirs.bin"
    with device(folder, "flash.bin", contents) as simulator:
        ekflash(simulator, "read", "--address", offset, "--size", size, ours)
    with device(folder, "flash.bin", contents) as simulator:
        expect(esptool(simulator.device, "read-flash", "--no-progress", hex(offset), hex(size), str(theirs)))
    check(ours.read_bytes() == theirs.read_bytes(), "not what esptool reads")
    check(ours.read_bytes() == contents[offset:offset + size], "not what is on the flash")


def test_restore_of_a_dump(folder):
    """esptool's dump, restored by us and written by esptool: the same flash. Of 4 MiB only, for
    esptool takes minutes to read 16."""
    contents = an_echokit()[:SMALL]
    dump = folder / "dump.bin"
    with device(folder, "flash.bin", contents) as simulator:
        expect(esptool(simulator.device, "read-flash", "--no-progress", "0", "ALL", str(dump),
                       timeout=240))
    noise = random.Random(5).randbytes(SMALL)
    with device(folder, "ours.bin", noise) as simulator:
        result = ekflash(simulator, "restore", dump)
        check(result["verified"] is True and result["has_manifest"] is False, result)
        ours = simulator.contents()
    with device(folder, "theirs.bin", noise) as simulator:
        expect(esptool(simulator.device, "write-flash", "--no-progress", "0", str(dump),
                       timeout=240))
        theirs = simulator.contents()
    check(ours == theirs, "not what esptool writes")
    check(ours == contents, "not what was saved")


def test_esptool_writes_our_backup(folder):
    contents = an_echokit()
    backup = folder / "backup.bin"
    with device(folder, "flash.bin", contents) as simulator:
        ekflash(simulator, "backup", backup)
    with device(folder, "blank.bin", b"\xff" * FLASH_SIZE) as simulator:
        expect(esptool(simulator.device, "write-flash", "--no-progress", "0", str(backup)))
        check(simulator.contents() == contents, "not what was saved")
        expect(esptool(simulator.device, "verify-flash", "0", str(backup)))
        ekflash(simulator, "verify", backup)


def test_verify_agrees(folder):
    """A byte that differs is found by both."""
    contents = bytearray(an_echokit())
    path = folder / "part.bin"
    path.write_bytes(contents[0x210000:0x310000])
    contents[0x2A5A5A] ^= 1
    with device(folder, "flash.bin", bytes(contents)) as simulator:
        result = ekflash(simulator, "verify", "--address", "0x210000", path, code=1)
        check(result["first_difference"] == "0x2a5a5a", result)
        theirs = esptool(simulator.device, "verify-flash", "--diff", "0x210000", str(path))
        check(theirs.code != 0 and "2a5a5a" in theirs.output.lower(), theirs.output)


def test_erase_agrees(folder):
    contents = an_echokit()
    with device(folder, "ours.bin", contents) as simulator:
        ekflash(simulator, "erase", "--yes", "--address", "0x9000", "--size", "0x21000")
        ours = simulator.contents()
    with device(folder, "theirs.bin", contents) as simulator:
        expect(esptool(simulator.device, "erase-region", "0x9000", "0x21000"))
        check(simulator.contents() == ours, "not what esptool erases")


def needs_esptool(function, folder):
    if importlib.util.find_spec("esptool") is None:
        raise Skip("esptool is not installed: scripts/setup")
    function(folder)


TESTS = {
    "/peers/saving/reads-the-table": partial(test_read, 0x8000, 0xC00),
    "/peers/saving/reads-settings-and-code": partial(test_read, 0x9001, 0x2A5555),
    "/peers/saving/restores-esptool's-dump": test_restore_of_a_dump,
    "/peers/saving/esptool-writes-our-backup": test_esptool_writes_our_backup,
    "/peers/saving/verify-agrees": test_verify_agrees,
    "/peers/saving/erase-agrees": test_erase_agrees,
}

if __name__ == "__main__":
    sys.exit(main({name: partial(needs_esptool, function) for name, function in TESTS.items()}))
