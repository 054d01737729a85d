#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""ekflash mcp, spoken to by the protocol's own client library: its answers are the command line's."""

import asyncio
import functools
import http.server
import json
import os
import re
import subprocess
import sys
import threading
from pathlib import Path

from tap import Skip, main

try:
    from mcp import ClientSession, StdioServerParameters
    from mcp.client.stdio import stdio_client
except ImportError:
    ClientSession = None

EKFLASH = os.path.join(os.environ["EK_BUILD_DIR"], "src", "cli", "ekflash")
MERGED = Path(os.environ["EK_SHARED_DIR"]) / "firmware" / "echokit_boards.bin"
APP = Path(os.environ["EK_SHARED_DIR"]) / "firmware" / "echokit_boards-app.bin"

# The tools of the two families whose names this server takes over.
NAMES = {"firmware.list", "firmware.download", "elf.download", "flash.run", "monitor.run",
         "esp_flash_firmware", "esp_flash_multi", "esp_flash_read", "esp_flash_erase",
         "esp_flash_backup", "esp_verify_flash"}


def need_files():
    if not MERGED.exists():
        raise Skip("the real firmware is not here")


def command(*words):
    """What the command line prints, whatever its exit code."""
    result = subprocess.run([EKFLASH, *map(str, words), "--json"], capture_output=True, text=True,
                            timeout=60, check=False)
    return json.loads(result.stdout)


def with_client(work, folder):
    """Runs work(session, folder) within a session."""
    if ClientSession is None:
        raise Skip("the client library is not installed")

    async def talk():
        parameters = StdioServerParameters(command=EKFLASH, args=["mcp"], env=dict(os.environ))
        async with stdio_client(parameters) as streams, ClientSession(*streams) as session:
            await session.initialize()
            await asyncio.wait_for(work(session, folder), 120)

    asyncio.run(talk())


async def call(session, name, **arguments):
    """(the result object, whether it is called an error); its text says the same."""
    answer = await session.call_tool(name, {key: str(value) if isinstance(value, Path) else value
                                            for key, value in arguments.items()})
    structured = field(answer, "structuredContent", "structured_content")
    assert json.loads(answer.content[0].text) == structured
    return structured, field(answer, "isError", "is_error")


def field(thing, *names):
    """The library's newer versions write attributes in snake case."""
    for name in names:
        if hasattr(thing, name):
            return getattr(thing, name)
    raise AssertionError(f"{thing} has none of {names}")


def devices(folder):
    """Two that are alike: one for the tool, one for the command."""
    return tuple(f"sim:esp32s3?flash={folder / name}" for name in ("tool.bin", "command.bin"))


def same_flash(folder):
    assert (folder / "tool.bin").read_bytes() == (folder / "command.bin").read_bytes()


def equal(by_tool, by_command):
    """All keys and all values, and their types."""
    assert by_tool == by_command, (by_tool, by_command)
    for key, value in by_tool.items():
        assert type(value) is type(by_command[key]), key


def has(result, **wanted):
    for key, value in wanted.items():
        assert key in result, f"{key} is missing in {result}"
        assert result[key] == value and type(result[key]) is type(value), (key, result[key], value)


def lists_its_tools(place):
    async def work(session, _):
        tools = (await session.list_tools()).tools
        assert NAMES <= {tool.name for tool in tools}
        for tool in tools:
            schema = field(tool, "inputSchema", "input_schema")
            assert schema["type"] == "object" and tool.description, tool.name
            assert set(schema["required"]) <= set(schema["properties"])
        defaults = {tool.name: {key: value.get("default") for key, value in
                                field(tool, "inputSchema", "input_schema")["properties"].items()}
                    for tool in tools}
        assert defaults["esp_flash_firmware"]["address"] == "0x0"
        assert defaults["esp_flash_firmware"]["verify"] is True
        assert defaults["esp_flash_multi"]["compress"] is True
        assert defaults["esp_flash_read"]["start_address"] == "0x0"
        assert defaults["esp_flash_backup"]["include_bootloader"] is True
        assert defaults["flash.run"]["baud"] == 460800
        await session.send_ping()
    with_client(work, place)


def flash_run(place):
    need_files()

    async def work(session, folder):
        ours, theirs = devices(folder)
        result, failed = await call(session, "flash.run", firmware_path=MERGED, port=ours)
        assert not failed
        equal(result, command("flash", "-b", "460800", "-d", theirs, MERGED))
        same_flash(folder)
    with_client(work, place)


def flash_firmware(place):
    need_files()

    async def work(session, folder):
        ours, theirs = devices(folder)
        result, failed = await call(session, "esp_flash_firmware", firmware_path=APP, port=ours,
                                    address="0x210000")
        assert not failed
        equal(result, command("flash", "--exact", "-a", "0x210000", "-d", theirs, APP))
        has(result, success=True, port="sim:esp32s3", firmware_path=str(APP), address="0x210000",
            firmware_size=APP.stat().st_size, verified=True)
        assert isinstance(result["bytes_written"], int)
        assert isinstance(result["elapsed_seconds"], float)
        same_flash(folder)
        # What it wrote is what it verifies, settings and all.
        await call(session, "esp_flash_firmware", firmware_path=MERGED, port=ours)
        result, _ = await call(session, "esp_verify_flash", firmware_path=MERGED, port=ours)
        has(result, success=True, verified=True)
    with_client(work, place)


def flash_multi(place):
    need_files()

    async def work(session, folder):
        ours, theirs = devices(folder)
        table = folder / "table.bin"
        table.write_bytes(MERGED.read_bytes()[0x8000:0x8C00])
        files = [{"address": "0x8000", "path": str(table)},
                 {"address": "0x210000", "path": str(APP)}]
        result, failed = await call(session, "esp_flash_multi", files=files, port=ours)
        assert not failed
        equal(result, command("flash", "--exact", "-d", theirs, "0x8000", table, "0x210000", APP))
        has(result, success=True, file_count=2, compressed=True, verified=True,
            total_size=0xC00 + APP.stat().st_size)
        assert result["files"][0] == {"address": "0x8000", "path": str(table), "size": 0xC00}
        same_flash(folder)
        result, _ = await call(session, "esp_flash_multi", files=files[1:], port=ours,
                               compress=False, verify=False)
        has(result, file_count=1, compressed=False, verified=False)
    with_client(work, place)


def read_and_backup(place):
    async def work(session, folder):
        ours, theirs = devices(folder)
        first, second = folder / "a" / "one.bin", folder / "two.bin"
        result, failed = await call(session, "esp_flash_read", output_path=first, port=ours,
                                    start_address="0x8000", size="0xC00")
        assert not failed
        by_command = command("read", "-d", theirs, "-a", "0x8000", "-s", "0xC00", second)
        equal(dict(result, output_path=""), dict(by_command, output_path=""))
        has(result, success=True, start_address="0x8000", bytes_read=0xC00, output_path=str(first))
        assert first.read_bytes() == second.read_bytes()

        saved = folder / "saved.bin"
        result, failed = await call(session, "esp_flash_backup", backup_path=saved, port=ours)
        assert not failed
        equal(result, {**command("backup", "-d", theirs, second), "output_path": str(saved),
                       "manifest_path": str(saved) + ".json"})
        has(result, start_address="0x0", bytes_read=16 << 20)
        assert saved.read_bytes() == (folder / "tool.bin").read_bytes()
        result, _ = await call(session, "esp_flash_backup", backup_path=folder / "without.bin",
                               port=ours, include_bootloader=False)
        has(result, start_address="0x1000", bytes_read=(16 << 20) - 0x1000)
        # The backup can be brought back by the tool that writes a file.
        await call(session, "esp_flash_erase", port=ours)
        result, _ = await call(session, "esp_flash_firmware", firmware_path=saved, port=ours)
        has(result, success=True, verified=True)
        assert saved.read_bytes() == (folder / "tool.bin").read_bytes()
    with_client(work, place)


def erase(place):
    async def work(session, folder):
        ours, theirs = devices(folder)
        result, failed = await call(session, "esp_flash_erase", port=ours, start_address="0x9000",
                                    size="4096")
        assert not failed
        equal(result, command("erase", "--yes", "-d", theirs, "-a", "0x9000", "-s", "4096"))
        has(result, erase_type="region", start_address="0x9000", size=4096)
        result, _ = await call(session, "esp_flash_erase", port=ours, size=None)
        equal(result, command("erase", "--yes", "-d", theirs))
        has(result, success=True, erase_type="full", start_address="0x0", size=None)
        same_flash(folder)
    with_client(work, place)


def verify(place):
    async def work(session, folder):
        ours, theirs = devices(folder)
        command("probe", "-d", theirs)
        path = folder / "part.bin"
        path.write_bytes((folder / "command.bin").read_bytes()[0x8000:0x8C00])
        arguments = {"firmware_path": path, "port": ours, "address": "0x8000"}
        result, failed = await call(session, "esp_verify_flash", **arguments)
        assert not failed
        equal(result, command("verify", "-d", theirs, "-a", "0x8000", path))
        has(result, success=True, verified=True, file_size=0xC00)
        path.write_bytes(path.read_bytes()[:-1] + b"?")
        result, failed = await call(session, "esp_verify_flash", **arguments)
        assert not failed
        equal(result, command("verify", "-d", theirs, "-a", "0x8000", path))
        has(result, success=True, verified=False, mismatch=True)
        assert "0x00008bff" in result["details"]
    with_client(work, place)


LIST = """esp_toml_version = 1.0
firmware_images_url = "%s"
supported_apps = ["EchoKit"]

[EchoKit]
chipsets = ["ESP32-S3"]
developKits.esp32-s3 = ["EchoKit-DIY"]
image.EchoKit-DIY = "echokit_boards.bin"
"""


class Web:
    """A web server of our own with a list and a firmware, and a cache for who asks it."""

    def __init__(self, folder):
        handler = functools.partial(Quiet, directory=MERGED.parent)
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.01,))
        self.list = folder / "list.toml"
        self.list.write_text(LIST % f"http://127.0.0.1:{self.server.server_port}/",
                             encoding="utf-8")
        os.environ["XDG_CACHE_HOME"] = str(folder / "cache")
        os.environ["GIO_USE_PROXY_RESOLVER"] = "dummy"

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_):  # pylint: disable=arguments-differ
        pass


def same_but_ages(by_tool, by_command):
    """Seconds may pass between the two, and the second finds what the first has fetched."""
    text = [re.sub(r'"(age_seconds|origin)": [^,}]+', r'"\1": 0', json.dumps(one))
            for one in (by_tool, by_command)]
    assert text[0] == text[1], text


def firmware(place):
    need_files()

    async def work(session, folder):
        lists = {"lists": [str(web.list)]}
        words = ["--list", web.list]
        result, failed = await call(session, "firmware.list", **lists)
        assert not failed
        same_but_ages(result, command("firmware", "list", *words))
        build = result["builds"][0]
        has(build, target="esp32s3", status="succeeded", build_type="release")
        result, _ = await call(session, "firmware.list", job_id=build["task_id"], **lists)
        assert [one["task_id"] for one in result["builds"]] == [build["task_id"]]
        result, _ = await call(session, "firmware.list", job_id="no-such", **lists)
        assert result["builds"] == []

        saved = folder / "new" / "firmware"
        result, failed = await call(session, "firmware.download", job_id=build["task_id"],
                                    output_dir=saved, **lists)
        assert not failed, result
        same_but_ages(result, command("firmware", "download", build["task_id"], "-o", saved,
                                      *words))
        has(result, job_id=build["task_id"], status="succeeded", output_dir=str(saved),
            artifact_lines=["echokit_boards.bin"])
        assert (saved / "echokit_boards.bin").read_bytes() == MERGED.read_bytes()

        path = folder / "elf" / "program.elf"
        result, failed = await call(session, "elf.download", build_id=build["task_id"],
                                    output_path=path, **lists)
        assert not failed, result
        same_but_ages(result, command("elf", "download", build["task_id"], "-o", path, *words))
        has(result, build_id=build["task_id"], path=str(path), size_bytes=path.stat().st_size)
        assert path.read_bytes() == (MERGED.parent / "echokit_boards").read_bytes()

        for tool, name in (("firmware.download", "job_id"), ("elf.download", "build_id")):
            result, failed = await call(session, tool, **{name: "no-such"},
                                        **({"output_path": path} if tool[0] == "e" else {}),
                                        **lists)
            assert failed
            has(result, success=False, code="invalid-argument")

    with Web(place) as web:
        with_client(work, place)


def monitor_run(place):
    async def work(session, _):
        result, failed = await call(session, "monitor.run", port="sim:", duration_sec=5)
        assert not failed
        equal(result, command("monitor", "-d", "sim:", "--duration", 5))
        has(result, success=True, port="sim:esp32s3", baud=115200, truncated=False)
        assert result["lines_captured"] == len(result["output"].splitlines()) > 10
        assert "not-a-secret" not in json.dumps(result)
        result, _ = await call(session, "monitor.run", port="sim:", duration_sec=5, filter="boot:",
                               baud=460800, reset_on_connect=True)
        has(result, baud=460800)
        assert all("boot:" in line for line in result["output"].splitlines())
        result, failed = await call(session, "monitor.run", port="sim:", duration_sec=5,
                                    reset_on_connect=False)
        assert not failed
        equal(result, command("monitor", "-d", "sim:", "--duration", 5, "--no-reset"))
    with_client(work, place)


def failures_are_results(place):
    async def work(session, folder):
        missing = folder / "missing.bin"
        result, failed = await call(session, "flash.run", firmware_path=missing, port="sim:")
        assert failed
        equal(result, command("flash", "-d", "sim:", missing))
        result, failed = await call(session, "esp_flash_read", output_path=missing,
                                    port="/dev/ttyEK-none")
        assert failed
        by_command = command("read", "-d", "/dev/ttyEK-none", missing)
        # No simulated clock here: it took as long as it took.
        equal(dict(result, elapsed_seconds=0.0), dict(by_command, elapsed_seconds=0.0))
        has(result, success=False, code="port-not-found")
        bad = [("esp_flash_read", {"output_path": str(missing)}),
               ("esp_flash_read", {"port": "sim:"}),
               ("esp_flash_read", {"port": "sim:", "output_path": 7}),
               ("esp_flash_read", {"port": "sim:", "output_path": "x", "size": 4096}),
               ("esp_flash_read", {"port": "sim:", "output_path": "x", "size": "all"}),
               ("esp_flash_erase", {"port": "sim:", "sice": "4096"}),
               ("esp_flash_multi", {"port": "sim:", "files": []}),
               ("esp_flash_multi", {"port": "sim:", "files": [{"address": "0x0"}]}),
               ("flash.run", {"firmware_path": str(missing), "port": "sim:", "baud": 1})]
        for name, arguments in bad:
            result, failed = await call(session, name, **arguments)
            assert failed, (name, arguments)
            has(result, success=False, code="invalid-argument")
            assert result["advice"]["title"] and result["error"]
        try:
            await session.call_tool("no.such.tool", {})
        except Exception as error:  # pylint: disable=broad-except
            assert "no.such.tool" in str(error), error
        else:
            raise AssertionError("an unknown tool was called")
    with_client(work, place)


def progress_and_cancellation(place):
    async def work(session, folder):
        told = []

        async def on_progress(progress, total, message):
            told.append((progress, total, message))

        device = f"sim:esp32s3?pace=10&flash={folder / 'tool.bin'}"
        arguments = {"output_path": str(folder / "copy.bin"), "port": device}
        await session.call_tool("esp_flash_read", arguments, progress_callback=on_progress)
        values = [progress for progress, _, _ in told]
        assert len(values) > 2 and values == sorted(set(values)) and values[-1] <= 100, told
        assert {total for _, total, _ in told} == {100}
        assert any("Reading" in message for _, _, message in told)

        # The client gives up; the server stops, and serves on.
        slow = {"output_path": str(folder / "slow.bin"), "port": device.replace("10", "1")}
        waiting = asyncio.ensure_future(session.call_tool("esp_flash_read", slow))
        await asyncio.sleep(1)
        waiting.cancel()
        try:
            await waiting
        except asyncio.CancelledError:
            pass
        result, _ = await call(session, "esp_verify_flash", firmware_path=folder / "copy.bin",
                               port=f"sim:esp32s3?flash={folder / 'tool.bin'}")
        has(result, success=True, verified=True)
        assert not (folder / "slow.bin").exists()
    with_client(work, place)


def several_at_once(place):
    async def work(session, folder):
        results = await asyncio.gather(*(
            call(session, "esp_flash_read", output_path=folder / f"{i}.bin", port="sim:")
            for i in range(4)))
        for result, failed in results:
            assert not failed and result["bytes_read"] == 16 << 20
    with_client(work, place)


if __name__ == "__main__":
    sys.exit(main({
        "/peers/mcp/lists-its-tools": lists_its_tools,
        "/peers/mcp/flash.run": flash_run,
        "/peers/mcp/esp_flash_firmware": flash_firmware,
        "/peers/mcp/esp_flash_multi": flash_multi,
        "/peers/mcp/esp_flash_read-and-backup": read_and_backup,
        "/peers/mcp/esp_flash_erase": erase,
        "/peers/mcp/esp_verify_flash": verify,
        "/peers/mcp/firmware-and-elf": firmware,
        "/peers/mcp/monitor.run": monitor_run,
        "/peers/mcp/failures-are-results": failures_are_results,
        "/peers/mcp/progress-and-cancellation": progress_and_cancellation,
        "/peers/mcp/several-at-once": several_at_once,
    }))
