#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Measures ekflash against esptool on the same simulated chip and timing model.

Both are processes that talk to a simulated device of their own, which was just plugged in. Over USB
it is behind a TCP port; a UART is behind a pseudo terminal, because a socket has no speed. Time and
bytes are those of the timing model, so that they don't depend on this computer. Every run's result
is compared with what the flash has to hold.

The physical limit is what the model's flash chip needs for what has to change, or the wire for that
in compressed form, whichever is longer: no start, no stub, no hash, no framing.
"""

import argparse
import ctypes
import ctypes.util
import os
import statistics
import subprocess
import sys
import tempfile
import zlib
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "peers"))
sys.path.insert(0, str(Path(__file__).resolve().parent))
import conversion  # noqa: E402
import saving  # noqa: E402
import window  # noqa: E402
from simulated import (APP, BLOCK, FLASH_SIZE, NVS, NVS_SIZE, SECTOR,  # noqa: E402
                       Simulator, esptool, parts_of_image, run, settings_flash)

PAGE = 256
# The timing model's own figures (ekflash simulate --help), in seconds and bytes a second.
ERASE_BLOCK = 0.150
ERASE_SECTOR = 0.045
PROGRAM_PAGE = 400e-6
USB_RATE = 1e6

GOALS = {"limit": 1.05, "image": 0.6, "parts": 0.95, "bytes": 0.98, "same": 0.25, "one": 0.2}
MEMORY_GOAL = 64 << 20
CONVERSIONS = 11

# name: (words, baud or None for USB, without a stub)
LINKS = {
    "usb": ("USB-Serial/JTAG", None, False),
    "921600": ("UART 921600", 921600, False),
    "2000000": ("UART 2000000", 2000000, False),
    "rom": ("UART 921600, no stub", 921600, True),
}
STARTS = {
    "old": "full install over another version",
    "same": "again, nothing changed",
    "one": "one sector of 4 KiB differs",
    "blank": "full install on a blank chip",
}
PEERS = {
    "image": "the 16 MiB image",
    "parts": "the three segments",
    "skip": "the three segments, --skip-flashed",
}
CELLS = [(start, link, ("image", "parts"))
         for start in ("old", "blank") for link in ("usb", "921600", "2000000")]
CELLS += [(start, link, ("image", "parts", "skip"))
          for start in ("same", "one") for link in ("usb", "921600", "2000000")]
CELLS += [("old", "rom", ("image", "parts"))]
QUICK_CELLS = [cell for cell in CELLS if cell[1] in ("usb", "921600")]


def moved(data, header):
    """The same bytes elsewhere, as relinking moves code; the first `header` bytes stay."""
    body = data[header:]
    return data[:header] + body[4931:] + body[:4931]


class Firmware:
    """The published image, and what chips hold before it is installed."""

    def __init__(self, shared):
        self.path = shared / "firmware" / "echokit_boards.bin"
        self.image = self.path.read_bytes()
        self.parts = parts_of_image(self.image)
        if self.parts[-1][1] != (shared / "firmware" / "echokit_boards-app.bin").read_bytes():
            raise SystemExit("the app in the image is not echokit_boards-app.bin")
        settings = (shared / "firmware" / "settings-with-picture-2m.bin").read_bytes()
        same = settings_flash(self.image, settings)
        self.starts = {"same": same, "old": self.older(same), "one": self.altered(same),
                       "blank": b"\xff" * FLASH_SIZE}

    def older(self, flash):
        """No sector of boot loader and app is the same, as between releases (facts 7.3)."""
        flash = bytearray(flash)
        for offset, data in (self.parts[0], self.parts[-1]):
            # Image header and app description end at 0x120.
            old = moved(data, 0x120)
            flash[offset:offset + len(data)] = old.replace(b"v0.3.1", b"v0.3.0")
        return bytes(flash)

    def altered(self, flash):
        middle = APP + len(self.parts[-1][1]) // 2 // SECTOR * SECTOR
        sector = bytes(byte ^ 0x5A for byte in flash[middle:middle + SECTOR])
        return flash[:middle] + sector + flash[middle + SECTOR:]

    def target(self, start):
        """What has to be there in the end: the segments, to the ends of their sectors."""
        flash = bytearray(self.starts[start])
        for offset, data in self.parts:
            size = -(-len(data) // SECTOR) * SECTOR
            flash[offset:offset + size] = self.image[offset:offset + size]
        return bytes(flash)


def deflated_size(data):
    """The size of the smallest zlib stream that a library at hand makes."""
    path = ctypes.util.find_library("deflate")
    if not path or not data:
        return len(zlib.compress(data, 9)) if data else 0

    library = ctypes.CDLL(path)
    library.libdeflate_alloc_compressor.restype = ctypes.c_void_p
    library.libdeflate_zlib_compress.restype = ctypes.c_size_t
    library.libdeflate_zlib_compress.argtypes = [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_size_t,
                                                 ctypes.c_char_p, ctypes.c_size_t]
    compressor = library.libdeflate_alloc_compressor(12)
    room = ctypes.create_string_buffer(len(data) + 4096)
    size = library.libdeflate_zlib_compress(compressor, data, len(data), room, len(room))
    library.libdeflate_free_compressor(ctypes.c_void_p(compressor))
    return size


def pages(data):
    return sum(data[i:i + PAGE] != b"\xff" * PAGE for i in range(0, len(data), PAGE))


def needs_erase(old, new):
    """Programming only clears bits."""
    return int.from_bytes(old, "big") & int.from_bytes(new, "big") != int.from_bytes(new, "big")


def block_cost(old, new, whole):
    """Seconds to change 64 KiB, and what of them differs; `whole`: one erase may do for all."""
    changed = [i for i in range(0, BLOCK, SECTOR) if old[i:i + SECTOR] != new[i:i + SECTOR]]
    differing = b"".join(new[i:i + SECTOR] for i in changed)
    n_erased = sum(needs_erase(old[i:i + SECTOR], new[i:i + SECTOR]) for i in changed)
    seconds = n_erased * ERASE_SECTOR + pages(differing) * PROGRAM_PAGE
    if whole and n_erased:
        seconds = min(seconds, ERASE_BLOCK + pages(new) * PROGRAM_PAGE)
    return seconds, differing


def limit(old, new, baud):
    """(seconds of the flash chip, seconds of the wire) that nothing can save.

    A block that holds settings is not erased whole: they would be gone if power failed then.
    """
    flash = 0
    differing = b""
    for at in range(0, len(new), BLOCK):
        whole = at + BLOCK <= NVS or at >= NVS + NVS_SIZE
        seconds, data = block_cost(old[at:at + BLOCK], new[at:at + BLOCK], whole)
        flash += seconds
        differing += data
    return flash, deflated_size(differing) / (baud / 10 if baud else USB_RATE)


class Bench:
    """Runs one program on one device and notes what it cost."""

    def __init__(self, options, firmware, folder):
        self.options = options
        self.ekflash = options.build / "src" / "cli" / "ekflash"
        self.firmware = firmware
        self.folder = folder
        self.part_arguments = []
        for offset, data in firmware.parts:
            path = folder / f"{offset:x}.bin"
            path.write_bytes(data)
            self.part_arguments += [hex(offset), str(path)]

    def simulator(self, start, link):
        baud = LINKS[link][1]
        flash = self.folder / "flash.bin"
        flash.write_bytes(self.firmware.starts[start])
        options = ["usb=uart"] if baud else ["usb=jtag"]
        if self.options.md5_rate:
            options.append(f"md5-rate={self.options.md5_rate}")
        return Simulator(self.ekflash, flash, options, self.folder / "tty" if baud else None)

    def run_ekflash(self, device, link, memory=False):
        _, baud, no_stub = LINKS[link]
        command = [str(self.ekflash), "flash", "--device", device, "--no-reset", "--no-restart",
                   "--no-start-check", "--quiet"]
        command += ["--baud", str(baud)] if baud else []
        command += ["--no-stub"] if no_stub else []
        return run(command + [str(self.firmware.path)], 300, memory)

    def run_esptool(self, device, link, peer):
        _, baud, no_stub = LINKS[link]
        options = ["--baud", str(baud)] if baud else []
        options += ["--no-stub"] if no_stub else []
        what = ["0x0", str(self.firmware.path)] if peer == "image" else self.part_arguments
        skip = ["--skip-flashed"] if peer == "skip" else []
        return esptool(device, "write-flash", *skip, *what, options=options, timeout=300)

    def check(self, contents, start, peer):
        """A fast run that did something else would be no run."""
        wanted = [(0, self.firmware.image)]
        if peer != "image":
            settings = self.firmware.starts[start][NVS:NVS + NVS_SIZE]
            wanted = [*self.firmware.parts, (NVS, settings)]
        for offset, data in wanted:
            if contents[offset:offset + len(data)] != data:
                return f"what is at {offset:#x} is wrong"
        return None

    def measure(self, start, link, peer, memory=False):
        """One run: the simulator's costs, and the process's seconds."""
        simulator = self.simulator(start, link)
        with simulator:
            if peer == "ekflash":
                result = self.run_ekflash(simulator.device, link, memory)
            else:
                result = self.run_esptool(simulator.device, link, peer)
        problem = f"exit code {result.code}" if result.code != 0 else None
        problem = problem or self.check(simulator.contents(), start, peer)
        if problem:
            raise SystemExit(f"{peer}, {start}, {link}: {problem}\n{result.output}")
        return dict(simulator.stats, wall=result.seconds, peak=result.peak)

    def measure_cell(self, start, link, peers):
        """Interleaved runs of all; {program: {figure: median}}."""
        runs = {name: [] for name in (*peers, "ekflash")}
        for _ in range(self.options.pairs):
            for name, list_of_runs in runs.items():
                list_of_runs.append(self.measure(start, link, name))
        return {name: {key: statistics.median(one[key] for one in some) for key in some[0]}
                for name, some in runs.items()}


def mark(ratio, goal):
    return f"≤ {goal}: {'yes' if ratio <= goal else 'NO'}" if goal else "–"


def goal_for(start, peer):
    if peer == "skip":
        return None
    return GOALS[start] if start in ("same", "one") else GOALS[peer]


def print_peers(results):
    print("\n## Against esptool\n")
    print("| case | wire | esptool writes | esptool s | ekflash s | ratio | goal "
          "| esptool bytes | ekflash bytes | ratio | goal | process s: esptool, ekflash |")
    print("|---|---|---|--:|--:|--:|---|--:|--:|--:|---|--:|")
    for (start, link, peers), figures in results:
        ours = figures["ekflash"]
        for peer in peers:
            theirs = figures[peer]
            time = ours["now_us"] / theirs["now_us"]
            sent = ours["bytes_to_chip"] / theirs["bytes_to_chip"]
            sent_goal = GOALS["bytes"] if start in ("old", "blank") else None
            print(f"| {STARTS[start]} | {LINKS[link][0]} | {PEERS[peer]} "
                  f"| {theirs['now_us'] / 1e6:.2f} | {ours['now_us'] / 1e6:.2f} | {time:.3f} "
                  f"| {mark(time, goal_for(start, peer))} "
                  f"| {theirs['bytes_to_chip']:.0f} | {ours['bytes_to_chip']:.0f} | {sent:.3f} "
                  f"| {mark(sent, sent_goal)} | {theirs['wall']:.2f}, {ours['wall']:.2f} |")


def print_limits(results, firmware):
    print("\n## Against the limit of the timing model\n")
    print("| case | wire | flash s | wire s | limit s | ekflash s | ratio | goal "
          "| hashing s | ratio without hashing | goal |")
    print("|---|---|--:|--:|--:|--:|--:|---|--:|--:|---|")
    for (start, link, _), figures in results:
        ours = figures["ekflash"]
        flash, wire = limit(firmware.starts[start], firmware.target(start), LINKS[link][1])
        longest = max(flash, wire)
        seconds, hashing = ours["now_us"] / 1e6, ours["hash_us"] / 1e6
        goal = GOALS["limit"] if start in ("old", "blank") and link != "rom" else None
        ratios = [value / longest if longest else float("nan")
                  for value in (seconds, seconds - hashing)]
        words = [f"{ratio:.3f} | {mark(ratio, goal)}" if longest else "– | –"
                 for ratio in ratios]
        print(f"| {STARTS[start]} | {LINKS[link][0]} | {flash:.2f} | {wire:.2f} | {longest:.2f} "
              f"| {seconds:.2f} | {words[0]} | {hashing:.2f} | {words[1]} |")


def parse_arguments():
    parser = argparse.ArgumentParser(prog="scripts/bench", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", type=Path, default=Path("build"), help="the build folder")
    parser.add_argument("--pairs", type=int, default=5, help="runs of each, interleaved (5)")
    parser.add_argument("--quick", action="store_true", help="one pair, fewer wires")
    parser.add_argument("--conversion", action="store_true",
                        help="only from ELF to image, by this computer's clock")
    parser.add_argument("--saving", action="store_true",
                        help="only saving, comparing, and several devices at once")
    parser.add_argument("--window", action="store_true",
                        help="only until the window is there, by this computer's clock")
    parser.add_argument("--md5-rate", type=float, help="bytes the chip hashes a second: assumed to "
                        "be 6e6, not measured on a chip")
    options = parser.parse_args()
    options.pairs = 1 if options.quick else options.pairs
    return options


def main():
    options = parse_arguments()
    if options.window:
        window.report(window.measure(options.build))
        return 0

    shared = Path(os.environ.get("EK_SHARED_DIR",
                                 Path(__file__).resolve().parents[3] / "shared"))
    if not (shared / "firmware").is_dir():
        raise SystemExit(f"no firmware in {shared}: set EK_SHARED_DIR")
    version = subprocess.run([sys.executable, "-m", "esptool", "version"], capture_output=True,
                             text=True, check=True).stdout.split()[-1]
    ekflash = options.build / "src" / "cli" / "ekflash"
    if options.conversion:
        with tempfile.TemporaryDirectory(prefix="ekflash-bench-") as folder:
            conversion.report(conversion.measure(ekflash, shared / "firmware", Path(folder),
                                                 CONVERSIONS))
        return 0

    firmware = Firmware(shared)
    if options.saving:
        with tempfile.TemporaryDirectory(prefix="ekflash-bench-") as folder:
            saving.report(saving.measure(ekflash, firmware, Path(folder)))
        return 0

    results = []
    with tempfile.TemporaryDirectory(prefix="ekflash-bench-") as folder:
        converted = conversion.measure(ekflash, shared / "firmware", Path(folder), CONVERSIONS)
        bench = Bench(options, firmware, Path(folder))
        for cell in QUICK_CELLS if options.quick else CELLS:
            print(f"{STARTS[cell[0]]}, {LINKS[cell[1]][0]}…", file=sys.stderr, flush=True)
            results.append((cell, bench.measure_cell(*cell)))
        saved = saving.measure(ekflash, firmware, Path(folder))
        memory = max(bench.measure("old", link, "ekflash", memory=True)["peak"]
                     for link in ("usb", "921600"))

    print(f"# ekflash and esptool {version} on a simulated ESP32-S3\n")
    print(f"Median of {options.pairs}, interleaved. Hashing at {options.md5_rate or 6e6:g} bytes a "
          "second is assumed, not measured on a chip.")
    print_peers(results)
    print_limits(results, firmware)
    conversion.report(converted)
    saving.report(saved)
    print(f"\nPeak memory of ekflash, full install: {memory / (1 << 20):.1f} MiB "
          f"(≤ {MEMORY_GOAL >> 20}: {'yes' if memory <= MEMORY_GOAL else 'NO'})")
    return 0


if __name__ == "__main__":
    sys.exit(main())
