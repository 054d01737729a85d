#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Holds the names that ekflash gives to addresses against those of elfutils and binutils.

Needs EK_EKFLASH and EK_SHARED_DIR; skipped where eu-addr2line or c++filt is not installed.
"""

import json
import os
import random
import re
import shutil
import struct
import subprocess
import sys
import tempfile

EKFLASH = os.environ["EK_EKFLASH"]
ELF = os.path.join(os.environ["EK_SHARED_DIR"], "firmware", "echokit_boards")
# .flash.text and .iram0.text of that file, as readelf has them
RANGES = [(0x42000020, 0x1AAC64), (0x40374404, 0x1C8AF)]
XTENSA = 94
FRAMES = 100
CRASHES = 20


def addresses():
    chance = random.Random(7)
    for _ in range(FRAMES * CRASHES):
        start, size = chance.choice(RANGES)
        yield start + chance.randrange(size)


def run(*words, text=None):
    return subprocess.run(words, input=text, capture_output=True, text=True, check=True).stdout


def readable(names):
    # c++filt keeps the hash that tells two builds of a function apart.
    return [re.sub(r"::h[0-9a-f]{16}$", "", name)
            for name in run("c++filt", text="\n".join(names) + "\n").splitlines()]


def theirs(wanted, elf):
    """Function, and "file:line" or None, of each address."""
    lines = run("eu-addr2line", "-f", "-e", elf, *[hex(a) for a in wanted]).splitlines()
    names = readable(lines[0::2])
    places = [None if line.startswith("??") else ":".join(line.split(":")[:2])
              for line in lines[1::2]]
    return list(zip(names, places))


def ours(wanted, elf):
    log = ""
    for i in range(0, len(wanted), FRAMES):
        frames = " ".join("0x%08x:0x3fca5c10" % a for a in wanted[i:i + FRAMES])
        log += "abort() was called at PC 0x0 on core 0\nBacktrace: %s\nRebooting...\n" % frames
    result = json.loads(run(EKFLASH, "decode", "--json", elf, text=log))
    for crash in result["crashes"]:
        for frame in crash["backtrace"]:
            place = "%s:%d" % (frame["file"], frame["line"]) if "file" in frame else None
            yield frame.get("function"), place


def symbols(elf):
    """The addresses of each name: several names may stand for one function."""
    rows = [line.split() for line in run("nm", elf).splitlines()]
    names = readable([row[2] for row in rows if len(row) == 3])
    values = {}
    for name, value in zip(names, [row[0] for row in rows if len(row) == 3]):
        values.setdefault(name, set()).add(value)
    return values


def names_of_echokit():
    if not os.path.exists(ELF):
        return "the real firmware is not here"
    wanted = list(addresses())
    expected = theirs(wanted, ELF)
    values = symbols(ELF)
    n_named = 0
    for address, (name, _), (our_name, our_place) in zip(wanted, expected, ours(wanted, ELF)):
        assert our_place is None, hex(address)
        # Padding between two functions is nobody's; a label inside of one is no function.
        if name == "??" or name.startswith("."):
            continue
        n_named += our_name is not None
        same = our_name in (name, None) or values[our_name] & values[name]
        assert same, (hex(address), name, our_name)
    assert n_named > len(wanted) * 0.9, n_named
    return None


def lines_of_a_program():
    """A program with line tables, made here and called one of the chip's: they are all alike."""
    if not shutil.which("gcc"):
        return "gcc is not installed"
    with tempfile.TemporaryDirectory() as folder:
        source, elf = os.path.join(folder, "a.c"), os.path.join(folder, "a.elf")
        with open(source, "w") as file:
            file.write("int f (int a)\n{\n  return a * 3;\n}\n\nint g (int a)\n{\n"
                       "  return f (a) + 1;\n}\n")
        made = subprocess.run(["gcc", "-m32", "-g", "-O0", "-nostdlib", "-static", "-no-pie",
                               "-Wl,-e,g", "-Wl,-Ttext=0x42000000", "-o", elf, source],
                              capture_output=True, check=False)
        if made.returncode != 0:
            return "gcc makes no programs of 32 bits here"
        listed = run("nm", elf)
        with open(elf, "r+b") as file:
            file.seek(18)
            file.write(struct.pack("<H", XTENSA))
        wanted = sorted(int(line.split()[0], 16) for line in listed.splitlines()
                        if line.split()[-1] in ("f", "g"))
        result = list(ours(wanted, elf))
        if all(place is None for _, place in result):
            return "built without libdw"
        assert result == theirs(wanted, elf), result
    return None


def main():
    tests = [names_of_echokit, lines_of_a_program]
    missing = [tool for tool in ("eu-addr2line", "c++filt") if not shutil.which(tool)]
    failed = False
    print(f"1..{len(tests)}")
    for number, test in enumerate(tests, 1):
        name = "/peers/addr2line/" + test.__name__.replace("_", "-")
        try:
            skipped = f"{missing[0]} is not installed" if missing else test()
            print(f"ok {number} {name}" + (f" # SKIP {skipped}" if skipped else ""), flush=True)
        except Exception as error:  # pylint: disable=broad-except
            failed = True
            print(f"not ok {number} {name}\n# {type(error).__name__}: "
                  + str(error).replace("\n", "\n# "), flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
