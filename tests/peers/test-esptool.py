#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""esptool against our simulated chip, and against what ekflash has written.

usage: test-esptool.py [WORD…]     only the tests whose name has one of the words

Run by the Python that has esptool. EK_EKFLASH names the program, EK_SHARED_DIR the firmware.
"""

import hashlib
import importlib.util
import json
import os
import random
import struct
import sys
import zlib
from functools import partial
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
from simulated import (APP, BLOCK, FLASH_SIZE, NVS, NVS_SIZE, SECTOR, TABLE,  # noqa: E402
                       Simulator, esptool, parts_of_image, run, settings_flash)
from tap import Skip, check, main  # noqa: E402

EKFLASH = os.environ.get("EK_EKFLASH", "ekflash")
FIRMWARE = Path(os.environ.get("EK_SHARED_DIR", "../shared")) / "firmware"
STUB = ()
ROM = ("--no-stub",)
MODES = {"stub": STUB, "rom": ROM}


def noise(size, seed):
    return random.Random(seed).randbytes(size)


def half_noise(size, seed):
    """Bytes that a compressor makes about half as large."""
    return b"".join(noise(64, seed + i) + bytes(64) for i in range(size // 128 + 1))[:size]


def firmware(name):
    path = FIRMWARE / name
    if not path.exists():
        raise Skip(f"{name} is not in EK_SHARED_DIR")
    return path


def expect(result, *texts, code=0):
    check(result.code == code, f"exit code {result.code} instead of {code}", result.output)
    for text in texts:
        check(text in result.output, f"esptool did not say “{text}”", result.output)
    return result


def same(found, wanted, what):
    """Bytes compared, with the first difference named."""
    if found == wanted:
        return
    check(len(found) == len(wanted), f"{what}: {len(found)} bytes instead of {len(wanted)}")
    at = next(i for i, (a, b) in enumerate(zip(found, wanted)) if a != b)
    check(False, f"{what}: differs from {at:#x} on: {found[at:at + 16].hex()} instead of "
          f"{wanted[at:at + 16].hex()}")


def up(number, step):
    return -(-number // step) * step


def with_file(folder, name, data):
    path = folder / name
    path.write_bytes(data)
    return str(path)


def device(folder, contents=None, **options):
    """A simulated device that holds these bytes, noise by default."""
    path = folder / "flash.bin"
    path.write_bytes(noise(FLASH_SIZE, 7) if contents is None else contents)
    return Simulator(EKFLASH, path, **options)


def write_flash(simulator, *arguments, options=()):
    return esptool(simulator.device, "write-flash", "--no-progress", *arguments, options=options)


def after_write(before, offset, data):
    """What NOR flash holds then: whole sectors erased, the data in them."""
    end = up(offset + len(data), SECTOR)
    tail = b"\xff" * (end - offset - len(data))
    return before[:offset] + data + tail + before[end:]


def test_flash_id(mode, folder):
    options = ("flash-id=1740c8", "size=8MB", "mac=02:00:5e:10:20:30", "revision=0.1")
    with device(folder, b"", options=options) as simulator:
        result = expect(esptool(simulator.device, "flash-id", options=MODES[mode]),
                        "ESP32-S3", "revision v0.1", "02:00:5e:10:20:30", "40MHz",
                        "Manufacturer: c8", "Device: 4017", "Detected flash size: 8MB")
    check(("Stub flasher running" in result.output) == (mode == "stub"), result.output)


def test_flash_status(mode, folder):
    """The second byte holds the bit that lets four wires be used; the first one's lowest two can't be
    written."""
    with device(folder, b"") as simulator:
        expect(esptool(simulator.device, "write-flash-status", "--bytes", "2", "--non-volatile",
                       "0x0203", options=MODES[mode]), "After flash memory status:   0x0200")
        expect(esptool(simulator.device, "read-flash-status", "--bytes", "2",
                       options=MODES[mode]), "Flash memory status: 0x0200")


def write_and_compare(folder, mode, arguments, data, offset, texts=()):
    with device(folder) as simulator:
        before = simulator.contents()
        path = with_file(folder, "data.bin", data)
        expect(write_flash(simulator, *arguments, hex(offset), path, options=MODES[mode]),
               "Hash of data verified", *texts)
        same(simulator.contents(), after_write(before, offset, data), "the flash")


def test_write(mode, how, folder):
    data = half_noise(200 * 1024 + 4, 3)
    texts = {"compressed": f"({len(zlib.compress(data, 9))} compressed)",
             "raw": f"Wrote {len(data)} bytes"}
    option = {"compressed": "--compress", "raw": "--no-compress"}
    write_and_compare(folder, mode, [option[how]], data, 0x3000, [texts[how]])


def test_write_over_blocks(mode, folder):
    """From the middle of a 64 KiB block into the fourth: sectors, blocks, sectors again."""
    write_and_compare(folder, mode, [], noise(3 * BLOCK, 5), 0x18000)


def test_write_several(mode, folder):
    first, second = half_noise(5000 * 4, 11), noise(0x2000, 12)
    with device(folder) as simulator:
        before = simulator.contents()
        expect(write_flash(simulator, "0x8000", with_file(folder, "1.bin", first),
                           "0x100000", with_file(folder, "2.bin", second), options=MODES[mode]))
        wanted = after_write(after_write(before, 0x8000, first), 0x100000, second)
        same(simulator.contents(), wanted, "the flash")


def test_whole_app(mode, folder):
    path = firmware("echokit_boards-app.bin")
    data = path.read_bytes()
    with device(folder) as simulator:
        before = simulator.contents()
        expect(write_flash(simulator, hex(APP), str(path), options=MODES[mode]),
               f"Wrote {len(data)} bytes", "Hash of data verified")
        same(simulator.contents(), after_write(before, APP, data), "the flash")
        expect(esptool(simulator.device, "verify-flash", hex(APP), str(path), options=MODES[mode]))


def test_verify(mode, folder):
    contents = noise(FLASH_SIZE, 7)
    data = contents[0x20000:0x20000 + 100_000]
    other = data[:77_777] + bytes([data[77_777] ^ 1]) + data[77_778:]
    with device(folder, contents) as simulator:
        ask = partial(esptool, simulator.device, "verify-flash", options=MODES[mode])
        expect(ask("0x20000", with_file(folder, "same.bin", data)))
        result = ask("0x20000", with_file(folder, "other.bin", other))
        check(result.code != 0 and "Verification failed" in result.output,
              "a wrong byte was accepted", result.output)


def test_read(mode, folder):
    contents = noise(FLASH_SIZE, 7)
    offset, size = (0x12345, 0x80001) if mode == "stub" else (0x12345, 0x1003)
    with device(folder, contents) as simulator:
        target = folder / "read.bin"
        expect(esptool(simulator.device, "read-flash", hex(offset), str(size), str(target),
                       options=MODES[mode]))
        same(target.read_bytes(), contents[offset:offset + size], "what was read")
        same(simulator.contents(), contents, "the flash")


def test_erase_region(mode, folder):
    contents = noise(FLASH_SIZE, 7)
    begin, end = BLOCK - SECTOR, 3 * BLOCK + SECTOR
    with device(folder, contents) as simulator:
        expect(esptool(simulator.device, "erase-region", hex(begin), hex(end - begin),
                       options=MODES[mode]))
        same(simulator.contents(),
             contents[:begin] + b"\xff" * (end - begin) + contents[end:], "the flash")
    check((simulator.stats["sectors_erased"], simulator.stats["blocks_erased"]) == (2, 2),
          "not one sector, two blocks, one sector:", simulator.stats)


def test_erase_flash(folder):
    with device(folder) as simulator:
        expect(esptool(simulator.device, "erase-flash", options=STUB),
               "Flash memory erased successfully")
        same(simulator.contents(), b"\xff" * FLASH_SIZE, "the flash")
    # 256 blocks of 150 ms (facts 7.2).
    check(38.4 < simulator.stats["now_us"] / 1e6 < 39, simulator.stats)


def test_erase_flash_needs_the_stub(folder):
    contents = noise(FLASH_SIZE, 7)
    with device(folder, contents) as simulator:
        result = esptool(simulator.device, "erase-flash", options=ROM)
        check(result.code != 0, result.output)
        check("does not support function erase_flash" in result.output, result.output)
        same(simulator.contents(), contents, "the flash")


def for_esp32(image):
    """Image header, chip id at byte 12: 0 is the ESP32, 9 the ESP32-S3. The hash is made anew."""
    image = image[:12] + b"\0\0" + image[14:-32]
    return image + hashlib.sha256(image).digest()


def test_refuses_wrong_chip(mode, folder):
    """At the boot loader's place; anywhere else esptool 5.6.0 writes it, and only notes it."""
    _, boot = parts_of_image(firmware("echokit_boards.bin").read_bytes())[0]
    contents = noise(FLASH_SIZE, 7)
    with device(folder, contents) as simulator:
        path = with_file(folder, "esp32.bin", for_esp32(boot))
        result = write_flash(simulator, "0x0", path, options=MODES[mode])
        check(result.code != 0, "an ESP32's image was written", result.output)
        check("is not an ESP32-S3 image" in result.output, result.output)
        same(simulator.contents(), contents, "the flash")


def test_ekflash_refuses_wrong_chip(folder):
    contents = noise(FLASH_SIZE, 7)
    app = for_esp32(firmware("echokit_boards-app.bin").read_bytes())
    with device(folder, contents) as simulator:
        report = ekflash(simulator, with_file(folder, "esp32.bin", app), "--address", hex(APP),
                         code=1)
        check(report["code"] == "firmware-wrong-chip", report)
        same(simulator.contents(), contents, "the flash")


def test_wrong_md5_is_seen(folder):
    """esptool notices that the flash does not hold what was written."""
    with device(folder, b"\x00" * FLASH_SIZE, options=["fault=write-protect"]) as simulator:
        path = with_file(folder, "data.bin", noise(0x4000, 4))
        result = write_flash(simulator, "0x10000", path)
        check(result.code != 0 and "MD5 of file does not match data in flash" in result.output,
              "nothing was written, and nobody said so", result.output)


def test_pty(folder):
    """A terminal has a speed: both ends change it."""
    data = half_noise(300 * 1024, 21)
    path = with_file(folder, "data.bin", data)
    with device(folder, pty=folder / "tty", reset_on_connect=False,
                options=["usb=uart"]) as simulator:
        before = simulator.contents()
        check(Path(simulator.device).is_symlink(), simulator.device)
        expect(write_flash(simulator, "0x10000", path, options=["--baud", "921600"]),
               "Changing baud rate to 921600", "Hash of data verified")
        same(simulator.contents(), after_write(before, 0x10000, data), "the flash")
    check(not (folder / "tty").is_symlink(), "the link is still there")
    seconds = len(zlib.compress(data, 9)) * 10 / 921600
    check(simulator.stats["now_us"] / 1e6 > seconds, "faster than the wire:", simulator.stats)


def ekflash(simulator, path, *options, code=0):
    result = run([EKFLASH, "flash", "--device", simulator.device, "--no-restart",
                  "--no-start-check", "--json", *options, str(path)])
    begin = result.output.find("{")
    check(result.code == code and begin >= 0, f"exit code {result.code}", result.output)
    return json.loads(result.output[begin:])


def test_accepts_what_ekflash_wrote(mode, how, folder):
    path = firmware("echokit_boards.bin")
    settings = firmware("settings-with-picture-2m.bin").read_bytes()
    image = path.read_bytes()
    # The table is the same: settings are kept where they are.
    other = (noise(TABLE, 1) + image[TABLE:NVS] + settings
             + noise(FLASH_SIZE - NVS - NVS_SIZE, 2))
    arguments = []
    for offset, data in parts_of_image(image):
        arguments += [hex(offset), with_file(folder, f"{offset:x}.bin", data)]
    with device(folder, other) as simulator:
        report = ekflash(simulator, path, *MODES[mode], *how)
        check(report["changed"] and report["verified"], report)
        expect(esptool(simulator.device, "verify-flash", *arguments,
                       hex(NVS), str(firmware("settings-with-picture-2m.bin"))))


def test_ekflash_accepts_what_it_wrote(folder):
    """The other way round: what esptool wrote is nothing to do for ekflash."""
    path = firmware("echokit_boards.bin")
    with device(folder, b"") as simulator:
        expect(write_flash(simulator, "0x0", str(path)))
        report = ekflash(simulator, path)
        check(report["changed"] is False and report["bytes_written"] == 0, report)
        same(simulator.contents(), path.read_bytes(), "the flash")


def test_ekflash_keeps_settings(folder):
    path = firmware("echokit_boards.bin")
    settings = firmware("settings-with-picture-2m.bin").read_bytes()
    contents = settings_flash(path.read_bytes(), settings)
    middle = APP + 0x100000
    broken = contents[:middle] + noise(SECTOR, 9) + contents[middle + SECTOR:]
    with device(folder, broken) as simulator:
        ekflash(simulator, path)
        same(simulator.contents(), contents, "the flash")
        target = folder / "nvs.bin"
        expect(esptool(simulator.device, "read-flash", hex(NVS), hex(NVS_SIZE), str(target)))
        same(target.read_bytes(), settings, "the settings")


def partitions(flash):
    """(type, offset, size) of each entry: magic AA 50, 32 bytes (facts 3.1)."""
    for at in range(TABLE, TABLE + 0xC00, 32):
        magic, kind, _, offset, size = struct.unpack_from("<HBBII", flash, at)
        if magic != 0x50AA:
            return
        yield kind, offset, size


def test_image_info_of_the_demo(folder):
    """The demo firmware that our own writer makes is an image to esptool as well."""
    flash = folder / "flash.bin"
    result = run([EKFLASH, "probe", "--device", f"sim:esp32s3?flash={flash}"])
    check(result.code == 0, result.output)
    contents = flash.read_bytes()
    app = next(contents[offset:offset + size] for kind, offset, size in partitions(contents)
               if kind == 0)
    info = [sys.executable, "-m", "esptool", "image-info"]
    result = expect(run([*info, with_file(folder, "app.bin", app)]),
                    "Detected image type: ESP32-S3",
                    "Project name: echokit_demo", "App version: 0.1.0")
    check(result.output.count("(valid)") == 2, "checksum and hash are not both valid",
          result.output)
    expect(run([*info, with_file(folder, "boot.bin", contents[:0x8000])]),
           "Detected image type: ESP32-S3", "(valid)")


def needs_esptool(function, folder):
    if importlib.util.find_spec("esptool") is None:
        raise Skip("esptool is not installed: scripts/setup")
    function(folder)


def tests():
    table = {}
    for mode in MODES:
        table |= {f"/peers/{mode}/{name}": partial(function, mode, *arguments)
                  for name, (function, *arguments) in {
                      "flash-id": (test_flash_id,),
                      "flash-status": (test_flash_status,),
                      "write-compressed": (test_write, "compressed"),
                      "write-raw": (test_write, "raw"),
                      "write-over-blocks": (test_write_over_blocks,),
                      "write-several-files": (test_write_several,),
                      "write-the-whole-app": (test_whole_app,),
                      "verify": (test_verify,),
                      "read": (test_read,),
                      "erase-region": (test_erase_region,),
                      "refuses-an-image-of-another-chip": (test_refuses_wrong_chip,),
                      "accepts-what-ekflash-wrote": (test_accepts_what_ekflash_wrote, ()),
                  }.items()}
    table |= {
        "/peers/rom/erase-flash-needs-the-stub": test_erase_flash_needs_the_stub,
        "/peers/more/erase-flash": test_erase_flash,
        "/peers/more/sees-a-write-protected-flash": test_wrong_md5_is_seen,
        "/peers/more/writes-over-a-pty": test_pty,
        "/peers/more/knows-the-demo-firmware": test_image_info_of_the_demo,
        "/peers/more/accepts-what-ekflash-wrote-uncompressed":
            partial(test_accepts_what_ekflash_wrote, "stub", ("--no-compress",)),
        "/peers/more/leaves-nothing-to-do-for-ekflash": test_ekflash_accepts_what_it_wrote,
        "/peers/more/ekflash-repairs-a-sector-and-keeps-settings": test_ekflash_keeps_settings,
        "/peers/more/ekflash-refuses-an-image-of-another-chip": test_ekflash_refuses_wrong_chip,
    }
    return {name: partial(needs_esptool, function) for name, function in table.items()}


if __name__ == "__main__":
    sys.exit(main(tests()))
