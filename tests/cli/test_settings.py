#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""ekflash settings and flash --wifi: set, shown, cleared, and the password in no output."""

import json
import os
import pty
import resource
import select
import signal
import stat
import subprocess
import sys
import time

from harness import (APP_OFFSET, EKFLASH, FIRMWARE, FLASH_SIZE, MERGED, Folder, main, need, read,
                     run, test)

LAYOUT_B = os.path.join(FIRMWARE, "layout-b.bin")
SETTINGS = os.path.join(FIRMWARE, "settings-24k.bin")
PICTURE = os.path.join(FIRMWARE, "settings-with-picture-2m.bin")
PASSWORD = "hush-hush-42"
URL = "ws://192.168.1.5:8080/ws"
NVS = slice(0x9000, 0x209000)


def set_wifi(*words, password=PASSWORD, code=0):
    return run("settings", "set", *words, "--password-stdin", input=password + "\n", code=code)


def show(*words):
    result = run("settings", "show", *words, "--json", code=0)
    assert PASSWORD not in result.stdout + result.stderr
    return json.loads(result.stdout)


@test
def usage():
    for words in ((), ("juggle",), ("set",), ("show", "a", "b"), ("show", "--wifi", "x"),
                  ("clear", "--server-url", URL)):
        run("settings", *words, code=2)


@test
def set_shown_and_cleared_on_a_device():
    with Folder() as folder:
        where = ("-d", folder.device)
        done = set_wifi(*where, "--wifi", "Balcony", "--server-url", URL, "--json")
        result = json.loads(done.stdout)
        assert result["success"] is True and result["changed"] is True
        assert result["verified"] is True and result["started"] is True
        assert PASSWORD not in done.stdout + done.stderr

        seen = show(*where)
        assert seen["ssid"] == "Balcony" and seen["server_url"] == URL
        assert seen["password_set"] is True and seen["complete"] is True
        words = run("settings", "show", *where, code=0)
        assert "Balcony" in words.stdout and PASSWORD not in words.stdout + words.stderr

        again = json.loads(set_wifi(*where, "--wifi", "Balcony", "--server-url", URL,
                                    "--json").stdout)
        assert again["changed"] is False

        one = run("settings", "set", "--server-url", "ws://other/ws", *where, code=0)
        assert "on the device" in one.stdout
        assert show(*where)["ssid"] == "Balcony"
        assert show(*where)["server_url"] == "ws://other/ws"

        run("settings", "clear", *where, code=0)
        seen = show(*where)
        assert seen["ssid"] is None and seen["password_set"] is False
        assert seen["complete"] is False
        # not only unlisted: the bytes are gone
        assert PASSWORD.encode() not in read(folder.flash)


@test
def what_the_firmware_cannot_use_is_refused():
    with Folder() as folder:
        run("probe", "-d", folder.device, code=0)
        before = read(folder.flash)
        where = ("-d", folder.device, "--json")
        bad = [
            (("--wifi", "x" * 33), PASSWORD),
            (("--wifi", ""), PASSWORD),
            (("--wifi", "Home"), "seven77"),
            (("--wifi", "Home"), "x" * 64),
            (("--server-url", "http://host/ws"), PASSWORD),
            (("--server-url", "ws://" + "h" * 130), PASSWORD),
        ]
        for words, password in bad:
            result = json.loads(set_wifi(*words, *where, password=password, code=1).stdout)
            assert result["success"] is False and result["code"] == "settings-invalid", result
            assert password not in result["error"]
        empty = run("settings", "set", "--wifi", "Home", "--password-stdin", *where, input="",
                    code=1)
        assert json.loads(empty.stdout)["code"] == "invalid-argument"
        assert read(folder.flash) == before


@test
def set_in_files():
    need(SETTINGS)
    with Folder() as folder:
        path = folder.file("nvs.bin", read(SETTINGS))
        os.chmod(path, 0o640)
        result = json.loads(set_wifi(path, "--wifi", "Balcony", "--json").stdout)
        assert result["ssid"] == "Balcony" and result["password_set"] is True
        assert result["server_url"] == "ws://edge.echokit.dev/ws"
        assert result["other_settings"] == ["setting/state", "setting/agc_tl_dbfs"]
        assert os.path.getsize(path) == 24576
        assert stat.S_IMODE(os.stat(path).st_mode) == 0o640

        whole = folder.file("whole.bin", read(LAYOUT_B).ljust(FLASH_SIZE, b"\xff"))
        before = read(whole)
        set_wifi(whole, "--wifi", "Balcony")
        assert show(whole)["ssid"] == "Balcony"
        after = read(whole)
        assert after[:0x9000] == before[:0x9000] and after[0xF000:] == before[0xF000:]
        run("settings", "clear", whole, code=0)
        assert show(whole)["ssid"] is None


@test
def files_that_hold_no_settings():
    with Folder() as folder:
        cases = [
            ("empty", b"", "not-firmware"),
            ("text", b"hello", "not-firmware"),
            ("noise", os.urandom(0x6000), "not-firmware"),
            ("short", b"\xff" * 5000, "not-firmware"),
        ]
        for name, data, code in cases:
            path = folder.file(name, data)
            result = run("settings", "set", "--server-url", URL, path, "--json", code=1)
            assert json.loads(result.stdout)["code"] == code, (name, result.stdout)
            assert read(path) == data
        missing = os.path.join(folder.folder.name, "missing")
        result = run("settings", "show", missing, "--json", code=1)
        assert json.loads(result.stdout)["code"] == "file-not-found"


@test
def flash_with_wifi_comes_up_configured():
    need(MERGED)
    with Folder() as folder:
        folder.file("flash.bin", b"\xff" * FLASH_SIZE)
        result = run("flash", "-d", folder.device, MERGED, "--wifi", "Balcony", "--server-url", URL,
                     "--password-stdin", "--log", input=PASSWORD + "\n", code=0)
        assert 'SSID: "Balcony"' in result.stdout and "Connecting wifi" in result.stdout
        assert PASSWORD not in result.stdout + result.stderr
        assert show("-d", folder.device)["complete"] is True


@test
def flash_with_wifi_keeps_the_rest():
    need(PICTURE)
    with Folder() as folder:
        run("flash", "-d", folder.device, MERGED, code=0)
        flash = bytearray(read(folder.flash))
        flash[NVS] = read(PICTURE)
        folder.file("flash.bin", flash)
        result = run("flash", "-d", folder.device, MERGED, "--wifi", "Balcony", "--password-stdin",
                     "--json", input=PASSWORD + "\n", code=0)
        result = json.loads(result.stdout)
        assert result["sets_settings"] is True and result["keeps_settings"] is True
        seen = show("-d", folder.device)
        assert seen["ssid"] == "Balcony" and "setting/background_gif" in seen["other_settings"]
        assert b"swordfish99" not in read(folder.flash)


@test
def old_layout_is_converted():
    need(LAYOUT_B)
    with Folder() as folder:
        folder.file("flash.bin", read(LAYOUT_B).ljust(FLASH_SIZE, b"\xff"))
        before = show("-d", folder.device)
        plan = run("flash", "-d", folder.device, MERGED, "--dry-run", code=0).stdout
        assert "Converts the old layout, keeps your Wi-Fi and settings." in plan
        result = json.loads(run("flash", "-d", folder.device, MERGED, "--json", code=0).stdout)
        assert result["converts_layout"] is True and result["layout_before"] == "B"
        after = show("-d", folder.device)
        for key in ("ssid", "password_set", "server_url", "other_settings"):
            assert before[key] == after[key], key
        flash = read(folder.flash)
        # the pages as they were, and none of the old code behind them
        assert flash[0x9000:0xF000] == read(LAYOUT_B)[0x9000:0xF000]
        assert flash[0xF000:0x209000] == b"\xff" * (0x209000 - 0xF000)
        assert flash[APP_OFFSET] == 0xE9


def ask_on_a_terminal(words, answer):
    """What a person sees who is asked; the answer is typed when the question is there."""
    pid, terminal = pty.fork()
    if pid == 0:
        os.execv(EKFLASH, [EKFLASH, *words])
    seen, answered, end = b"", False, time.monotonic() + 30
    while time.monotonic() < end:
        ready, _, _ = select.select([terminal], [], [], 1)
        if not ready:
            continue
        try:
            piece = os.read(terminal, 4096)
        except OSError:
            break
        if not piece:
            break
        seen += piece
        if not answered and b"Password of the Wi-Fi" in seen:
            os.write(terminal, answer)
            answered = True
    status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    os.close(terminal)
    return status, seen.decode()


@test
def asked_on_a_terminal_unseen():
    with Folder() as folder:
        words = ["settings", "set", "-d", folder.device, "--wifi", "Balcony"]
        # typed wrong, wiped, typed again with a slip
        typed = b"wrong\x15" + PASSWORD.encode() + b"x\x7f\n"
        status, seen = ask_on_a_terminal(words, typed)
        assert status == 0, seen
        assert PASSWORD not in seen and "wrong" not in seen
        assert show("-d", folder.device)["ssid"] == "Balcony"

        status, seen = ask_on_a_terminal(words, b"abc\x03")
        assert status == 130, (status, seen)


@test
def without_a_terminal_it_says_so():
    with Folder() as folder:
        result = subprocess.run(
            [EKFLASH, "settings", "set", "-d", folder.device, "--wifi", "Home", "--json"],
            capture_output=True, text=True, timeout=60, check=False, start_new_session=True,
            stdin=subprocess.DEVNULL)
        assert result.returncode == 1
        assert "--password-stdin" in json.loads(result.stdout)["error"]


def limit_file_size():
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1024, 1024))


@test
def no_room_for_the_file():
    need(SETTINGS)
    with Folder() as folder:
        path = folder.file("nvs.bin", read(SETTINGS))
        result = run("settings", "clear", path, "--json", code=1, preexec_fn=limit_file_size)
        assert json.loads(result.stdout)["code"] in ("disk-full", "file-write")
        assert read(path) == read(SETTINGS)
        assert os.listdir(folder.folder.name) == ["nvs.bin"]


sys.exit(main("settings"))
