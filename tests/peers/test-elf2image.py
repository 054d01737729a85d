#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""ekflash save-image against esptool's elf2image, on ELF files assembled here byte by byte.

usage: test-elf2image.py [WORD…]     only the tests whose name has one of the words

Run by the Python that has esptool. EK_EKFLASH names the program, EK_SHARED_DIR the firmware.

The images are identical but for the documented fields of the header: bytes 17 and 18, the highest
revision of the chip, where we write ESP-IDF's own limit and esptool "any"; and with them the hash at the
end. Told the same limit, esptool makes the same bytes.
"""

import os
import random
import struct
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
from tap import Skip, check, main  # noqa: E402

try:
    import esptool
    from esptool.logger import log
except ImportError:
    esptool = None

EKFLASH = os.environ.get("EK_EKFLASH", "ekflash")
FIRMWARE = Path(os.environ.get("EK_SHARED_DIR", "../shared")) / "firmware"
PROGBITS, NOBITS, INIT_ARRAY, FINI_ARRAY = 1, 8, 14, 15
WRITE, ALLOC, EXECUTE = 1, 2, 4
XTENSA, RISCV = 94, 243
ANY = 65535

# what ekflash writes as the highest revision: ESP-IDF's Kconfig.hw_support
CHIPS = {
    "esp32": dict(machine=XTENSA, limit=399, rodata=0x3F400020, text=0x400D0020,
                  ram=((0x3FFB0000, 0x3FFD0000), (0x40080800, 0x400A0000)),
                  rtc=(0x400C0000, 0x50000000)),
    "esp32s3": dict(machine=XTENSA, limit=99, rodata=0x3C000020, text=0x42000020,
                    ram=((0x3FC90000, 0x3FCC0000), (0x40374000, 0x40390000)),
                    rtc=(0x600FE000, 0x50000000)),
    "esp32c3": dict(machine=RISCV, limit=ANY, rodata=0x3C000020, text=0x42000020,
                    ram=((0x3FC90000, 0x3FCB0000), (0x40380000, 0x403A0000)), rtc=(0x50000000,)),
    "esp32c6": dict(machine=RISCV, limit=ANY, rodata=0x42800020, text=0x42000020,
                    ram=((0x40800800, 0x40820000), (0x40840000, 0x40860000)), rtc=(0x50000000,)),
}


def noise(size, seed):
    return random.Random(seed).randbytes(size)


def description(version="v1.2.3", page=16):
    data = struct.pack("<II8x32s32s16s16s32s32xHHB", 0xABCD5432, 0, version.encode(), b"peer",
                       b"12:00:00", b"Jan  1 2026", b"v5.4.1", 0, 199, page)
    return data.ljust(256, b"\0")


def section(name, address, data, kind=PROGBITS, flags=ALLOC):
    return name, address, data, kind, flags


def elf(machine, sections, entry=0x40380004):
    """A linked program; data of an int is a section that has no content."""
    names, body, headers = b"\0", b"", [bytes(40)]
    for name, address, data, kind, flags in [*sections, (".shstrtab", 0, b"", 3, 0)]:
        name_offset, names = len(names), names + name.encode() + b"\0"
        if name == ".shstrtab":
            data = names
        body += bytes(-len(body) % 4)
        size = data if isinstance(data, int) else len(data)
        headers.append(struct.pack("<10I", name_offset, kind, flags, address, 52 + len(body), size,
                                   0, 0, 4, 0))
        body += b"" if isinstance(data, int) else data
    body += bytes(-len(body) % 4)
    return (b"\x7fELF\1\1\1".ljust(16, b"\0") +
            struct.pack("<HHIIIIIHHHHHH", 2, machine, 1, entry, 0, 52 + len(body), 0, 52, 0, 0, 40,
                        len(headers), len(headers) - 1) + body + b"".join(headers))


def ours(folder, program, chip, *options, code=0):
    source, result = folder / "program.elf", folder / "image.bin"
    source.write_bytes(program)
    result.unlink(missing_ok=True)
    run = subprocess.run([EKFLASH, "save-image", "-q", "--chip", chip, "-s", "4mb", *options,
                          str(source), str(result)], capture_output=True, text=True, timeout=60,
                         check=False)
    check(run.returncode == code, f"exit code {run.returncode}", run.stderr)
    return result.read_bytes() if code == 0 else run.stderr


def theirs(program, chip, limit, **options):
    if esptool is None:
        raise Skip("esptool is not here")
    log.set_verbosity("silent")
    return esptool.elf2image(program, chip, None, **{"flash_mode": "dio", "flash_freq": "40m",
                                                     "flash_size": "4MB", "max_rev_full": limit,
                                                     **options})


def same(found, wanted):
    if found == wanted:
        return
    place = next((i for i, pair in enumerate(zip(found, wanted)) if pair[0] != pair[1]), "the end")
    check(False, f"{len(found)} and {len(wanted)} bytes, different from {place} on")


def compare(folder, program, chip, *options, **their_options):
    image = ours(folder, program, chip, *options)
    limit = CHIPS[chip]["limit"]
    same(image, theirs(program, chip, limit, **their_options))
    if limit != ANY:
        default = theirs(program, chip, ANY, **their_options)
        different = {i for i, pair in enumerate(zip(image, default)) if pair[0] != pair[1]}
        check(different <= {17, 18, *range(len(image) - 32, len(image))}, different)
    return image


def plain(chip, page=0x10000, log2=16):
    """What every program has: description, constants, code, code in RAM, data, bss."""
    at = CHIPS[chip]
    rodata, text = at["rodata"], at["text"] + (4 * page if at["text"] < at["rodata"] else page)
    (data, _), (iram, _) = at["ram"]
    return [section(".flash.appdesc", rodata, description(page=log2)),
            section(".flash.rodata", rodata + 0x100, noise(0x5432, 1)),
            section(".flash.text", text, noise(0x8765, 2), flags=ALLOC | EXECUTE),
            section(".iram0.text", iram, noise(0x4321, 3), flags=ALLOC | EXECUTE),
            section(".dram0.data", data, noise(0x1001, 4), flags=ALLOC | WRITE),
            section(".dram0.bss", data + 0x2000, 0x4000, kind=NOBITS, flags=ALLOC | WRITE),
            section(".flash_rodata_dummy", rodata, 0x20000, kind=NOBITS),
            section(".comment", 0, b"GCC: 14", flags=0x30),
            section(".debug_info", 0, noise(500, 5), flags=0)]


def test_plain(folder, chip):
    compare(folder, elf(CHIPS[chip]["machine"], plain(chip)), chip)


def test_neighbours(folder, chip):
    """Sections that touch, some only when filled up to 4 bytes; in the order of a linker."""
    (data, _), (iram, _) = CHIPS[chip]["ram"]
    more = [section(".iram0.vectors", iram - 0x404, noise(0x401, 6), flags=ALLOC | EXECUTE),
            section(".init_array", data - 8, noise(8, 7), kind=INIT_ARRAY, flags=ALLOC | WRITE),
            section(".fini_array", data + 0x1004, noise(4, 8), kind=FINI_ARRAY)]
    vectors, init, fini = more
    sections = plain(chip)
    program = [*sections[:3], vectors, sections[3], init, sections[4], fini, *sections[5:]]
    compare(folder, elf(CHIPS[chip]["machine"], program), chip)


def test_rtc(folder, chip):
    more = [section(f".rtc{i}", address, noise(0x1C + i, 9)) for i, address in
            enumerate(CHIPS[chip]["rtc"])]
    compare(folder, elf(CHIPS[chip]["machine"], plain(chip) + more), chip)


def test_no_ram_to_fill(folder, chip):
    compare(folder, elf(CHIPS[chip]["machine"], plain(chip)[:3]), chip)


def test_last_page(folder, chip):
    """Constants that end with a page, just before, just behind: the boot loader's weak spot."""
    for size in (0x10000 - 0x120 + d for d in (-8, -4, 0, 4, 0x20, 0x24, 0x28)):
        program = plain(chip)
        program[1] = section(".flash.rodata", CHIPS[chip]["rodata"] + 0x100, noise(size, size))
        if CHIPS[chip]["text"] > CHIPS[chip]["rodata"]:
            program[2] = section(".flash.text", CHIPS[chip]["text"] + 0x40000, noise(0x500, 2))
        compare(folder, elf(CHIPS[chip]["machine"], program), chip)


def test_random(folder, chip):
    at = CHIPS[chip]
    for seed in range(25):
        chance = random.Random(f"{chip} {seed}")
        rodata, text = chance.randint(1, 0x18000), chance.randint(1, 0x18000)
        low, high = sorted((at["rodata"], at["text"]))
        shift = chance.randrange(4) * 0x10000
        program = [section(".flash.appdesc", at["rodata"], description()),
                   section(".flash.rodata", at["rodata"] + 0x100, noise(rodata, seed)),
                   section(".flash.text", at["text"] + (shift if low != high else 0),
                           noise(text, -seed), flags=ALLOC | EXECUTE)]
        for start, end in at["ram"]:
            while start < end and len(program) < 10:
                size = chance.randint(1, 0x9000)
                program.append(section(f".ram{start:x}", start, noise(min(size, end - start), start)))
                start += (size + 3 & ~3) + chance.choice((0, 0, 4, 0x30, 0x1000))
        compare(folder, elf(at["machine"], program), chip)


def test_page_sizes(folder):
    for log2 in (13, 14, 15, 16):
        program = elf(RISCV, plain("esp32c6", 1 << log2, log2))
        compare(folder, program, "esp32c6")
    program = elf(RISCV, plain("esp32c6", 0x10000, 0))
    compare(folder, program, "esp32c6")
    compare(folder, program, "esp32c6", "--mmu-page-size", "32KB", flash_mmu_page_size="32KB")


def test_header(folder):
    program = elf(XTENSA, plain("esp32s3"))
    compare(folder, program, "esp32s3", "-m", "QIO", "-f", "80mhz", flash_mode="qio",
            flash_freq="80m")
    compare(folder, program, "esp32s3", "--min-chip-rev", "0.2", min_rev_full=2)
    compare(folder, program, "esp32s3", "-s", "128MB", flash_size="128MB")


def test_one_page_for_two(folder):
    """Both refuse what can't be mapped."""
    program = plain("esp32s3")
    program[2] = section(".flash.rodata2", CHIPS["esp32s3"]["rodata"] + 0x6000, noise(0x100, 2))
    program = elf(XTENSA, program)
    check("share a page" in ours(folder, program, "esp32s3", code=1))
    try:
        theirs(program, "esp32s3", ANY)
    except esptool.FatalError:
        return
    check(False, "esptool takes it")


def test_real(folder):
    source = FIRMWARE / "echokit_boards"
    if not source.exists():
        raise Skip("echokit_boards is not in EK_SHARED_DIR")
    compare(folder, source.read_bytes(), "esp32s3")


def of_chip(test, chip):
    return lambda folder: test(folder, chip)


TESTS = {f"/peers/elf2image/{chip}/{test.__name__[5:].replace('_', '-')}": of_chip(test, chip)
         for chip in CHIPS
         for test in (test_plain, test_neighbours, test_rtc, test_no_ram_to_fill, test_last_page,
                      test_random)}
TESTS |= {f"/peers/elf2image/{test.__name__[5:].replace('_', '-')}": test
          for test in (test_page_sizes, test_header, test_one_page_for_two, test_real)}

if __name__ == "__main__":
    sys.exit(main(TESTS))
