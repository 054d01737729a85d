#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""backup and restore as a script sees them."""

import hashlib
import json
import os
import resource
import signal
import stat
import subprocess
import sys

from harness import EKFLASH, FLASH_SIZE, MERGED, Folder, main, need, read, run, test


def json_of(*words, code=0):
    result = run(*words, "--json", code=code)
    assert result.stderr == "", result.stderr
    return json.loads(result.stdout)


@test
def usage():
    for command in ("backup", "restore"):
        assert "Usage:" in run(command, "--help", code=0).stdout
        run(command, code=2)
        run(command, "a", "b", code=2)
    run("backup", "--partition", "nvs", "--no-bootloader", "a", code=2)
    run("restore", "--partition", "nvs", "--address", "0", "a", code=2)
    run("restore", "--address", "here", "a", code=2)


@test
def backup_has_the_keys_of_esp_flash_backup():
    with Folder() as folder:
        path = os.path.join(folder.folder.name, "saved", "device.bin")
        result = json_of("backup", "-d", folder.device, path)
        assert result["success"] is True and result["port"] == "sim:esp32s3"
        assert result["output_path"] == path and result["start_address"] == "0x0"
        assert result["bytes_read"] == FLASH_SIZE
        assert isinstance(result["elapsed_seconds"], float)
        assert result["manifest_path"] == path + ".json" and result["warnings"] == []
        assert read(path) == read(folder.flash)
        for name in (path, path + ".json"):
            assert stat.S_IMODE(os.stat(name).st_mode) == 0o600, name
        manifest = json.loads(read(path + ".json"))
        assert manifest["mac_address"] == result["mac_address"]
        assert manifest["sha256"] == result["sha256"] == hashlib.sha256(read(path)).hexdigest()
        assert b"not-a-secret" in read(path) and b"not-a-secret" not in read(path + ".json")

        said = run("backup", "-d", folder.device, path, code=0).stdout
        assert "Wi-Fi password" in said and "only you can read it" in said

        without = json_of("backup", "-d", folder.device, "--no-bootloader", path)
        assert without["start_address"] == "0x1000"
        assert without["bytes_read"] == FLASH_SIZE - 0x1000
        assert "boot loader is at 0x0" in without["warnings"][0]
        assert read(path) == read(folder.flash)[0x1000:]


@test
def restore_brings_it_back():
    with Folder() as folder, Folder() as other:
        path = os.path.join(folder.folder.name, "device.bin")
        json_of("backup", "-d", folder.device, path)
        saved = read(folder.flash)
        run("erase", "-d", folder.device, "--yes", code=0)
        dry = json_of("restore", "-d", folder.device, "--dry-run", path)
        assert dry["changed"] is False and dry["verified"] is False and dry["plan"]
        assert read(folder.flash) == b"\xff" * FLASH_SIZE
        result = json_of("restore", "-d", folder.device, path)
        assert result["success"] is True and result["verified"] is True
        assert result["changed"] is True and result["other_device"] is False
        assert read(folder.flash) == saved
        again = json_of("restore", "-d", folder.device, path)
        assert again["changed"] is False and again["bytes_written"] == 0

        device = other.device + "&mac=98:a3:16:00:11:22"
        result = json_of("restore", "-d", device, path)
        assert result["other_device"] is True and "another device" in result["warnings"][0]
        assert "another device" in run("restore", "-d", device, path, code=0).stderr
        assert read(other.flash) == saved


@test
def one_partition():
    with Folder() as folder:
        path = os.path.join(folder.folder.name, "nvs.bin")
        assert json_of("backup", "-d", folder.device, "-P", "nvs", path)["partition"] == "nvs"
        saved = read(folder.flash)
        run("erase", "-d", folder.device, "-P", "nvs", "--yes", code=0)
        assert b"Demo garden" not in read(folder.flash)
        json_of("restore", "-d", folder.device, path)
        assert read(folder.flash) == saved


@test
def backup_can_be_installed():
    """With `flash`, which keeps the settings that are there."""
    need(MERGED)
    with Folder() as folder:
        path = os.path.join(folder.folder.name, "device.bin")
        run("flash", "-d", folder.device, MERGED, code=0)
        json_of("backup", "-d", folder.device, path)
        saved = read(folder.flash)
        run("erase", "-d", folder.device, "--yes", code=0)
        assert json_of("flash", "-d", folder.device, path)["version"] == "v0.3.1"
        assert read(folder.flash) == saved


@test
def refusals_have_error_code_and_advice():
    with Folder() as folder:
        path = os.path.join(folder.folder.name, "device.bin")
        json_of("backup", "-d", "sim:", path)
        rows = [
            ("firmware-wrong-chip", ["-d", "sim:esp32c3?usb=uart", path]),
            ("firmware-too-big", ["-d", "sim:esp32s3?size=8MB", path]),
            ("invalid-argument", ["-d", "sim:", "-P", "nose", path]),
            ("file-not-found", ["-d", "sim:", path + ".none"]),
        ]
        for code, words in rows:
            result = json_of("restore", *words, code=1)
            assert result["success"] is False and result["code"] == code, (words, result)
            assert result["advice"]["title"] and result["error"]
        with open(path, "r+b") as file:
            file.seek(0x300000)
            file.write(b"?")
        assert json_of("restore", "-d", "sim:", path, code=1)["code"] == "firmware-damaged"
        assert "Nothing was changed" in run("restore", "-d", "sim:", path, code=1).stderr
        os.truncate(path + ".json", 100)
        assert json_of("restore", "-d", "sim:", path, code=1)["code"] == "firmware-damaged"


@test
def full_disk_and_interruption():
    def limit():
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 20, 1 << 20))

    with Folder() as folder:
        path = os.path.join(folder.folder.name, "copy.bin")
        json_of("backup", "-d", folder.device, path)
        before, manifest = read(path), read(path + ".json")
        failed = run("backup", "-d", "sim:", path, "--json", preexec_fn=limit, code=1)
        assert json.loads(failed.stdout)["code"] == "disk-full"
        words = ["backup", "-d", folder.device + "&pace=3", path]
        process = subprocess.Popen([EKFLASH, *words], stderr=subprocess.PIPE, text=True)
        while "Reading" not in process.stderr.readline():
            pass
        process.send_signal(signal.SIGINT)
        said = process.stderr.read()
        process.stderr.close()
        assert process.wait(30) == 130, said
        # What was there before is there still, whole, with its own manifest.
        assert read(path) == before and read(path + ".json") == manifest


sys.exit(main("saving"))
