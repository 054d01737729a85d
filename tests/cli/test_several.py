#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""flash on several devices at once, and flash of exact bytes."""

import json
import os
import pty
import sys

from harness import APP, EKFLASH, FLASH_SIZE, MERGED, Folder, main, need, read, run, test


@test
def usage():
    run("flash", "--all", "-d", "sim:", "x", code=2)
    run("flash", "--exact", "--fresh", "x", code=2)
    run("flash", "--exact", "--erase-all", "x", code=2)
    run("probe", "-d", "sim:", "--port", "sim:", code=0)
    failed = run("probe", "-d", "sim:", "-d", "sim:esp32c3", "--json", code=1)
    assert json.loads(failed.stdout)["code"] == "several-devices"


@test
def each_device_has_its_result():
    need(APP)
    with Folder() as one, Folder() as two:
        words = ["flash", APP, "-d", one.device, "-d", two.device + "&mac=98:a3:16:00:11:22"]
        said = run(*words, "--json", code=0)
        results = json.loads(said.stdout)
        assert said.stderr == "" and len(results) == 2
        for result in results:
            assert result["success"] is True and result["started"] is True
            assert result["firmware_path"] == APP and isinstance(result["elapsed_seconds"], float)
        assert results[1]["mac_address"] == "98:a3:16:00:11:22"
        assert read(one.flash) == read(two.flash)
        people = run(*words, code=0)
        assert people.stdout.count("started") == 2
        assert "\033" not in people.stderr and "\r" not in people.stderr


@test
def one_that_fails_does_not_stop_the_others():
    need(APP)
    with Folder() as one, Folder() as two:
        devices = [one.device, "sim:esp32c3?usb=uart", "/dev/ttyEK-none", "sim:nonsense", two.device]
        words = [word for device in devices for word in ("-d", device)]
        said = run("flash", APP, *words, "--json", code=1)
        results = json.loads(said.stdout)
        assert [result["success"] for result in results] == [True, False, False, False, True]
        assert [result.get("code") for result in results] == [
            None, "firmware-wrong-chip", "port-not-found", "invalid-argument", None]
        assert results[3]["port"] == "sim:nonsense" and results[3]["advice"]["title"]
        assert read(one.flash) == read(two.flash)


@test
def a_table_on_a_terminal():
    need(APP)
    pid, terminal = pty.fork()
    if pid == 0:
        os.execv(EKFLASH, [EKFLASH, "flash", APP, "-d", "sim:esp32s3?pace=20", "-d",
                           "sim:esp32s3?pace=20&mac=98:a3:16:00:11:22"])
    shown = b""
    try:
        while chunk := os.read(terminal, 65536):
            shown += chunk
    except OSError:
        pass
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0, shown
    os.close(terminal)
    assert b"\033[2A" in shown and b" %  Writing" in shown


@test
def exactly_the_bytes():
    need(MERGED)
    with Folder() as folder:
        path = os.path.join(folder.folder.name, "device.bin")
        run("flash", "-d", folder.device, MERGED, code=0)
        run("backup", "-d", folder.device, path, code=0)
        saved = read(folder.flash)
        run("erase", "-d", folder.device, "-P", "nvs", "--yes", code=0)
        # As it is always done: what is there now stays, and nothing is there.
        run("flash", "-d", folder.device, path, code=0)
        result = json.loads(run("flash", "-d", folder.device, "--exact", path, "--json").stdout)
        assert result["success"] is True and result["verified"] is True, result
        assert read(folder.flash) == saved and len(saved) == FLASH_SIZE
        run("flash", "-d", folder.device, "--exact", "--address", "0x0", MERGED, code=0)
        assert read(folder.flash) == read(MERGED)
        # Exact bytes are checked all the same.
        failed = run("flash", "-d", "sim:esp32c3?usb=uart", "--exact", MERGED, "--json", code=1)
        assert json.loads(failed.stdout)["code"] == "firmware-wrong-chip"


@test
def other_commands_on_several():
    with Folder() as one, Folder() as two:
        devices = ["-d", one.device, "-d", two.device + "&mac=98:a3:16:00:11:22"]
        saved = os.path.join(one.folder.name, "device.bin")
        run("backup", "-d", one.device, saved, code=0)
        run("probe", "-d", two.device, code=0)
        results = json.loads(run("verify", *devices, saved, "--json", code=0).stdout)
        assert [result["verified"] for result in results] == [True, True]

        words = ["erase", "--address", "0x9000", "--size", "0x1000", *devices]
        run(*words, code=2)
        results = json.loads(run(*words, "--yes", "-d", "sim:nonsense", "--json", code=1).stdout)
        assert [result["success"] for result in results] == [True, True, False]
        results = json.loads(run("verify", *devices, saved, "--json", code=1).stdout)
        assert [result["mismatch"] for result in results] == [True, True]

        results = json.loads(run("restore", *devices, saved, "--json", code=0).stdout)
        assert [result["bytes_written"] for result in results] == [4096, 4096]
        assert [result["other_device"] for result in results] == [False, True]
        assert read(one.flash) == read(two.flash) == read(saved)
        for command in (["verify", saved], ["restore", saved], ["erase", "--yes"]):
            run(*command, "--all", "-d", "sim:", code=2)


sys.exit(main("several"))
