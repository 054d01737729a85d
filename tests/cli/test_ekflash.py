#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""ekflash as a script sees it: exit codes, JSON, words, and what bad input does (nothing)."""

import hashlib
import json
import os
import pty
import resource
import shutil
import signal
import socket
import struct
import subprocess
import sys
import time

from harness import (APP, APP_OFFSET, EKFLASH, FLASH_SIZE, MERGED, Folder, Skip, main, need, read,
                     run, sha, test)


def fix_hash(app):
    """The same app image with its checksum byte and hash made right again."""
    body = bytearray(app[:-32])
    position, checksum = 24, 0xEF
    for _ in range(body[1]):
        size = struct.unpack_from("<I", body, position + 4)[0]
        for byte in body[position + 8 : position + 8 + size]:
            checksum ^= byte
        position += 8 + size
    body[-1] = checksum
    return bytes(body) + hashlib.sha256(body).digest()


@test
def help_and_usage():
    assert "flash" in run("--help", code=0).stdout
    assert run("--version", code=0).stdout.startswith("ekflash ")
    for command in ("flash", "probe", "ports", "simulate", "demo"):
        assert "Usage:" in run(command, "--help", code=0).stdout
    run(code=2)
    run("juggle", code=2)
    run("flash", code=2)
    run("flash", "--no-such-option", "x", code=2)
    run("flash", "0x0", "a", "0x1000", code=2)
    run("flash", "zero", "a", "0x1000", "b", code=2)
    run("flash", "--address", "0x0", "0x0", "a", code=2)
    run("simulate", code=2)
    run("simulate", "--tcp", "0", "--pty", "x", code=2)
    run("simulate", "--tcp", "99999", code=2)
    run("ports", "extra", code=2)
    run("demo", "--device", "/dev/ttyACM0", code=2)


@test
def flash_says_what_it_did_as_json():
    need(MERGED)
    with Folder() as folder:
        first = run("flash", "-d", folder.device, "--board", "diy", MERGED, "--json", code=0)
        result = json.loads(first.stdout)
        # the keys of the flash manager's esp_flash_firmware, with their types
        assert result["success"] is True
        assert result["firmware_path"] == MERGED
        assert result["address"] == "0x0"
        assert result["firmware_size"] == FLASH_SIZE
        assert 2700000 < result["bytes_written"] < 2900000
        assert result["verified"] is True
        assert isinstance(result["elapsed_seconds"], float)
        # and ours
        assert result["changed"] is True and result["started"] is True
        assert result["version"] == result["started_version"] == "v0.3.1"
        assert result["board"] == "echokit-diy" and result["outcome"] == "started"
        assert result["simulated"] is True and result["keeps_settings"] is True
        assert first.stderr == ""

        again = json.loads(run("flash", "-d", folder.device, MERGED, "--json", code=0).stdout)
        assert again["changed"] is False and again["bytes_written"] == 0
        assert again["success"] is True and again["started"] is True

        flash, wanted = read(folder.flash), read(MERGED)
        assert flash[:0x9000] == wanted[:0x9000]
        assert flash[APP_OFFSET:] == wanted[APP_OFFSET:]
        assert b"Demo garden" in flash[0x9000:0x209000]
        assert b"not-a-secret" not in (first.stdout + first.stderr).encode()


@test
def flash_of_several_files():
    need(MERGED)
    with Folder() as folder:
        merged = read(MERGED)
        parts = [(0x0, merged[:0x5000]), (0x8000, merged[0x8000:0x8C00]), (APP_OFFSET, read(APP))]
        parts[0] = (0x0, merged[: merged[:0x8000].rstrip(b"\xff").__len__()])
        words = []
        for offset, data in parts:
            words += [hex(offset), folder.file("part-%x.bin" % offset, data)]
        result = json.loads(run("flash", "-d", folder.device, *words, "--json", code=0).stdout)
        # the keys of esp_flash_multi
        assert result["file_count"] == 3
        assert [entry["address"] for entry in result["files"]] == ["0x0", "0x8000", "0x210000"]
        assert [entry["size"] for entry in result["files"]] == [len(data) for _, data in parts]
        assert result["total_size"] == sum(len(data) for _, data in parts)
        assert result["compressed"] is True and result["verified"] is True
        flash = read(folder.flash)
        for offset, data in parts:
            assert flash[offset : offset + len(data)] == data


@test
def app_alone():
    need(APP)
    with Folder() as folder:
        result = json.loads(run("flash", "-d", folder.device, APP, "--json", code=0).stdout)
        assert result["address"] == "0x210000" and result["started"] is True
        assert read(folder.flash)[APP_OFFSET:].startswith(read(APP))


@test
def dry_run_and_words():
    need(MERGED)
    with Folder() as folder:
        run("probe", "-d", folder.device, code=0)
        before = sha(folder.flash)
        plan = run("flash", "-d", folder.device, "--dry-run", MERGED, code=0).stdout
        assert "your Wi-Fi and settings" in plan and "0x210000" in plan
        assert sha(folder.flash) == before
        fresh = run("flash", "-d", folder.device, "--dry-run", "--fresh", MERGED, code=0).stdout
        assert "your Wi-Fi and settings" not in fresh and "start fresh" in fresh
        said = run("flash", "-d", folder.device, MERGED, code=0)
        assert "EchoKit v0.3.1 started." in said.stdout
        assert "simulated" in said.stdout
        # not a terminal: plain lines, no control characters
        assert "\r" not in said.stderr and "\033" not in said.stderr
        log = run("flash", "-d", folder.device, "--log", MERGED, code=0).stdout
        assert "app_init: App version:      v0.3.1" in log
        assert "not-a-secret" not in log


@test
def erase_all_and_fresh():
    need(APP)
    with Folder() as folder:
        run("probe", "-d", folder.device, code=0)
        assert b"Demo garden" in read(folder.flash)
        run("flash", "-d", folder.device, "--fresh", MERGED, code=0)
        assert b"Demo garden" not in read(folder.flash)
        with open(folder.flash, "r+b") as file:
            file.seek(0xF00000)
            file.write(b"rubbish")
        run("flash", "-d", folder.device, "--erase-all", MERGED, code=0)
        assert read(folder.flash) == read(MERGED)


@test
def probe_says_what_a_device_is():
    result = json.loads(run("probe", "-d", "sim:", "--json", code=0).stdout)
    # the keys of espctl's probe, first and as they are there
    assert list(result)[:4] == ["port", "chip_type", "mac_address", "flash_size"]
    assert result["chip_type"] == "ESP32-S3 (revision v0.2)"
    assert result["mac_address"] == "98:a3:16:e5:d8:4a"
    assert result["flash_size"] == "16MB"
    assert result["app"]["version"] == "0.1.0" and result["layout"] == "A"
    assert result["security"] == {"secure_boot": False, "flash_encryption": False,
                                  "secure_download": False}
    assert result["package"] == "ESP32-S3 (QFN56)" and result["locked"] is False
    locked = json.loads(run("probe", "-d", "sim:?security=boot", "--json", code=0).stdout)
    assert locked["locked"] is True and locked["security"]["secure_boot"] is True
    people = run("probe", "-d", "sim:", code=0).stdout.replace("\u00a0", " ")
    for words in ("Package:    ESP32-S3 (QFN56)", "Partitions: 0x009000   2.0 MiB  nvs",
                  "Settings:   ssid, pass, server_url, state"):
        assert words in people, people
    text = run("probe", "-d", "sim:esp32c3?usb=uart&blank", code=0).stdout
    assert "ESP32-C3" in text and "none" in text


@test
def device_commands_wait_for_hands():
    # half a minute of the device's is a third of a second of ours
    slow = "sim:esp32s3?usb=uart&fault=no-auto-reset&pace=100"
    with Folder() as folder:
        saved = os.path.join(folder.folder.name, "read.bin")
        rows = (["probe"], ["read", "--size", "4096", saved], ["settings", "show"],
                ["backup", "--partition", "nvs", saved], ["erase", "--yes", "--size", "4096"])
        for words in rows:
            done = run(*words, "-d", slow + "&hands=30", "--wait", "60", code=0)
            assert "Your EchoKit doesn't answer" in done.stderr, (words, done.stderr)
            assert "Hold K0, tap RST" in done.stderr
            assert done.stderr.rstrip().endswith("The device answers.") or words[0] != "probe"
        # a script waits only if it was told to; its result is the same object
        failed = json.loads(run("probe", "-d", slow + "&hands=30", "--json", code=1).stdout)
        assert failed["code"] == "no-answer"
        done = run("probe", "-d", slow + "&hands=30", "--json", "--wait", "60", code=0)
        assert json.loads(done.stdout)["chip_type"] == "ESP32-S3 (revision v0.2)"
        two = run("flash", "-d", slow + "&hands=30", "-d", "sim:", "--dry-run", "--wait", "60",
                  "--board", "diy", MERGED, code=0)
        assert "Waiting: Your EchoKit doesn't answer" in two.stderr, two.stderr


@test
def a_person_at_a_terminal_is_waited_for():
    master, slave = pty.openpty()
    process = subprocess.Popen(
        [EKFLASH, "probe", "-d", "sim:esp32s3?usb=uart&fault=no-auto-reset&hands=30&pace=100"],
        stdout=subprocess.PIPE, stderr=slave, text=True)
    os.close(slave)
    said = process.stdout.read()
    words = os.read(master, 65536).decode()
    assert process.wait(30) == 0 and "ESP32-S3" in said
    assert "Hold K0, tap RST" in words and "The device answers." in words, words
    os.close(master)


@test
def monitor_captures_for_a_while():
    result = json.loads(run("monitor", "-d", "sim:", "--json", code=0).stdout)
    # exactly the keys of espctl's monitor.run
    assert list(result) == ["success", "port", "baud", "duration_ms", "bytes_read",
                            "lines_captured", "output", "truncated", "message"]
    assert result["success"] is True and result["truncated"] is False
    assert result["port"] == "sim:esp32s3" and result["baud"] == 115200
    assert 30000 <= result["duration_ms"] < 31000
    assert result["lines_captured"] == len(result["output"].split("\n")) > 30
    assert result["message"] == (
        "Captured %d byte(s) over %d ms from sim:esp32s3 at 115200 baud."
        % (result["bytes_read"], result["duration_ms"]))
    assert 'PASS: "***"' in result["output"] and "not-a-secret" not in result["output"]
    some = json.loads(run("monitor", "-d", "sim:esp32s3?usb=uart", "--json", "--duration", "5",
                          "--filter", "app_init: App version", code=0).stdout)
    assert some["lines_captured"] == 1 and "0.1.0" in some["output"]
    assert 5000 <= some["duration_ms"] < 6000
    long = json.loads(run("monitor", "-d", "sim:", "--json", "-t", "4000", code=0).stdout)
    assert 600000 <= long["duration_ms"] < 601000
    quiet = json.loads(run("monitor", "-d", "sim:", "--json", "--no-reset", code=0).stdout)
    assert "ESP-ROM" not in quiet["output"]
    failed = json.loads(run("monitor", "-d", "/dev/ttyEK-none", "--json", code=1).stdout)
    assert failed["success"] is False and failed["code"] == "port-not-found"


@test
def monitor_streams():
    with Folder() as folder:
        saved = os.path.join(folder.folder.name, "log")
        said = run("monitor", "-d", "sim:", "-t", "1", "--save", saved, code=0)
        assert "app_init: App version:      0.1.0" in said.stdout
        assert "not-a-secret" not in said.stdout + said.stderr
        assert "\033" not in said.stdout
        assert read(saved).decode() == said.stdout
        failed = run("monitor", "-d", "sim:", "-t", "1", "--save", folder.folder.name)
        assert failed.returncode == 1 and "[file-write]" in failed.stderr
        run("monitor", "-d", "sim:", "-t", "-1", code=1)
        run("monitor", "more", code=2)
    process = subprocess.Popen([EKFLASH, "monitor", "-d", "sim:"], stdout=subprocess.PIPE,
                               stderr=subprocess.PIPE, text=True)
    assert process.stdout.readline()
    process.send_signal(2)
    process.communicate(timeout=30)
    assert process.returncode == 0


COLOURS = (b"\x1b[0;32mI (1) echokit: green\x1b[0m\r\n\x1b[2Jplain \x1b[1;35mpink\x1b[0m\r\n"
           b"\x1b[33mW (2) echokit: PA\x1b[31mSS: \"not-\x1b[1ma-secret\x1b[0m\"\r\nE (3) a: b\r\n")


def monitor_colours(*words, **kwargs):
    """What is printed of a device that sends COLOURS over a network."""
    server = socket.create_server(("127.0.0.1", 0))
    device = "socket://127.0.0.1:%d" % server.getsockname()[1]
    process = subprocess.Popen([EKFLASH, "monitor", "-d", device, "--no-reset", "-t", "1", *words],
                               stdout=kwargs.pop("stdout", subprocess.PIPE), stderr=subprocess.PIPE,
                               text=True, **kwargs)
    connection, _ = server.accept()
    connection.sendall(b"\r\n" + COLOURS)
    said, _ = process.communicate(timeout=30)
    assert process.returncode == 0
    connection.close()
    server.close()
    return said


@test
def monitor_keeps_colours():
    green, pink = "\033[0;32mI (1) echokit: green\033[0m", "plain \033[1;35mpink\033[0m"
    secret = '\033[33mW (2) echokit: PA\033[31mSS: "***"\033[0m\n'
    plain = 'I (1) echokit: green\nplain pink\nW (2) echokit: PASS: "***"\nE (3) a: b\n'
    with Folder() as folder:
        saved = os.path.join(folder.folder.name, "log")
        said = monitor_colours("--color", "always", "--save", saved)
        assert green in said and pink in said and secret in said, said
        assert "\033[31mE (3) a: b\033[0m" in said and "\033[2J" not in said
        assert "secret" not in said and "not-" not in said
        # never into files
        assert read(saved).decode().endswith(plain)
    for words in ((), ("--color", "auto"), ("--color=never",)):
        said = monitor_colours(*words)
        assert said.endswith(plain) and "\033" not in said, said
    captured = json.loads(monitor_colours("--json", "--color", "always"))
    assert captured["output"].endswith(plain.rstrip()) and "\033" not in captured["output"]
    for variable, value, coloured in (("NO_COLOR", "", True), ("NO_COLOR", "1", False),
                                      ("TERM", "dumb", False)):
        master, slave = pty.openpty()
        environment = {key: word for key, word in os.environ.items() if key != "NO_COLOR"}
        environment.update({"TERM": "xterm", variable: value})
        monitor_colours(stdout=slave, env=environment)
        os.close(slave)
        said = os.read(master, 65536).decode()
        os.close(master)
        assert (green in said) == coloured and ("\033" in said) == coloured, (variable, said)
        assert "secret" not in said
    run("monitor", "-d", "sim:", "--color", "sometimes", code=2)


@test
def monitor_ends_with_a_key():
    master, slave = pty.openpty()
    process = subprocess.Popen([EKFLASH, "monitor", "-d", "sim:"], stdin=slave,
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                               start_new_session=True,
                               preexec_fn=lambda: __import__("fcntl").ioctl(0, 0x540E, 0))
    assert process.stdout.readline()
    os.write(master, b"\x1d")
    process.communicate(timeout=30)
    assert process.returncode == 0
    os.close(slave)
    os.close(master)


CRASH = """I (1) echokit: PASS: "not-a-secret"
Guru Meditation Error: Core  0 panic'ed (LoadProhibited). Exception was unhandled.

Core  0 register dump:
PC      : 0x42020e80  PS      : 0x00060a30  A0      : 0x820a60d4  A1      : 0x3fca5c10

Backtrace: 0x42020e80:0x3fca5c10 0x420a60d4:0x3fca5c30 0x40380000:0x3fca5c50 0x40000123:0x3fca5c70

ELF file SHA256: %s

Rebooting...
"""


def decode(log, *words):
    return subprocess.run([EKFLASH, "decode", *words], input=log, capture_output=True, text=True,
                          timeout=60)


@test
def decode_names_a_crash():
    elf = os.path.join(os.environ["EK_SHARED_DIR"], "firmware", "echokit_boards")
    need(elf)
    for words in [elf], [os.path.dirname(elf)]:
        result = decode(CRASH % "4cd45df24", *words, "--json")
        assert result.returncode == 0, result
        (crash,) = json.loads(result.stdout)["crashes"]
        # eu-addr2line's answers
        assert [frame["function"] for frame in crash["backtrace"][:3]] == [
            "echokit::main", "esp_panic_handler", "ram_set_txcap_reg"]
        assert crash["backtrace"][3]["function"] == "inside the chip's built-in code"
        assert crash["match"] == "own" and crash["cause"] == "LoadProhibited"
        assert crash["registers"]["PC"] == "0x42020e80" and crash["core"] == 0
    other = decode(CRASH % "123456789", elf)
    assert "another build" in other.stdout and "echokit::main" in other.stdout
    assert "There is no crash" in decode("nothing\n", elf).stdout
    assert decode("", "/there/is/none").returncode == 1


@test
def flash_goes_on_to_monitor():
    need(APP)
    with Folder() as folder:
        process = subprocess.Popen([EKFLASH, "flash", "-d", folder.device, APP, "--monitor"],
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for line in process.stderr:
            if "Listening" in line:
                break
        process.send_signal(2)
        process.communicate(timeout=60)
        assert process.returncode == 0
        # an object has an end
        said = run("flash", "-d", folder.device, APP, "--monitor", "--json", code=0)
        assert json.loads(said.stdout)["started"] is True
        assert "app_init: App version" in said.stderr


CH340_WITHOUT_DRIVER = """P: /devices/usb1/1-1
E: SUBSYSTEM=usb
E: DEVTYPE=usb_device
A: idVendor=1a86\\n
A: idProduct=7523\\n
A: product=USB Serial\\n
A: busnum=1\\n
A: devnum=5\\n

P: /devices/usb1/1-2
E: SUBSYSTEM=usb
E: DEVTYPE=usb_device
A: idVendor=046d\\n
A: idProduct=c31c\\n
A: product=USB Keyboard\\n
A: busnum=1\\n
A: devnum=6\\n
"""


@test
def ports_without_a_driver():
    umockdev = shutil.which("umockdev-run")
    if not umockdev:
        raise Skip("umockdev is not installed")

    with Folder() as folder:
        computer = folder.file("computer", CH340_WITHOUT_DRIVER.encode())
        # the sanitizer's only complaint would be which library comes first
        options = os.environ.get("ASAN_OPTIONS", "") + ":verify_asan_link_order=0"

        def there(*words):
            return subprocess.run([umockdev, "--device", computer, "--", EKFLASH, *words],
                                  capture_output=True, text=True, timeout=60, check=False,
                                  env={**os.environ, "ASAN_OPTIONS": options.lstrip(":")})

        devices = json.loads(there("ports", "--json").stdout)
        assert len(devices) == 1, devices
        assert devices[0]["state"] == "no-driver" and devices[0]["vid_pid"] == "1A86:7523"
        assert devices[0]["driver"] == "ch341" and devices[0]["adapter"] == "CH340"
        assert devices[0]["command"] == "sudo modprobe ch341"
        assert devices[0]["path"] == "/dev/bus/usb/001/005"
        words = there("ports").stdout
        assert "no-driver" in words and "sudo modprobe ch341" in words and "eyboard" not in words
        # the only device is not taken for one that can be used
        failed = there("probe", "--json")
        assert failed.returncode == 1
        result = json.loads(failed.stdout)
        assert result["code"] == "port-no-driver" and "modprobe ch341" in result["error"], result


@test
def ports_is_a_list():
    assert isinstance(json.loads(run("ports", "--json", code=0).stdout), list)
    run("ports", code=0)


@test
def demo_shows_an_update():
    said = run("demo", "--device", "sim:esp32s3", code=0).stdout
    assert "0.1.0" in said and "0.2.0" in said and "started" in said
    assert "Your Wi-Fi and settings were kept." in said
    assert "not-a-secret" not in said
    assert "simulated" in said


def bad_files(folder):
    merged, app = read(MERGED), read(APP)
    esp32 = bytearray(app)
    struct.pack_into("<H", esp32, 12, 0)
    flipped = bytearray(app)
    flipped[0x1234] ^= 1
    table = bytearray(merged)
    table[0x8000 + 4] ^= 1
    elsewhere = bytearray(merged)
    elsewhere[APP_OFFSET + 0x12345] ^= 1
    yield "firmware-damaged", [folder.file("truncated.bin", app[: len(app) // 2])]
    yield "firmware-damaged", [folder.file("no-app-left.bin", merged[:100000])]
    yield "firmware-damaged", [folder.file("flipped.bin", bytes(flipped))]
    yield "firmware-damaged", [folder.file("merged-flipped.bin", bytes(elsewhere))]
    yield "partition-table", [folder.file("table.bin", bytes(table))]
    yield "firmware-wrong-chip", [folder.file("esp32.bin", fix_hash(bytes(esp32)))]
    yield "not-firmware", [folder.file("empty.bin", b"")]
    yield "not-firmware", [folder.file("one.bin", b"\xe9")]
    yield "not-firmware", [folder.file("blank.bin", b"\xff" * 4096)]
    yield "not-firmware", [folder.file("zeros.bin", bytes(70000))]
    yield "not-firmware", [folder.file("page.bin", b"<!DOCTYPE html><html>404</html>")]
    yield "file-not-found", [os.path.join(folder.folder.name, "missing.bin")]
    yield "not-firmware", [folder.folder.name]
    fifo = os.path.join(folder.folder.name, "fifo")
    os.mkfifo(fifo)
    yield "file-unreadable", [fifo]
    yield "file-unreadable", ["/dev/zero"]
    first = folder.file("first.bin", bytes(0x3000))
    second = folder.file("second.bin", bytes(0x1000))
    yield "firmware-overlap", ["0x310000", first, "0x312000", second]
    yield "firmware-too-big", ["0xfff000", first]
    yield "invalid-argument", ["0x310100", second]
    big = os.path.join(folder.folder.name, "big.bin")
    with open(big, "wb") as file:
        file.truncate(65 << 20)
    yield "file-too-large", [big]


@test
def bad_files_are_refused_and_change_nothing():
    need(MERGED)
    with Folder() as folder:
        run("probe", "-d", folder.device, code=0)
        before = sha(folder.flash)
        for code, words in bad_files(folder):
            failed = run("flash", "-d", folder.device, *words, "--json")
            assert failed.returncode == 1, (code, words, failed.returncode, failed.stderr)
            result = json.loads(failed.stdout)
            assert result["success"] is False and result["error"], words
            assert result["code"] == code, (words, result["code"], code, result["error"])
            assert result["advice"]["title"] and result["advice"]["steps"]
            assert sha(folder.flash) == before, words
            people = run("flash", "-d", folder.device, *words)
            assert people.returncode == 1 and "[" + code + "]" in people.stderr


def run_as_other(folder, *args):
    """Runs a copy of ekflash as a user without rights. A copy: the checkout may be closed to others."""
    os.chmod(folder.folder.name, 0o755)
    program = shutil.copy(EKFLASH, os.path.join(folder.folder.name, "ekflash"))
    user = {"user": 65534, "group": 65534} if os.geteuid() == 0 else {}
    return subprocess.run([program, *args], capture_output=True, text=True, timeout=60, **user)


@test
def unreadable_file():
    need(APP)
    with Folder() as folder:
        path = folder.file("secret.bin", read(APP))
        os.chmod(path, 0)
        failed = run_as_other(folder, "flash", "-d", "sim:", path, "--json")
        assert failed.returncode == 1, failed
        assert json.loads(failed.stdout)["code"] == "file-unreadable"
        os.chmod(path, 0o600)


@test
def bad_ports():
    need(APP)
    with Folder() as folder:
        regular = folder.file("regular", b"x")
        master, slave = pty.openpty()
        name = os.ttyname(slave)
        import fcntl

        fcntl.flock(slave, fcntl.LOCK_EX)
        rows = [
            ("port-not-found", "/dev/ttyEK-none"),
            ("port-not-serial", regular),
            ("port-not-serial", folder.folder.name),
            ("port-not-serial", "/dev/null"),
            ("port-busy", name),
            ("port-not-found", "socket://127.0.0.1:1"),
            ("invalid-argument", "socket://nowhere"),
            ("invalid-argument", "http://127.0.0.1/"),
            ("invalid-argument", "sim:esp99"),
            ("invalid-argument", "sim:esp32s3?speed=1"),
        ]
        for code, device in rows:
            failed = run("flash", "-d", device, APP, "--json")
            assert failed.returncode == 1, (device, failed)
            result = json.loads(failed.stdout)
            assert result["code"] == code, (device, result["code"], result["error"])
        os.close(slave)
        os.close(master)


@test
def port_without_permission():
    if os.geteuid() != 0:
        raise Skip("needs root to make a port that another user may not open")
    master, slave = pty.openpty()
    os.chmod(os.ttyname(slave), 0o600)
    with Folder() as folder:
        failed = run_as_other(folder, "probe", "-d", os.ttyname(slave), "--json")
    assert failed.returncode == 1
    assert json.loads(failed.stdout)["code"] == "port-no-permission", failed.stdout
    os.close(slave)
    os.close(master)


@test
def no_room_for_the_flash_file():
    def limit():
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 20, 1 << 20))

    with Folder() as folder:
        old = b"old" * 1000
        folder.file("flash.bin", old)
        failed = run("probe", "-d", folder.device, "--json", preexec_fn=limit)
        assert failed.returncode == 1
        assert json.loads(failed.stdout)["code"] == "disk-full", failed.stdout
        assert read(folder.flash) == old


@test
def flash_file_that_is_none():
    failed = run("probe", "-d", "sim:esp32s3?flash=/dev/full", "--json", code=1)
    assert json.loads(failed.stdout)["code"] == "file-unreadable"


@test
def no_room_for_the_output():
    """The device is done, but the script that waits for the result must not take nothing for it."""
    need(APP)
    rows = (["probe", "-d", "sim:", "--json"], ["flash", "-d", "sim:", APP, "--json"], ["--help"])
    for words in rows:
        with open("/dev/full", "w") as full:
            failed = subprocess.run(
                [EKFLASH, *words], stdout=full, stderr=subprocess.PIPE, text=True, timeout=60
            )
        assert failed.returncode == 1 and "[disk-full]" in failed.stderr, (words, failed)


@test
def reader_of_the_output_goes_away():
    """`ekflash flash --log | head -1`: the installation goes on to its end."""
    need(MERGED)
    with Folder() as folder:
        process = subprocess.Popen(
            [EKFLASH, "flash", "-d", folder.device, "--log", MERGED],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        process.stdout.close()
        assert process.wait(60) == 0
        app = read(APP)
        assert read(folder.flash)[APP_OFFSET : APP_OFFSET + len(app)] == app


@test
def interrupted():
    need(MERGED)
    with Folder() as folder:
        process = subprocess.Popen(
            [EKFLASH, "flash", "-d", folder.device + "&usb=uart&pace=1", MERGED],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        deadline = time.monotonic() + 30
        said = ""
        while "Writing" not in said and time.monotonic() < deadline:
            said += process.stderr.readline()
        process.send_signal(signal.SIGINT)
        _, rest = process.communicate(timeout=30)
        assert process.returncode == 130, (process.returncode, said, rest)
        assert "not finished" in rest, rest
        run("flash", "-d", folder.device, MERGED, code=0)


@test
def over_tcp_and_pty():
    need(APP)
    with Folder() as folder:
        link = os.path.join(folder.folder.name, "port")
        for where in (
            ["--tcp", "0"],
            ["--pty", link],
            ["--tcp", "0", "-o", "usb=uart"],
            ["--pty", link, "-o", "usb=uart"],
        ):
            if os.path.exists(folder.flash):
                os.unlink(folder.flash)
            server = subprocess.Popen(
                [EKFLASH, "simulate", *where, "--flash", folder.flash],
                stdout=subprocess.PIPE,
                text=True,
            )
            address = server.stdout.readline().strip()
            assert address, where
            result = json.loads(
                run("flash", "-d", address, MERGED, "--json", code=0).stdout
            )
            assert result["verified"] is True and result["simulated"] is False
            # neither has reset lines: the chip restarts itself, and is heard
            assert result["started"] is True, (where, result)
            server.terminate()
            assert server.wait(timeout=10) == 0
            assert read(folder.flash) == read(MERGED)


sys.exit(main("ekflash"))
