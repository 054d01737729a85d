#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""ekflash mcp, message by message: what a client library would not send, and how it all ends."""

import json
import os
import signal
import subprocess
import sys
import time

from harness import EKFLASH, Folder, main, read, run, test

INITIALIZE = {"protocolVersion": "2025-06-18", "capabilities": {},
              "clientInfo": {"name": "test", "version": "1"}}


class Server:
    """ekflash mcp for the length of a with block."""

    def __init__(self, initialize=True):
        self.initialize = initialize

    def __enter__(self):
        self.process = subprocess.Popen([EKFLASH, "mcp"], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        if self.initialize:
            assert "result" in self.ask("initialize", INITIALIZE, id="first")
            self.send(json.dumps({"jsonrpc": "2.0", "method": "notifications/initialized"}))
        return self

    def __exit__(self, *unused):
        self.process.kill()
        self.process.wait()
        for stream in (self.process.stdin, self.process.stdout, self.process.stderr):
            stream.close()

    def send(self, text):
        self.process.stdin.write(text.encode() + b"\n")
        self.process.stdin.flush()

    def receive(self):
        line = self.process.stdout.readline()
        assert line.endswith(b"\n"), line
        message = json.loads(line)
        assert message["jsonrpc"] == "2.0", message
        return message

    def ask(self, method, params=None, **others):
        message = {"jsonrpc": "2.0", "id": 1, "method": method, **others}
        if params is not None:
            message["params"] = params
        self.send(json.dumps(message))
        answer = self.receive()
        assert answer["id"] == message["id"], answer
        return answer

    def call(self, name, arguments, id):
        self.send(json.dumps({"jsonrpc": "2.0", "id": id, "method": "tools/call",
                              "params": {"name": name, "arguments": arguments}}))

    def end(self):
        self.process.stdin.close()
        code = self.process.wait(30)
        rest = self.process.stdout.read()
        self.process.stdin = open(os.devnull, "wb")
        return code, rest


@test
def usage():
    assert "Usage:" in run("mcp", "--help", code=0).stdout
    run("mcp", "extra", code=2)


@test
def versions_are_agreed_on():
    for wanted, got in (("2025-06-18",) * 2, ("2025-03-26",) * 2, ("2024-11-05",) * 2,
                        ("1999-01-01", "2025-11-25")):
        with Server(initialize=False) as server:
            result = server.ask("initialize", dict(INITIALIZE, protocolVersion=wanted))["result"]
            assert result["protocolVersion"] == got
            assert "tools" in result["capabilities"]
            assert result["serverInfo"]["name"] == "ekflash"


@test
def initialize_comes_first():
    with Server(initialize=False) as server:
        assert server.ask("ping")["result"] == {}
        assert server.ask("tools/list")["error"]["code"] == -32600
        assert server.ask("initialize", {})["error"]["code"] == -32602
        assert server.ask("tools/list")["error"]["code"] == -32600
        assert "result" in server.ask("initialize", INITIALIZE)
        assert len(server.ask("tools/list")["result"]["tools"]) >= 7


OPTIONAL_TEXT = (["string", "null"], None)

# What the two documented tool sets take: type and default, and what can't be left out.
INPUTS = {
    "firmware.list": ({"job_id": ("string", None)}, []),
    "firmware.download": ({"job_id": ("string", None), "output_dir": ("string", None)}, ["job_id"]),
    "elf.download": ({"build_id": ("string", None), "output_path": ("string", None),
                      "control_url": ("string", None)}, ["build_id", "output_path"]),
    "flash.run": ({"firmware_path": ("string", None), "port": ("string", None),
                   "baud": ("integer", 460800)}, ["firmware_path"]),
    "monitor.run": ({"port": ("string", None), "baud": ("integer", 115200),
                     "duration_sec": ("integer", 30), "filter": ("string", None),
                     "reset_on_connect": ("boolean", True)}, []),
    "esp_flash_firmware": ({"firmware_path": ("string", None), "port": OPTIONAL_TEXT,
                            "address": ("string", "0x0"), "verify": ("boolean", True)},
                           ["firmware_path"]),
    "esp_flash_multi": ({"files": ("array", None), "port": OPTIONAL_TEXT,
                         "verify": ("boolean", True), "compress": ("boolean", True)}, ["files"]),
    "esp_flash_read": ({"output_path": ("string", None), "port": OPTIONAL_TEXT,
                        "start_address": ("string", "0x0"), "size": OPTIONAL_TEXT},
                       ["output_path"]),
    "esp_flash_erase": ({"port": OPTIONAL_TEXT, "start_address": ("string", "0x0"),
                         "size": OPTIONAL_TEXT}, []),
    "esp_flash_backup": ({"backup_path": ("string", None), "port": OPTIONAL_TEXT,
                          "include_bootloader": ("boolean", True)}, ["backup_path"]),
    "esp_verify_flash": ({"firmware_path": ("string", None), "port": OPTIONAL_TEXT,
                          "address": ("string", "0x0")}, ["firmware_path"]),
}


@test
def tools_take_what_is_documented():
    with Server() as server:
        tools = {tool["name"]: tool["inputSchema"]
                 for tool in server.ask("tools/list")["result"]["tools"]}
        assert set(tools) == set(INPUTS)
        for name, (inputs, required) in INPUTS.items():
            assert tools[name]["required"] == required, name
            for key, (kind, default) in inputs.items():
                property_ = tools[name]["properties"][key]
                assert property_["type"] == kind, (name, key, property_)
                assert property_.get("default") == default, (name, key, property_)
        # a port that is null is a port that is missing: an error, and no guess
        for port in ({}, {"port": None}):
            result = server.ask("tools/call", {"name": "esp_flash_erase", "arguments": port})
            assert result["result"]["isError"] is True
            assert result["result"]["structuredContent"]["error"] == "port: is required"


@test
def garbage_gets_its_error_and_nothing_else():
    rows = [
        ("garbage", -32700, None),
        ("{", -32700, None),
        ('"text', -32700, None),
        ("[" * 100000, -32700, None),
        ("{\"a\":" * 1000, -32700, None),
        ("\x00", -32700, None),
        ("x" * (3 << 20), -32700, None),
        ("[]", -32600, None),
        ("7", -32700, None),
        ('{"id":3}', -32600, 3),
        ('{"jsonrpc":"1.0","id":3,"method":"ping"}', -32600, 3),
        ('{"jsonrpc":"2.0","id":null,"method":"ping"}', -32600, None),
        ('{"jsonrpc":"2.0","id":{},"method":"ping"}', -32600, None),
        ('{"jsonrpc":"2.0","id":1.5,"method":"ping"}', -32600, None),
        ('{"jsonrpc":"2.0","id":3,"method":7}', -32600, 3),
        ('{"jsonrpc":"2.0","id":3,"method":"ping","params":[1]}', -32600, 3),
        ('{"jsonrpc":"2.0","id":"x","method":"no/such"}', -32601, "x"),
        ('{"jsonrpc":"2.0","id":3,"method":"tools/call"}', -32602, 3),
        ('{"jsonrpc":"2.0","id":3,"method":"tools/call","params":{"name":7}}', -32602, 3),
        ('{"jsonrpc":"2.0","id":3,"method":"tools/call","params":{"name":"none"}}', -32602, 3),
        ('{"jsonrpc":"2.0","id":3,"method":"tools/call","params":{"name":"esp_flash_erase",'
         '"arguments":[]}}', -32602, 3),
    ]
    with Server() as server:
        for text, code, number in rows:
            server.send(text)
            answer = server.receive()
            assert answer["error"]["code"] == code, (text[:60], answer)
            assert answer["id"] == number and answer["error"]["message"], (text[:60], answer)
        # What wants no answer gets none: the next one is that of ping.
        for text in ("", "\r", '{"jsonrpc":"2.0","method":"no/such"}',
                     '{"jsonrpc":"2.0","id":9,"result":{}}',
                     '{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":9}}',
                     '{"jsonrpc":"2.0","method":"notifications/cancelled"}'):
            server.send(text)
        assert server.ask("ping", id="after")["result"] == {}


@test
def bytes_in_any_portions():
    with Server() as server:
        for byte in b'{"jsonrpc":"2.0","id":5,"method":"ping"}\r\n':
            server.process.stdin.write(bytes([byte]))
            server.process.stdin.flush()
        assert server.receive() == {"jsonrpc": "2.0", "id": 5, "result": {}}
        two = b'{"jsonrpc":"2.0","id":6,"method":"ping"}\n{"jsonrpc":"2.0","id":7,"method":"ping"}\n'
        server.process.stdin.write(two)
        server.process.stdin.flush()
        assert server.receive()["id"] == 6 and server.receive()["id"] == 7


@test
def an_id_in_use_is_refused():
    with Server() as server, Folder() as folder:
        path = os.path.join(folder.folder.name, "copy.bin")
        server.call("esp_flash_read", {"output_path": path, "port": "sim:esp32s3?pace=2"}, 4)
        assert server.ask("ping", id=4)["error"]["code"] == -32600
        assert server.receive()["result"]["structuredContent"]["success"] is True


@test
def cancelled_means_no_answer():
    with Server() as server, Folder() as folder:
        path = os.path.join(folder.folder.name, "copy.bin")
        server.call("esp_flash_read", {"output_path": path, "port": "sim:esp32s3?pace=1"}, 4)
        server.send('{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":4}}')
        assert server.ask("ping", id=5)["result"] == {}
        assert server.end() == (0, b"")
        assert not os.path.exists(path)


@test
def the_end_of_the_input_is_the_end():
    with Server() as server:
        assert server.end() == (0, b"")
    with Server() as server, Folder() as folder:
        # A tool at work is stopped and waited for.
        run("probe", "-d", folder.device, code=0)
        before = read(folder.flash)
        path = os.path.join(folder.folder.name, "copy.bin")
        server.call("esp_flash_read", {"output_path": path, "port": folder.device + "&pace=1"}, 4)
        began = time.monotonic()
        assert server.end() == (0, b"") and time.monotonic() - began < 10
        assert not os.path.exists(path) and read(folder.flash) == before
    with Server() as server:
        server.process.send_signal(signal.SIGTERM)
        assert server.process.wait(10) == 130


@test
def nothing_but_the_protocol_on_standard_output():
    environment = dict(os.environ, G_MESSAGES_DEBUG="all")
    with Folder() as folder:
        path = os.path.join(folder.folder.name, "copy.bin")
        lines = [{"id": 1, "method": "initialize", "params": INITIALIZE},
                 {"id": 2, "method": "tools/call",
                  "params": {"name": "esp_flash_read",
                             "arguments": {"output_path": path, "port": "sim:", "size": "4096"},
                             "_meta": {"progressToken": "t"}}}]
        process = subprocess.Popen([EKFLASH, "mcp"], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                   stderr=subprocess.PIPE, env=environment)
        for line in lines:
            process.stdin.write(json.dumps({"jsonrpc": "2.0", **line}).encode() + b"\n")
        process.stdin.flush()
        answers = []
        while not answers or answers[-1].get("id") != 2:
            answers.append(json.loads(process.stdout.readline()))
        rest, said = process.communicate(timeout=30)
        assert rest == b"" and b"ek-" in said
        assert {answer["jsonrpc"] for answer in answers} == {"2.0"}
        progress = [answer["params"] for answer in answers if "method" in answer]
        assert progress and all(one["progressToken"] == "t" for one in progress)


sys.exit(main("mcp"))
