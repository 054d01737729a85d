#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""read, verify and erase as a script sees them: the flash manager's keys, exit codes, bad input."""

import hashlib
import json
import os
import pty
import resource
import signal
import stat
import subprocess
import sys
import time

from harness import APP_OFFSET, EKFLASH, FLASH_SIZE, Folder, main, read, run, test


def json_of(*words, code=0):
    result = run(*words, "--json", code=code)
    assert result.stderr == "", result.stderr
    return json.loads(result.stdout)


@test
def usage():
    for command in ("read", "verify", "erase"):
        assert "Usage:" in run(command, "--help", code=0).stdout
    run("read", code=2)
    run("read", "a", "b", code=2)
    run("read", "--address", "zero", "a", code=2)
    run("read", "--size", "0", "a", code=2)
    run("read", "--size", "-1", "a", code=2)
    run("read", "--size", "0x100000000", "a", code=2)
    run("read", "--partition", "nvs", "--address", "0", "a", code=2)
    run("verify", code=2)
    run("verify", "--address", "0x", "a", code=2)
    run("erase", "extra", "--yes", code=2)
    run("erase", "--size", "some", "--yes", code=2)


@test
def read_has_the_keys_of_esp_flash_read():
    with Folder() as folder:
        path = os.path.join(folder.folder.name, "new", "folder", "flash.bin")
        result = json_of("read", "-d", folder.device, path)
        assert result["success"] is True
        assert result["port"] == "sim:esp32s3"
        assert result["output_path"] == path
        assert result["start_address"] == "0x0"
        assert result["bytes_read"] == FLASH_SIZE
        assert isinstance(result["elapsed_seconds"], float)
        assert read(path) == read(folder.flash)
        assert result["sha256"] == hashlib.sha256(read(path)).hexdigest()
        assert stat.S_IMODE(os.stat(path).st_mode) == 0o600

        part = os.path.join(folder.folder.name, "part.bin")
        result = json_of("read", "-d", folder.device, "--address", "0x8000", "--size", "3072", part)
        assert result["start_address"] == "0x8000" and result["bytes_read"] == 3072
        assert read(part) == read(folder.flash)[0x8000:0x8C00]
        result = json_of("read", "-d", folder.device, "--partition", "nvs", part)
        assert result["start_address"] == "0x9000" and result["partition"] == "nvs"
        assert read(part) == read(folder.flash)[0x9000:0x209000]


@test
def verify_has_the_keys_of_esp_verify_flash():
    with Folder() as folder:
        run("probe", "-d", folder.device, code=0)
        app = read(folder.flash)[APP_OFFSET : APP_OFFSET + 0x12345]
        path = folder.file("app.bin", app)
        words = ["verify", "-d", folder.device, "--address", "0x210000", path]
        same = json_of(*words)
        assert same["success"] is True and same["verified"] is True and "mismatch" not in same
        assert same["firmware_path"] == path and same["address"] == "0x210000"
        assert same["file_size"] == len(app) and "details" not in same
        assert isinstance(same["elapsed_seconds"], float)

        folder.file("app.bin", app[:0x12340] + b"?" + app[0x12341:])
        other = json_of(*words, code=1)
        assert other["success"] is True and other["verified"] is False and other["mismatch"] is True
        assert other["details"].startswith("Verify failed at offset 0x00222340")
        assert other["first_difference"] == "0x222340"
        assert "0x00222340" in run(*words, code=1).stdout


@test
def erase_has_the_keys_of_esp_flash_erase():
    with Folder() as folder:
        run("probe", "-d", folder.device, code=0)
        before = read(folder.flash)
        result = json_of("erase", "-d", folder.device, "--yes", "--address", "0x9000",
                         "--size", "0x1000")
        assert result["success"] is True and result["erase_type"] == "region"
        assert result["start_address"] == "0x9000" and result["size"] == 4096
        assert result["lost_partitions"] == ["nvs"]
        assert read(folder.flash) == before[:0x9000] + b"\xff" * 4096 + before[0xA000:]

        result = json_of("erase", "-d", folder.device, "--yes")
        assert result["success"] is True and result["erase_type"] == "full"
        assert result["start_address"] == "0x0" and result["size"] is None
        assert isinstance(result["elapsed_seconds"], float)
        assert read(folder.flash) == b"\xff" * FLASH_SIZE


def converse(words, answer):
    """Runs ekflash on a terminal and answers its question; (exit code, what it showed)."""
    pid, terminal = pty.fork()
    if pid == 0:
        os.execv(EKFLASH, [EKFLASH, *words])
    shown = b""
    deadline = time.monotonic() + 30
    while b"[y/N]" not in shown and time.monotonic() < deadline:
        shown += os.read(terminal, 4096)
    os.write(terminal, answer)
    try:
        while chunk := os.read(terminal, 4096):
            shown += chunk
    except OSError:
        pass
    code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    os.close(terminal)
    return code, shown.decode()


@test
def erase_says_what_will_be_lost_and_asks():
    with Folder() as folder:
        run("probe", "-d", folder.device, code=0)
        before = read(folder.flash)
        run("erase", "-d", folder.device, code=2, stdin=subprocess.DEVNULL)
        run("erase", "-d", folder.device, "--json", code=2)
        for answer in (b"\n", b"n\n", b"\x03"):
            code, shown = converse(["erase", "-d", folder.device], answer)
            assert code == (130 if answer == b"\x03" else 1), (answer, code, shown)
            assert "Wi-Fi" in shown and "nvs" in shown and "0.1.0" in shown, shown
            assert read(folder.flash) == before, answer
        code, shown = converse(["erase", "-d", folder.device, "--partition", "nvs"], b"y\n")
        assert code == 0 and "factory" not in shown, shown
        assert read(folder.flash)[0x9000:0x209000] == b"\xff" * 0x200000


@test
def failures_have_error_code_and_advice():
    with Folder() as folder:
        flash = folder.file("other.bin", b"\xe9" * 4096)
        missing = os.path.join(folder.folder.name, "missing")
        rows = [
            ("invalid-argument", ["read", "--address", "0x1000000", missing]),
            ("invalid-argument", ["read", "--partition", "nose", missing]),
            ("file-write", ["read", folder.folder.name]),
            ("file-write", ["read", "/dev/null"]),
            ("file-write", ["read", os.path.join(flash, "below")]),
            ("file-not-found", ["verify", missing]),
            ("file-unreadable", ["verify", "/dev/zero"]),
            ("firmware-too-big", ["verify", "--address", "0xfffffe", flash]),
            ("invalid-argument", ["erase", "--yes", "--address", "0x800"]),
            ("invalid-argument", ["erase", "--yes", "--size", "0x2000000"]),
        ]
        for code, words in rows:
            result = json_of(*words, "-d", "sim:", code=1)
            assert result["success"] is False and result["error"], words
            assert result["code"] == code, (words, result)
            assert result["advice"]["title"] and result["advice"]["steps"]
        assert not os.path.exists(missing) and not os.path.exists(missing + ".part")


@test
def full_disk_keeps_the_older_file():
    def limit():
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 20, 1 << 20))

    with Folder() as folder:
        path = folder.file("flash.bin", b"older")
        failed = run("read", "-d", "sim:", path, "--json", preexec_fn=limit, code=1)
        assert json.loads(failed.stdout)["code"] == "disk-full"
        assert read(path) == b"older" and not os.path.exists(path + ".part")


@test
def interrupted_read_is_taken_up():
    with Folder() as folder:
        run("probe", "-d", folder.device, code=0)
        path = os.path.join(folder.folder.name, "copy.bin")
        words = ["read", "-d", folder.device + "&pace=3", path]
        process = subprocess.Popen([EKFLASH, *words], stderr=subprocess.PIPE, text=True)
        while "Reading" not in process.stderr.readline():
            pass
        process.send_signal(signal.SIGINT)
        said = process.stderr.read()
        assert process.wait(30) == 130, said
        process.stderr.close()
        assert not os.path.exists(path)
        json_of("read", "-d", folder.device, path)
        assert read(path) == read(folder.flash)
        assert not os.path.exists(path + ".part")


sys.exit(main("regions"))
