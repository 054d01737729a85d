#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Firmware in the forms that people have it, onto a simulated device and into files."""

import json
import os
import resource
import shutil
import signal
import sys

from harness import (APP, APP_OFFSET, FIRMWARE, FLASH_SIZE, Folder, MERGED, main, need, read, run,
                     sha, test)

ELF = os.path.join(FIRMWARE, "echokit_boards")
TABLE = os.path.join(FIRMWARE, "partitions.csv")
SETTINGS, SETTINGS_END = 0x9000, 0x209000


def bootloader(folder):
    return folder.file("bootloader.bin", read(MERGED)[:0x8000])


def small_files():
    """As on a disk that fills up: a write stops at 1 MiB, with an error instead of a signal."""
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 20, 1 << 20))


def fails(code, *args):
    """The command fails with that error, and says so in JSON."""
    result = json.loads(run(*args, "--json", code=1).stdout)
    assert result["success"] is False and result["code"] == code, result
    return result["error"]


def flash(device, *args):
    result = json.loads(run("flash", "-d", device, *args, "--json", code=0).stdout)
    assert result["verified"] is True and result["started"] is True, result
    assert result["started_version"] == "v0.3.1", result
    return result


@test
def program_makes_the_same_flash_as_the_published_image():
    need(ELF)
    with Folder() as folder:
        blank = folder.device + "&blank"
        flash(blank, MERGED)
        wanted = read(folder.flash)
        os.unlink(folder.flash)
        result = flash(blank, ELF, "--bootloader", bootloader(folder))
        assert result["board"] == "echokit-diy" and result["bootloader_from"] == "file"
        assert read(folder.flash) == wanted
        # a second time there is nothing to do, and what is there is sound
        again = flash(folder.device, ELF)
        assert again["changed"] is False and again["bootloader_from"] == "device"


def idf_build(folder):
    """What idf.py leaves, with the files in folders of their own."""
    merged = read(MERGED)
    build = os.path.join(folder.folder.name, "build")
    os.makedirs(os.path.join(build, "bootloader"))
    os.makedirs(os.path.join(build, "partition_table"))
    # exactly as long as it is: 20,592 bytes
    folder.file("build/bootloader/bootloader.bin", merged[:0x5070])
    folder.file("build/partition_table/partition-table.bin", merged[0x8000:0x8C00])
    folder.file("build/echokit.bin", read(APP))
    arguments = {
        "write_flash_args": ["--flash_mode", "dio", "--flash_size", "16MB", "--flash_freq", "40m"],
        "flash_settings": {"flash_mode": "dio", "flash_size": "16MB", "flash_freq": "40m"},
        "flash_files": {"0x0": "bootloader/bootloader.bin",
                        "0x8000": "partition_table/partition-table.bin",
                        "0x210000": "echokit.bin"},
        "bootloader": {"offset": "0x0", "file": "bootloader/bootloader.bin", "encrypted": "false"},
        "app": {"offset": "0x210000", "file": "echokit.bin", "encrypted": "false"},
        "extra_esptool_args": {"after": "hard_reset", "stub": True, "chip": "esp32s3"},
    }
    folder.file("build/flasher_args.json", json.dumps(arguments).encode())
    return build


def web_tools(folder):
    """The folder that a page with ESP Web Tools serves."""
    pages = os.path.join(folder.folder.name, "pages")
    os.makedirs(pages)
    folder.file("pages/echokit.bin", read(MERGED))
    manifest = {"name": "EchoKit", "version": "0.3.1", "builds": [
        {"chipFamily": "ESP32-C3", "parts": [{"path": "none.bin", "offset": 0}]},
        {"chipFamily": "ESP32-S3", "parts": [{"path": "echokit.bin", "offset": 0}]},
    ]}
    return folder.file("pages/manifest.json", json.dumps(manifest).encode())


@test
def every_form_makes_the_same_flash():
    need(ELF)
    with Folder() as folder:
        build = idf_build(folder)
        archive = shutil.make_archive(os.path.join(folder.folder.name, "build"), "zip", build)
        bundle = os.path.join(folder.folder.name, "flash_bundle.tar.gz")
        run("bundle", "create", "-o", bundle, MERGED, code=0)
        forms = {
            "merged image": [MERGED],
            "program": [ELF, "--bootloader", bootloader(folder)],
            "flash bundle": [bundle],
            "build folder": [build],
            "its description": [os.path.join(build, "flasher_args.json")],
            "build folder in a zip": [archive],
            "manifest": [web_tools(folder)],
            "files": ["0x0", os.path.join(build, "bootloader", "bootloader.bin"), "0x8000",
                      os.path.join(build, "partition_table", "partition-table.bin"),
                      hex(APP_OFFSET), APP],
        }
        flashes = {}
        for form, words in forms.items():
            flash(folder.device + "&blank", *words)
            flashes[form] = sha(folder.flash)
            os.unlink(folder.flash)
        assert len(set(flashes.values())) == 1, flashes


@test
def program_keeps_bootloader_and_settings_of_the_device():
    need(ELF)
    with Folder() as folder:
        run("probe", "-d", folder.device, code=0)
        before = read(folder.flash)
        result = flash(folder.device, ELF, "--flash-size", "16mb", "--monitor", "--port",
                       folder.device)
        after = read(folder.flash)
        assert result["bootloader_from"] == "device" and result["keeps_settings"] is True
        assert after[:0x8000] == before[:0x8000]
        assert after[SETTINGS:SETTINGS_END] == before[SETTINGS:SETTINGS_END]
        app = read(APP)
        assert after[APP_OFFSET : APP_OFFSET + len(app)] == app


@test
def program_alone_does_not_start_a_blank_device():
    need(ELF)
    with Folder() as folder:
        blank = folder.device + "&blank"
        assert "there is none" in fails("no-bootloader", "flash", "-d", blank, ELF)
        assert read(folder.flash) == b"\xff" * FLASH_SIZE
        run("probe", "-d", folder.device, code=0)
        fails("no-bootloader", "flash", "-d", folder.device, "--erase-all", ELF)


@test
def plan_says_where_the_bootloader_comes_from():
    need(ELF)
    with Folder() as folder:
        run("probe", "-d", folder.device, code=0)
        text = run("flash", "-n", "-d", folder.device, ELF, code=0).stdout
        assert "keep" in text and "the device's own boot loader is sound" in text, text


@test
def program_goes_by_another_table():
    need(ELF)
    layout_b = "nvs,data,nvs,0x9000,0x6000\nphy_init,data,phy,0xf000,0x1000\n" \
               "factory,app,factory,0x10000,0xfa0000\n"
    with Folder() as folder:
        table = folder.file("b.csv", layout_b.encode())
        flash(folder.device + "&blank", ELF, "--bootloader", bootloader(folder),
              "--partition-table", table)
        app = read(APP)
        assert read(folder.flash)[0x10000 : 0x10000 + len(app)] == app
        # an image goes by it just as well
        os.unlink(folder.flash)
        flash(folder.device + "&blank", APP, "--bootloader", bootloader(folder),
              "--partition-table", table)
        assert read(folder.flash)[0x10000 : 0x10000 + len(app)] == app


@test
def program_is_never_written_as_it_is():
    need(ELF)
    with Folder() as folder:
        fails("not-firmware", "flash", "-d", folder.device, "0x10000", ELF, "0x9000", TABLE)
        fails("not-firmware", "flash", "-d", folder.device, "--address", "0x10000", ELF)
        # nor are options ignored that can't mean anything
        run("flash", "-d", folder.device, "-s", "16mb", "--address", "0x10000", APP, code=2)
        run("flash", "-d", folder.device, "-s", "16mb", "0x10000", APP, "0x9000", TABLE, code=2)


@test
def bad_programs_are_refused_before_the_device():
    need(ELF)
    program = read(ELF)
    sections = int.from_bytes(program[32:36], "little")
    with Folder() as folder:
        for size in (4, 15, 51, 52, 0x1000, 0xF8000, sections, sections + 39, len(program) - 1):
            path = folder.file("cut.elf", program[:size])
            fails("firmware-damaged", "flash", "-d", folder.device, path)
        for offset, value, code in ((4, 2, "not-firmware"), (5, 2, "not-firmware"),
                                    (16, 1, "not-firmware"), (18, 62, "not-firmware"),
                                    (18, 243, "firmware-wrong-chip")):
            path = folder.file("bad.elf", program[:offset] + bytes([value]) + program[offset + 1 :])
            fails(code, "flash", "-d", folder.device, path)
        fails("firmware-wrong-chip", "flash", "-d", folder.device, "--chip", "esp32c3", ELF)
        assert not os.path.exists(folder.flash)


@test
def image_is_espflash_s():
    need(ELF)
    with Folder() as folder:
        image = os.path.join(folder.folder.name, "app.bin")
        merged = os.path.join(folder.folder.name, "merged.bin")
        result = json.loads(
            run("save-image", "--chip", "esp32s3", "-s", "16MB", ELF, image, "--json", code=0).stdout
        )
        assert read(image) == read(APP)
        assert result["size"] == len(read(APP)) and result["board"] == "echokit-diy"
        assert result["chip"] == "esp32s3" and result["merged"] is False
        run("save-image", "--merge", "--bootloader", bootloader(folder), "--partition-table", TABLE,
            ELF, merged, code=0)
        assert read(merged) == read(MERGED)
        run("save-image", "--merge", "--skip-padding", "--bootloader", bootloader(folder), ELF,
            merged, code=0)
        assert read(merged) == read(MERGED)[: APP_OFFSET + len(read(APP))]


@test
def sizes_of_flash_are_spelled_in_many_ways():
    need(ELF)
    with Folder() as folder:
        image = os.path.join(folder.folder.name, "app.bin")
        for size in ("16mb", "16MB", "16Mb", "16m", "16384kb", "0x1000000"):
            run("save-image", "-q", "-s", size, ELF, image, code=0)
            assert read(image) == read(APP), size
        for size in ("16", "17mb", "0mb", "mb", "-1mb", "16 mb", "99999999999mb", "256mb", "512kb"):
            fails("invalid-argument", "save-image", "--flash-size=" + size, ELF, image)
        for option in ("--flash-mode=opi", "--flash-freq=81mhz", "--flash-freq=x",
                       "--min-chip-rev=1.2.3", "--mmu-page-size=1kb", "--chip=esp99"):
            fails("invalid-argument", "save-image", option, ELF, image)


@test
def image_is_saved_whole_or_not_at_all():
    need(ELF)
    with Folder() as folder:
        name = folder.folder.name
        old = folder.file("old.bin", b"precious")
        fails("not-firmware", "save-image", APP, old)
        fails("file-not-found", "save-image", os.path.join(name, "none"), old)
        fails("no-bootloader", "save-image", "--merge", ELF, old)
        fails("firmware-too-big", "save-image", "--merge", "-s", "8mb", "--bootloader",
              bootloader(folder), ELF, old)
        assert read(old) == b"precious"
        fails("file-write", "save-image", ELF, name)
        fails("file-write", "save-image", ELF, "/dev/null")
        assert os.path.exists("/dev/null") and not os.path.isfile("/dev/null")
        fails("file-write", "save-image", ELF, os.path.join(name, "no", "folder"))
        for path, left in ((old, b"precious"), (os.path.join(name, "new.bin"), None)):
            result = run("save-image", ELF, path, code=1, preexec_fn=small_files)
            assert "[file-write]" in result.stderr, result.stderr
            assert (read(path) if os.path.exists(path) else None) == left
        assert sorted(os.listdir(name)) == ["bootloader.bin", "old.bin"]
    run("save-image", "a", code=2)
    run("save-image", "--skip-padding", "a", "b", code=2)


@test
def info_tells_what_a_file_holds():
    need(ELF)

    def info(path):
        return json.loads(run("image", "info", path, "--json", code=0).stdout)

    merged = info(MERGED)
    assert merged["format"] == "merged" and merged["layout"] == "A"
    assert merged["board"] == "echokit-diy" and merged["version"] == "v0.3.1"
    assert [part["kind"] for part in merged["parts"]] == ["bootloader", "partition-table", "app"]
    assert [part["label"] for part in merged["partitions"]] == ["nvs", "phy_init", "factory", "model"]
    app = merged["app"]
    assert app["size"] == len(read(APP)) and app["chip"] == "esp32s3" and app["flash_mode"] == "dio"
    assert app["elf_sha256"].startswith("4cd45df2424076d2") and len(app["segments"]) == 6
    assert info(APP)["format"] == "app" and info(ELF)["format"] == "elf"
    assert info(ELF)["app"]["segments"] == app["segments"]
    with Folder() as folder:
        alone = info(bootloader(folder))
        assert alone["format"] == "bootloader" and alone["bootloader"]["flash_size"] == FLASH_SIZE
        damaged = bytearray(read(APP))
        damaged[0x1000] ^= 1
        fails("firmware-damaged", "image", "info", folder.file("damaged.bin", damaged))
        fails("not-firmware", "image", "info", folder.file("text", b"hello"))
    for path in (MERGED, APP, ELF):
        assert "v0.3.1" in run("image", "info", path, code=0).stdout
    run("image", code=2)
    run("image", "juggle", APP, code=2)


@test
def tables_are_shown_and_converted():
    need(MERGED)
    with Folder() as folder:
        binary = os.path.join(folder.folder.name, "table.bin")
        csv = os.path.join(folder.folder.name, "table.csv")
        run("partition-table", "--to", "bin", "-o", binary, TABLE, code=0)
        assert read(binary) == read(MERGED)[0x8000:0x8C00]
        run("partition-table", binary, "--to-csv", "--output", csv, code=0)
        shown = run("partition-table", MERGED, "--to", "csv", code=0).stdout
        assert read(csv).decode() == shown and "factory" in shown
        run("partition-table", "--to-binary", "-o", binary, csv, code=0)
        assert read(binary) == read(MERGED)[0x8000:0x8C00]
        table = json.loads(run("partition-table", csv, "--json", code=0).stdout)
        assert table["layout"] == "A" and table["form"] == "csv"
        assert table["partitions"][2] == {"label": "factory", "type": 0, "subtype": 0,
                                          "offset": "0x210000", "size": 0x500000}
        assert "layout A" in run("partition-table", MERGED, code=0).stdout
        broken = bytearray(read(binary))
        broken[5] ^= 1
        fails("partition-table", "partition-table", folder.file("broken.bin", broken))
        fails("partition-table", "partition-table", folder.file("text", b"hello\n"))
    run("partition-table", "--to", "bin", TABLE, code=2)
    run("partition-table", "--to", "yaml", TABLE, code=2)
    run("partition-table", code=2)


sys.exit(main("formats"))
