#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""ekflash firmware, elf, and flash --board: from a web server of our own, and without one."""

import contextlib
import functools
import hashlib
import http.server
import json
import os
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import threading

from harness import (APP_OFFSET, EKFLASH, FIRMWARE, FLASH_SIZE, MERGED, Folder, Skip, main, need, read, run,
                     sha, test)

ELF = os.path.join(FIRMWARE, "echokit_boards")

LIST = """esp_toml_version = 1.0
firmware_images_url = "%s"
supported_apps = ["EchoKit", "Broken"]

[EchoKit]
chipsets = ["ESP32-S3"]
developKits.esp32-s3 = ["EchoKit-DIY", "EchoKit-BOX"]
image.EchoKit-DIY = "echokit_boards.bin"
image.EchoKit-BOX = "echokit_box.bin"
description = "EchoKit firmware"

[Broken]
chipsets = ["ESP32-S3"]
"""


class Handler(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *unused):
        pass


class Server(http.server.ThreadingHTTPServer):
    def handle_error(self, *unused):
        """A client that goes away is what some tests are about."""


class Web:
    """A folder that is served, a cache, and the environment that uses it."""

    def __init__(self):
        self.folder = tempfile.TemporaryDirectory()
        self.root = os.path.join(self.folder.name, "web")
        os.mkdir(self.root)
        handler = functools.partial(Handler, directory=self.root)
        self.server = Server(("127.0.0.1", 0), handler)
        self.url = "http://127.0.0.1:%d/" % self.server.server_port
        self.list = self.url + "echokit.toml"
        self.environment = {
            **os.environ,
            "XDG_CACHE_HOME": self.path("cache"),
            "GIO_USE_PROXY_RESOLVER": "dummy",
        }
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.01,))
        self.thread.start()
        self.put("echokit.toml", (LIST % self.url).encode())

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        self.stop()
        self.folder.cleanup()

    def stop(self):
        if self.thread is not None:
            self.server.shutdown()
            self.server.server_close()
            self.thread.join()
            self.thread = None

    def path(self, *names):
        return os.path.join(self.folder.name, *names)

    def put(self, name, data):
        with open(os.path.join(self.root, name), "wb") as file:
            file.write(data)

    def link(self, name, source):
        os.symlink(source, os.path.join(self.root, name))

    def run(self, *words, **kwargs):
        return run(*words, env=self.environment, **kwargs)

    def json(self, *words, code=0, **kwargs):
        result = self.run(*words, "--json", code=code, **kwargs)
        assert result.stderr == "", result.stderr
        return json.loads(result.stdout)


def offline_environment(folder):
    """Every address refuses: a proxy that isn't there would be another error."""
    return {**os.environ, "XDG_CACHE_HOME": folder, "GIO_USE_PROXY_RESOLVER": "dummy"}


@test
def usage():
    for words in (
        ["firmware"],
        ["firmware", "juggle"],
        ["firmware", "list", "extra"],
        ["firmware", "list", "--board", "diy"],
        ["firmware", "list", "--offline", "--refresh"],
        ["firmware", "download"],
        ["firmware", "download", "a", "b"],
        ["firmware", "download", "a", "--board", "diy"],
        ["elf"],
        ["elf", "download"],
        ["elf", "upload", "a"],
        ["flash", "--board", "diy", "--offline", "--refresh"],
        ["flash", "--board", "diy", "--address", "0"],
    ):
        run(*words, code=2)


@test
def first_start_without_a_network():
    """The list is there, out of the program itself."""
    with tempfile.TemporaryDirectory() as folder:
        words = ["firmware", "list", "--offline", "--json"]
        result = json.loads(run(*words, code=0, env=offline_environment(folder)).stdout)
        assert [build["board"] for build in result["builds"]] == ["echokit-box", "echokit-diy"]
        assert all(build["target"] == "esp32s3" for build in result["builds"])
        assert result["lists"][0]["state"] == "built-in"
        assert "age_seconds" not in result["lists"][0], result
        assert not any(build["saved"] for build in result["builds"])
        people = run("firmware", "list", "--offline", code=0, env=offline_environment(folder))
        assert "EchoKit Box" in people.stdout and "built in" in people.stdout


@test
def first_start_in_a_network_that_leads_nowhere():
    unshare = shutil.which("unshare")
    if not unshare or subprocess.run([unshare, "-rn", "true"], check=False,
                                     capture_output=True).returncode:
        raise Skip("no network can be taken away here")
    with tempfile.TemporaryDirectory() as folder:
        words = [unshare, "-rn", EKFLASH, "firmware", "list", "--json"]
        said = subprocess.run(words, capture_output=True, text=True, timeout=60, check=False,
                              env=offline_environment(folder))
        assert said.returncode == 0, said
        result = json.loads(said.stdout)
        assert len(result["builds"]) == 2 and result["lists"][0]["state"] == "built-in"
        assert result["lists"][0]["code"] == "offline"


@test
def list_from_the_web():
    with Web() as web:
        result = web.json("firmware", "list", "--list", web.list)
        builds = result["builds"]
        # the keys of espctl's firmware.list, first and as they are there
        assert list(builds[0])[:4] == ["task_id", "target", "status", "build_type"]
        assert builds[0]["target"] == "esp32s3" and builds[0]["status"] == "succeeded"
        assert builds[0]["id"] == "EchoKit/EchoKit-DIY"
        assert builds[0]["url"] == web.url + "echokit_boards.bin"
        assert len({build["task_id"] for build in builds}) == len(builds)
        # a broken entry is shown as broken
        broken = [build for build in builds if build["status"] == "failed"]
        assert len(broken) == 1 and broken[0]["problem"]
        assert result["lists"][0]["state"] == "fresh"
        assert result["lists"][0]["url"] == web.list

        # the second time it is revalidated, then the server is gone
        assert web.json("firmware", "list", "--list", web.list)["lists"][0]["state"] == "fresh"
        web.stop()
        later = web.json("firmware", "list", "--list", web.list)
        assert [b["task_id"] for b in later["builds"]] == [b["task_id"] for b in builds]
        assert later["lists"][0]["state"] == "cached"
        assert later["lists"][0]["code"] == "offline"
        people = web.run("firmware", "list", "--list", web.list, code=0).stdout
        assert "saved" in people and "[offline]" in people


@test
def last_good_list_is_kept():
    with Web() as web:
        good = web.json("firmware", "list", "--list", web.list)["builds"]
        for bad in (b"<html>moved</html>", b"esp_toml_version = \x00", b"[[[", b""):
            web.put("echokit.toml", bad)
            os.utime(os.path.join(web.root, "echokit.toml"), (2e9, 2e9))
            result = web.json("firmware", "list", "--list", web.list)
            assert [b["task_id"] for b in result["builds"]] == [b["task_id"] for b in good], bad
            assert result["lists"][0]["state"] == "cached", bad
            assert result["lists"][0]["error"], bad
        # and by the next process too
        web.stop()
        assert web.json("firmware", "list", "--list", web.list)["builds"]


@test
def several_lists():
    with Web() as web:
        copy = web.path("copy.toml")
        shutil.copy(os.path.join(web.root, "echokit.toml"), copy)
        words = ["firmware", "list", "--list", web.list, "--list", copy]
        result = web.json(*words, "--list", web.url + "missing.toml")
        assert len(result["builds"]) == 6
        assert len({build["task_id"] for build in result["builds"]}) == 6
        assert [entry.get("code") for entry in result["lists"]] == [None, None, "not-on-server"]
        # one alone that doesn't work is an error
        rows = [
            ("not-on-server", web.url + "missing.toml"),
            ("file-not-found", web.path("missing.toml")),
            ("invalid-argument", "gopher://127.0.0.1/a.toml"),
            ("invalid-argument", ""),
        ]
        for code, name in rows:
            failed = web.json("firmware", "list", "--list", name, code=1)
            assert failed["success"] is False and failed["code"] == code, (name, failed)
        # the same word for several
        failed = web.json("firmware", "download", "EchoKit", "--list", web.list, code=1)
        assert failed["code"] == "invalid-argument"


@test
def download():
    need(MERGED)
    with Web() as web:
        web.link("echokit_boards.bin", MERGED)
        out = web.path("out", "deep")
        words = ["firmware", "download", "--board", "diy", "--list", web.list]
        result = web.json(*words, "--output-dir", out)
        # the keys of espctl's firmware.download, first and as they are there
        assert list(result)[:4] == ["job_id", "status", "artifact_lines", "output_dir"]
        assert result["status"] == "succeeded" and result["output_dir"] == out
        assert result["artifact_lines"] == ["echokit_boards.bin"]
        # what README.md of the real files says of this one
        assert result["version"] == "v0.3.1" and result["board"] == "echokit-diy"
        assert result["origin"] == "fresh" and result["age_seconds"] == 0
        entry = result["files"][0]
        assert entry["sha256"] == sha(MERGED) == sha(entry["path"])
        assert entry["size_bytes"] == os.path.getsize(MERGED)

        # the list knows it now; by its task_id it is found again, and not sent again
        build = web.json("firmware", "list", "--list", web.list)["builds"][0]
        assert build["saved"] is True and build["version"] == "v0.3.1"
        assert build["task_id"] == result["job_id"]
        again = web.json("firmware", "download", build["task_id"], "--list", web.list, "-o", out)
        assert again["origin"] == "current"

        web.stop()
        for extra in ([], ["--offline"]):
            cached = web.json(*words, "-o", web.path("later"), *extra)
            assert cached["origin"] == "cached"
            assert sha(cached["files"][0]["path"]) == sha(MERGED)
        said = web.run(*words, "-o", out, code=0)
        assert "could not be asked" in said.stderr
        # what was not downloaded isn't there
        assert web.json("firmware", "download", "--board", "box", "--list", web.list, "-o", out,
                        code=1)["code"] == "offline"


@test
def downloads_that_fail():
    need(MERGED)
    with Web() as web:
        words = ["firmware", "download", "--board", "diy", "--list", web.list, "-o", web.path("o")]
        data = bytearray(read(MERGED)[: APP_OFFSET + 0x300000])
        damaged = bytearray(data)
        damaged[APP_OFFSET + 0x1234] ^= 1
        rows = [
            ("not-on-server", None),
            ("download-no-firmware", b"<!DOCTYPE html><title>Log in</title>"),
            ("download-no-firmware", b"Not found.\n"),
            ("download-damaged", b""),
            ("not-firmware", os.urandom(4096)),
            ("firmware-damaged", bytes(damaged)),
        ]
        for code, content in rows:
            if content is not None:
                web.put("echokit_boards.bin", content)
            failed = web.json(*words, "--refresh", code=1)
            assert failed["code"] == code, (code, failed)
            assert failed["advice"]["title"] and failed["advice"]["steps"]
            assert not os.path.exists(web.path("o", "echokit_boards.bin"))
        # named for the wrong EchoKit
        shutil.copy(MERGED, os.path.join(web.root, "echokit_box.bin"))
        failed = web.json("firmware", "download", "--board", "box", "--list", web.list, code=1)
        assert failed["code"] == "firmware-wrong-board", failed
        # an entry that is broken in the list
        failed = web.json("firmware", "download", "Broken", "--list", web.list, code=1)
        assert failed["code"] == "catalog-entry", failed


@test
def no_room_for_a_download():
    need(MERGED)

    def limit():
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 20, 1 << 20))

    with Web() as web:
        web.link("echokit_boards.bin", MERGED)
        words = ["firmware", "download", "--board", "diy", "--list", web.list]
        failed = web.json(*words, code=1, preexec_fn=limit)
        assert failed["code"] == "disk-full", failed
        assert os.listdir(web.path("cache", "echokit-flasher", "partial")) == []
        assert web.json(*words, "-o", web.path("o"))["status"] == "succeeded"
        # the cache has it, but there is no room for the copy
        failed = web.json(*words, "-o", web.path("p"), code=1, preexec_fn=limit)
        assert failed["code"] in ("disk-full", "file-write"), failed
        assert not os.path.exists(web.path("p", "echokit_boards.bin"))


@test
def names_from_the_web_are_no_paths():
    need(MERGED)
    with Web() as web:
        web.link(".bashrc", MERGED)
        words = ["firmware", "download", "--board", "diy", "--list", web.list]
        for name in (".bashrc", "x/%2e%2e/.bashrc", "..%2f.bashrc", "%2e%2e%2f.bashrc?x=/etc"):
            out = web.path("out", hashlib.sha256(name.encode()).hexdigest())
            text = (LIST % web.url).replace('"echokit_boards.bin"', '"%s"' % name)
            web.put("echokit.toml", text.encode())
            result = web.json(*words, "--refresh", "-o", out)
            assert [os.path.join(out, found) for found in os.listdir(out)] == [
                result["files"][0]["path"]
            ], name
            assert not os.path.basename(result["files"][0]["path"]).startswith("."), name
        assert not os.path.exists(web.path("out", ".bashrc"))


@test
def elf():
    need(ELF)
    with Web() as web:
        web.link("echokit_boards", ELF)
        out = web.path("deep", "program.elf")
        words = ["elf", "download", "--board", "diy", "--list", web.list, "--output", out]
        result = web.json(*words)
        # the keys of espctl's elf.download, first and as they are there
        assert list(result)[:5] == ["build_id", "path", "size_bytes", "sha256", "next_steps"]
        # facts of the real file
        assert result["sha256"].startswith("4cd45df2424076d2") and result["size_bytes"] == 3935920
        assert result["path"] == out and sha(out) == result["sha256"]
        assert result["version"] == "v0.3.1" and "gdb" in result["next_steps"]
        web.put("echokit_box", b"<html>404</html>")
        words = ["elf", "download", "--list", web.list, "-o", web.path("box.elf")]
        assert web.json(*words, "--board", "box", code=1)["code"] == "download-no-firmware"


@test
def newest_release():
    """What GitHub has is told beside the list, which follows it with a delay."""
    need(MERGED)
    with Web() as web:
        web.link("echokit_boards.bin", MERGED)
        words = ["firmware", "list", "--list", web.list, "--releases", web.url + "releases"]
        assert "newest_release" not in web.json(*words)
        web.put("releases", json.dumps([
            {"tag_name": tag, "draft": False, "prerelease": tag.endswith("rc1"), "assets": [],
             "published_at": "2026-05-05T05:00:00Z"} for tag in ("v0.3.1", "v0.4.0-rc1", "v0.3.2")
        ]).encode())
        result = web.json(*words)
        assert result["newest_release"] == "v0.3.2"
        # which version the list has is known when its file is here
        assert not any("outdated" in build for build in result["builds"])
        web.json("firmware", "download", "--board", "diy", "--list", web.list, "--output-dir",
                 web.path("out"))
        outdated = {build["id"]: build.get("outdated") for build in web.json(*words)["builds"]}
        assert outdated["EchoKit/EchoKit-DIY"] is True, outdated
        assert "newest release is v0.3.2" in web.run(*words, code=0).stdout
        # and without the web, what was heard last
        web.stop()
        assert web.json(*words, "--offline")["newest_release"] == "v0.3.2"


@test
def downloaded_elf_explains_crashes():
    """Without being named: the crash says which program it was."""
    need(ELF)
    crash = ("abort() was called at PC 0x42020e80 on core 0\n\n"
             "Backtrace: 0x42020e80:0x3fca5c10\n\nELF file SHA256: 4cd45df24\n\nRebooting...\n")
    with Web() as web:
        web.link("echokit_boards", ELF)
        before = web.run("decode", input=crash, code=0)
        assert "echokit::main" not in before.stdout
        web.json("elf", "download", "--board", "diy", "--list", web.list, "-o", web.path("e"))
        after = web.run("decode", input=crash, code=0)
        assert "echokit::main" in after.stdout, after.stdout


@test
def elf_of_a_release():
    need(ELF)
    with Web() as web:
        web.link("asset", ELF)
        digest = "sha256:" + sha(ELF)
        asset = {"name": "echokit_boards", "size": os.path.getsize(ELF), "digest": digest,
                 "state": "uploaded", "browser_download_url": web.url + "asset"}
        release = {"tag_name": "v0.3.1", "draft": False, "prerelease": False,
                   "published_at": "2026-01-23T05:00:00Z", "assets": [asset]}
        words = ["elf", "download", "--board", "diy", "--list", web.list, "-o", web.path("e"),
                 "--releases", web.url + "releases"]
        web.put("releases", json.dumps([release]).encode())
        assert web.json(*words, "--release", "v0.3.1")["sha256"] == sha(ELF)
        assert web.json(*words, "--release", "v9", code=1)["code"] == "not-on-server"
        # another file than the one whose hash GitHub published
        shutil.rmtree(web.path("cache"))
        asset["digest"] = "sha256:" + hashlib.sha256(b"another").hexdigest()
        web.put("releases", json.dumps([release]).encode())
        assert web.json(*words, "--release", "0.3.1", code=1)["code"] == "download-damaged"


@test
def boot_loader_of_an_official_image_in_the_cache():
    """A program on a blank chip: what starts it comes from what was downloaded before."""
    need(ELF)
    need(MERGED)
    with Web() as web, Folder() as folder:
        folder.file("flash.bin", b"\xff" * FLASH_SIZE)
        words = ["flash", "-d", folder.device, ELF, "--list", web.list]
        assert web.json(*words, code=1)["code"] == "no-bootloader"
        web.link("echokit_boards.bin", MERGED)
        web.json("firmware", "download", "--board", "diy", "--list", web.list, "--output-dir",
                 web.path("out"))
        web.stop()
        result = web.json(*words)
        assert result["bootloader_from"] == "official" and result["started"] is True
        assert read(folder.flash)[:0x8000] == read(MERGED)[:0x8000]


@test
def flash_without_a_file():
    need(MERGED)
    with Web() as web:
        web.link("echokit_boards.bin", MERGED)
        flash = web.path("flash.bin")
        words = ["flash", "-d", "sim:esp32s3?flash=" + flash, "--board", "diy", "--list", web.list]
        result = web.json(*words)
        assert result["success"] is True and result["version"] == "v0.3.1"
        assert result["firmware_path"] == web.url + "echokit_boards.bin"
        assert result["keeps_settings"] is True and result["started"] is True
        assert read(flash)[APP_OFFSET:] == read(MERGED)[APP_OFFSET:]
        assert b"Demo garden" in read(flash)

        # without the server: out of the cache, and it says so
        web.stop()
        os.unlink(flash)
        said = web.run(*words, code=0)
        assert "could not be asked" in said.stderr
        assert read(flash)[APP_OFFSET:] == read(MERGED)[APP_OFFSET:]
        failed = web.json("flash", "-d", "sim:", "--board", "box", "--list", web.list, code=1)
        assert failed["code"] == "offline"


@test
def flash_listens_at_the_speed_of_the_list():
    need(MERGED)
    with Web() as web:
        web.link("echokit_boards.bin", MERGED)
        device = "sim:esp32s3?usb=uart&id=1a86:55d3&console=921600"
        words = ["flash", "-d", device, "--board", "diy", "--list", web.list]
        assert web.json(*words)["started"] is False
        web.put("echokit.toml", (LIST % web.url).replace(
            "description", "console_baudrate = 921600\ndescription").encode())
        result = web.json(*words, "--refresh")
        assert result["started"] is True and result["started_version"] == "v0.3.1"
        # and the monitor goes on at that speed
        process = subprocess.Popen([EKFLASH, *words, "--monitor", "--quiet"], text=True,
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                   env=web.environment)
        heard = ""
        while "app_init: App version:      v0.3.1" not in heard:
            line = process.stdout.readline()
            assert line, heard
            heard += line
        while "— Listening to sim:esp32s3 at 921600 baud. —" not in process.stderr.readline():
            pass
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=30)


@test
def killed_at_any_time_and_done_again():
    """Whatever a killed download left behind, the next one ends up with the same file."""
    need(MERGED)
    with Web() as web:
        web.link("echokit_boards.bin", MERGED)
        words = ["firmware", "download", "--board", "diy", "--list", web.list, "--quiet"]
        for delay in (0.005, 0.01, 0.02, 0.04, 0.08):
            process = subprocess.Popen([EKFLASH, *words, "-o", web.path("killed")],
                                       env=web.environment, stdout=subprocess.DEVNULL,
                                       stderr=subprocess.DEVNULL)
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(delay)
            process.kill()
            process.wait()
        result = web.json(*words[:-1], "-o", web.path("o"))
        assert sha(result["files"][0]["path"]) == sha(MERGED)


sys.exit(main("firmware"))
