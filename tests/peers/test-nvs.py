#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Settings partitions of Espressif's generator against ours: the same bytes, the same values.

Run by the Python that has esp-idf-nvs-partition-gen. EK_NVS_TOOL names our side.
"""

import base64
import importlib.util
import os
import random
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
from tap import Skip, check, main  # noqa: E402

TOOL = os.environ.get("EK_NVS_TOOL", "nvs-tool")
INTEGERS = [(f"{sign}{bits}", bits, sign) for bits in (8, 16, 32, 64) for sign in "ui"]
PAGE = 4096


def ours(*words, lines=None):
    result = subprocess.run([TOOL, *words], input=lines, capture_output=True, text=True,
                            timeout=60, check=False)
    check(result.returncode == 0, result.stderr)
    return result.stdout


def generator(folder, values, size, version=2):
    """values: [(namespace, key, type, value)] with namespaces in one piece each."""
    if importlib.util.find_spec("esp_idf_nvs_partition_gen") is None:
        raise Skip("the generator is not installed")
    rows, last = ["key,type,encoding,value"], None
    for number, (space, key, kind, value) in enumerate(values):
        if space != last:
            rows.append(f"{space},namespace,,")
            last = space
        if kind == "string":
            rows.append(f"{key},data,string,{value}")
        elif kind == "blob" and number % 3 == 0:
            rows.append(f"{key},data,hex2bin,{value.hex()}")
        elif kind == "blob" and number % 3 == 1:
            rows.append(f"{key},data,base64,{base64.b64encode(value).decode()}")
        elif kind == "blob":
            (folder / f"{key}.blob").write_bytes(value)
            rows.append(f"{key},file,binary,{folder / f'{key}.blob'}")
        else:
            rows.append(f"{key},data,{kind},{value}")
    (folder / "in.csv").write_text("\n".join(rows) + "\n")
    result = subprocess.run(
        [sys.executable, "-m", "esp_idf_nvs_partition_gen", "generate", folder / "in.csv",
         folder / "theirs.bin", hex(size), "--version", str(version), "--outdir", folder],
        capture_output=True, text=True, timeout=120, check=False)
    check(result.returncode == 0, result.stdout, result.stderr)
    return folder / "theirs.bin"


def line_of(space, key, kind, value):
    if kind == "string":
        value = value.encode().hex()
    elif kind == "blob":
        value = value.hex()
    return f"{space} {key} {kind} {value}\n"


def compare(folder, values, size):
    lines = "".join(line_of(*value) for value in values)
    theirs = generator(folder, values, size)
    ours("write", folder / "ours.bin", str(size), lines=lines)
    found, wanted = (folder / "ours.bin").read_bytes(), theirs.read_bytes()
    check(len(found) == len(wanted), f"{len(found)} bytes instead of {len(wanted)}")
    differing = [at for at in range(len(wanted)) if found[at] != wanted[at]]
    check(not differing, f"{len(differing)} bytes differ, the first at {differing[:1]}")
    check(ours("read", theirs) == lines, "the values read are others")


def edges(bits, sign):
    if sign == "u":
        return [0, 1, 2 ** bits - 1]
    return [-2 ** (bits - 1), -1, 0, 2 ** (bits - 1) - 1]


def every_integer(folder):
    compare(folder, [("numbers", f"{kind}_{i}", kind, value) for kind, bits, sign in INTEGERS
                     for i, value in enumerate(edges(bits, sign))], 3 * PAGE)


def texts_of_all_lengths(folder):
    # The generator can't put a text on a page of its own: 3,967 bytes are its most, the format's 3,999.
    values = [("texts", f"t{length}", "string", "x" * length)
              for length in (0, 1, 30, 31, 32, 33, 127, 1000, 3967)]
    compare(folder, values + [("texts", "umlaut", "string", "Küche 一楼")], 8 * PAGE)


def blobs_of_all_lengths(folder):
    chance = random.Random(1)
    values = [("blobs", f"b{length}", "blob", chance.randbytes(length))
              for length in (1, 31, 32, 33, 1000, 3967, 3968, 4000, 4032, 10000, 40000)]
    compare(folder, values, 24 * PAGE)


def many_namespaces(folder):
    compare(folder, [(f"space{i}", "key", "u8", i) for i in range(100)], 6 * PAGE)


def chance_mixtures(folder):
    for seed in range(25):
        chance = random.Random(seed)
        values = []
        for space in range(chance.randint(1, 4)):
            for key in range(chance.randint(1, 40)):
                kind, bits, sign = chance.choice(INTEGERS)
                name = f"k{space}_{key}"
                what = chance.random()
                if what < 0.5:
                    values.append((f"s{space}", name, kind, chance.choice(edges(bits, sign))))
                elif what < 0.8:
                    text = "".join(chance.choice("abc XYZ0123/:.") for _ in
                                   range(chance.randint(1, 200))).strip() or "x"
                    values.append((f"s{space}", name, "string", text))
                else:
                    values.append((f"s{space}", name, "blob",
                                   chance.randbytes(chance.randint(1, 9000))))
        compare(folder, values, 0x60000)


def old_format(folder):
    """Version 1 has no blobs of many pages, and another kind of entry for blobs."""
    values = [("setting", "ssid", "string", "Garden-2G"), ("setting", "state", "u8", 1),
              ("setting", "gain", "blob", bytes(range(200))), ("setting", "level", "i32", -7)]
    theirs = generator(folder, values, 4 * PAGE, version=1)
    check(ours("read", theirs) == "".join(line_of(*value) for value in values))


TESTS = {
    "/peers/nvs/integers-of-every-type": every_integer,
    "/peers/nvs/texts-of-all-lengths": texts_of_all_lengths,
    "/peers/nvs/blobs-of-all-lengths": blobs_of_all_lengths,
    "/peers/nvs/many-namespaces": many_namespaces,
    "/peers/nvs/chance-mixtures": chance_mixtures,
    "/peers/nvs/version-1-is-read": old_format,
}

if __name__ == "__main__":
    sys.exit(main(TESTS))
