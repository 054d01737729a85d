#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Holds the man pages against what the program says about itself.

usage: test-man-pages.py EKFLASH FOLDER     FOLDER has the pages
"""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

EKFLASH = sys.argv[1]
PAGES = Path(sys.argv[2])
COMMANDS = [
    "flash",
    "firmware",
    "elf",
    "backup",
    "restore",
    "read",
    "verify",
    "erase",
    "probe",
    "ports",
    "settings",
    "bundle",
    "save-image",
    "image",
    "partition-table",
    "monitor",
    "decode",
    "mcp",
    "simulate",
    "demo",
]


def ekflash(*words, code=0, env=None):
    result = subprocess.run([EKFLASH, *words], capture_output=True, text=True, timeout=30,
                            check=False, env={**os.environ, **(env or {})})
    assert result.returncode == code, f"{words}: exit code {result.returncode}: {result.stderr}"
    return result.stdout


def page(command):
    return (PAGES / (f"ekflash-{command}.1" if command else "ekflash.1")).read_text()


def section(text, title):
    found = re.search(rf"^\.SH {title}\n(.*?)(?=^\.SH |\Z)", text, re.DOTALL | re.MULTILINE)
    assert found, f"there is no section {title}"
    return found.group(1).replace("\\-", "-")


def tags(text):
    """The lines that begin an entry: they follow .TP."""
    return [re.sub(r"\\f.", "", line) for line in re.findall(r"^\.TP\n(.*)$", text, re.MULTILINE)]


def equal(printed, documented, what):
    missing = sorted(printed - documented)
    surplus = sorted(documented - printed)
    assert not missing, f"{what} that the page lacks: {missing}"
    assert not surplus, f"{what} that the program doesn't have: {surplus}"


def options_of_help(text):
    """(short or "", long) of each line that names an option."""
    return {(short or "", long) for short, long in
            re.findall(r"^  (?:-(\w), )?(--[a-z-]+)", text, re.MULTILINE)}


def options_of_page(text):
    options = set()
    for tag in tags(section(text, "OPTIONS")):
        long = re.search(r"--[a-z-]+", tag)
        short = re.search(r"(?<!-)-(\w)\b", tag)
        assert long, f"no option: {tag}"
        options.add((short.group(1) if short else "", long.group(0)))
    return options


def check_options(command):
    equal(options_of_help(ekflash(command, "--help")), options_of_page(page(command)), "options")


def check_commands():
    printed = set(re.findall(r"^  ([a-z-]+) {2,}", ekflash("--help"), re.MULTILINE))
    documented = {tag.removeprefix(".B ") for tag in tags(section(page(""), "COMMANDS"))}
    equal(printed, documented, "commands")
    equal(printed, set(COMMANDS), "commands without a test")


def check_simulator_options():
    options, faults = ekflash("simulate", "--help").split("Simulator options:")[1].split("Faults:")
    text = page("simulate")
    equal(set(re.findall(r"^  ([a-z0-9-]+)=", options, re.MULTILINE)),
          {re.match(r"\.BI? ([a-z0-9-]+)", tag).group(1)
           for tag in tags(section(text, "SIMULATOR OPTIONS"))}, "simulator options")
    equal(set(re.findall(r"^  ([a-z0-9-]+) ", faults, re.MULTILINE)),
          {tag.removeprefix(".B ") for tag in tags(section(text, "FAULTS"))}, "faults")


def keys_of(value):
    if isinstance(value, dict):
        return set(value) | {key for item in value.values() for key in keys_of(item)}
    return {key for item in value for key in keys_of(item)} if isinstance(value, list) else set()


def check_keys(value, command):
    text = section(page(command), "JSON")
    missing = sorted(key for key in keys_of(value) if not re.search(rf"\b{key}\b", text))
    assert value and not missing, f"keys that the page lacks: {missing}"


def check_json_of_flash():
    with tempfile.TemporaryDirectory() as folder:
        flash = Path(folder) / "flash.bin"
        device = f"sim:?flash={flash}"
        ekflash("probe", "--device", device)
        firmware = shutil.copy(flash, Path(folder) / "firmware.bin")
        report = json.loads(ekflash("flash", "--json", "--device", device, "--no-skip", firmware))
        check_keys(report, "flash")
        text = section(page("flash"), "JSON")
        for range_ in report["plan"]:
            assert re.search(rf"\b{range_['action']}\b", text), range_
        assert re.search(rf"\b{report['outcome']}\b", text), report["outcome"]


def check_json_of_several_files():
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder) / "data.bin"
        data.write_bytes(bytes(4096))
        words = ["flash", "--json", "--dry-run", "--device", "sim:?blank"]
        check_keys(json.loads(ekflash(*words, "0x600000", data, "0x700000", data)), "flash")


def check_json_of_failures():
    text = ekflash("flash", "--json", "--device", "sim:", "/there/is/no/such.file", code=1)
    check_keys(json.loads(text), "")


def check_json_of_probe():
    check_keys(json.loads(ekflash("probe", "--json", "--device", "sim:")), "probe")


def check_json_of_files():
    with tempfile.TemporaryDirectory() as folder:
        flash = Path(folder) / "flash.bin"
        ekflash("probe", "--device", f"sim:?flash={flash}")
        check_keys(json.loads(ekflash("image", "info", "--json", flash)), "image")
        check_keys(json.loads(ekflash("partition-table", "--json", flash)), "partition-table")


def check_json_of_ranges():
    with tempfile.TemporaryDirectory() as folder:
        saved = Path(folder) / "part.bin"
        device = ["--json", "--device", "sim:", "--partition", "nvs"]
        check_keys(json.loads(ekflash("read", *device, saved)), "read")
        check_keys(json.loads(ekflash("erase", "--yes", *device)), "erase")
        check_keys(json.loads(ekflash("verify", "--json", "--device", "sim:", saved, code=1)),
                   "verify")


def check_json_of_bundle():
    with tempfile.TemporaryDirectory() as folder:
        flash, firmware, bundle, secret, public = (
            Path(folder) / name for name in ("flash", "firmware", "bundle", "secret", "public.pub"))
        ekflash("probe", "--device", f"sim:?flash={flash}")
        shutil.copy(flash, firmware)
        pair = json.loads(ekflash("bundle", "keygen", "--no-password", "--json", "-k", secret,
                                  "--public-key", public))
        check_keys(pair, "bundle")
        ekflash("bundle", "create", firmware, "-o", bundle, "-k", secret)
        report = json.loads(ekflash("bundle", "inspect", "--json", "--trust-key", public, bundle))
        assert report["signature"]["state"] == "trusted", report
        check_keys(report, "bundle")


def check_json_of_monitor():
    check_keys(json.loads(ekflash("monitor", "--json", "--device", "sim:")), "monitor")


def check_json_of_firmware():
    with tempfile.TemporaryDirectory() as folder:
        cache = {"XDG_CACHE_HOME": folder}
        listed = json.loads(ekflash("firmware", "list", "--offline", "--json", env=cache))
        check_keys(listed, "firmware")
        flash = Path(folder) / "firmware.bin"
        ekflash("probe", "--device", f"sim:?flash={flash}")
        mine = Path(folder) / "mine.toml"
        mine.write_text(f'esp_toml_version = 1.0\nfirmware_images_url = "{flash.parent.as_uri()}/"\n'
                        'supported_apps = ["Mine"]\n[Mine]\nchipsets = ["ESP32-S3"]\n'
                        'image.esp32-s3 = "firmware.bin"\n')
        saved = ekflash("firmware", "download", "Mine", "--list", mine, "--json", "-o",
                        Path(folder) / "out", env=cache)
        check_keys(json.loads(saved), "firmware")


def check_json_of_saving():
    with tempfile.TemporaryDirectory() as folder:
        saved = Path(folder) / "device.bin"
        device = ["--json", "--device", "sim:", saved]
        check_keys(json.loads(ekflash("backup", *device)), "backup")
        check_keys(json.loads(ekflash("restore", *device)), "restore")


def check_json_of_stats():
    with tempfile.TemporaryDirectory() as folder:
        stats = Path(folder) / "stats.json"
        process = subprocess.Popen([EKFLASH, "simulate", "--tcp", "0", "--stats", str(stats)],
                                   stdout=subprocess.PIPE, text=True)
        try:
            assert process.stdout.readline().startswith("socket://127.0.0.1:")
            process.send_signal(signal.SIGTERM)
            assert process.wait(10) == 0, "it did not end well"
        finally:
            process.kill()
            process.wait()
            process.stdout.close()
        check_keys(json.loads(stats.read_text()), "simulate")


def check_tools():
    """The page names the tools that the server has, with their arguments."""
    messages = [{"id": 1, "method": "initialize", "params": {"protocolVersion": "2025-06-18"}},
                {"id": 2, "method": "tools/list"}]
    text = "".join(json.dumps({"jsonrpc": "2.0", **message}) + "\n" for message in messages)
    result = subprocess.run([EKFLASH, "mcp"], input=text, capture_output=True, text=True,
                            timeout=30, check=True)
    tools = json.loads(result.stdout.splitlines()[1])["result"]["tools"]
    documented = section(page("mcp"), "TOOLS")
    equal({tool["name"] for tool in tools},
          {tag.removeprefix(".B ").replace("\\", "") for tag in tags(documented)}, "tools")
    missing = {key for tool in tools for key in tool["inputSchema"]["properties"]
               if not re.search(rf"\b{key}\b", documented)}
    assert not missing, f"arguments that the page lacks: {missing}"


def check_format(command):
    if not shutil.which("groff"):
        return "groff is not installed"
    result = subprocess.run(["groff", "-man", "-Tutf8", "-ww", "-z"], input=page(command),
                            capture_output=True, text=True, check=False)
    assert result.returncode == 0 and not result.stderr, result.stderr
    return None


def tests():
    for command in COMMANDS:
        yield f"/data/man/{command}/has-the-program's-options", check_options, (command,)
    for command in ["", *COMMANDS]:
        yield f"/data/man/{command or 'ekflash'}/is-clean", check_format, (command,)
    yield "/data/man/ekflash/has-the-commands", check_commands, ()
    yield "/data/man/mcp/has-the-tools", check_tools, ()
    yield "/data/man/simulate/has-the-simulator's-options", check_simulator_options, ()
    yield "/data/man/flash/has-the-keys-of-its-json", check_json_of_flash, ()
    yield "/data/man/flash/has-the-keys-of-several-files", check_json_of_several_files, ()
    yield "/data/man/ekflash/has-the-keys-of-failures", check_json_of_failures, ()
    yield "/data/man/probe/has-the-keys-of-its-json", check_json_of_probe, ()
    yield "/data/man/image/has-the-keys-of-its-json", check_json_of_files, ()
    yield "/data/man/read/has-the-keys-of-its-json", check_json_of_ranges, ()
    yield "/data/man/bundle/has-the-keys-of-its-json", check_json_of_bundle, ()
    yield "/data/man/monitor/has-the-keys-of-its-json", check_json_of_monitor, ()
    yield "/data/man/firmware/has-the-keys-of-its-json", check_json_of_firmware, ()
    yield "/data/man/backup/has-the-keys-of-its-json", check_json_of_saving, ()
    yield "/data/man/simulate/has-the-keys-of-its-json", check_json_of_stats, ()


def main():
    table = list(tests())
    failed = False
    print(f"1..{len(table)}")
    for number, (name, function, arguments) in enumerate(table, 1):
        try:
            skipped = function(*arguments)
            print(f"ok {number} {name}" + (f" # SKIP {skipped}" if skipped else ""), flush=True)
        except Exception as error:  # pylint: disable=broad-except
            failed = True
            print(f"not ok {number} {name}\n# {type(error).__name__}: "
                  + str(error).replace("\n", "\n# "), flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
