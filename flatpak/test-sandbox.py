#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Looks at the installed Flatpak and uses it in its sandbox; prints TAP. scripts/test-flatpak runs it.

usage: test-sandbox.py FOLDER use|update

FOLDER gets a picture of the window. The home is one for the test alone.
"""

import configparser
import contextlib
import gzip
import http.server
import json
import os
import re
import shlex
import subprocess
import sys
import threading
import time
from pathlib import Path

from tap import Skip, check, main

APP = "dev.echokit.Flasher"
TITLE = "EchoKit Flasher"
# flatpak-builder gave it the older name until 1.3
METAINFO = (f"{APP}.metainfo.xml", f"{APP}.appdata.xml")
WORK = Path(sys.argv[1]).resolve()
FIRMWARE = Path(os.environ["EK_SHARED_DIR"]).resolve() / "firmware" / "echokit_boards.bin"
HOME = Path.home()
BUS_LOG = WORK / "bus.log"
DEADLINE = 60

LIST = """esp_toml_version = 1.0
firmware_images_url = "http://127.0.0.1:%d/"
supported_apps = ["Sandbox clock"]
["Sandbox clock"]
chipsets = ["ESP32-S3"]
image.esp32-s3 = "clock.bin"
"""


def run(*words, **options):
    return subprocess.run([str(word) for word in words], stdin=subprocess.DEVNULL, text=True,
                          capture_output=True, timeout=300, **options)


def flatpak(*words):
    done = run("flatpak", *words)
    check(done.returncode == 0, words, done.stdout, done.stderr)
    return done.stdout


def inside(command, *words, options=(), code=0):
    """Runs a program of the app's or its runtime's in the sandbox."""
    done = run("flatpak", "run", *options, f"--command={command}", APP, *words)
    check(done.returncode == code, command, words, done.returncode, done.stdout, done.stderr)
    return done


def lines_of(text):
    parser = configparser.ConfigParser(interpolation=None, strict=False)
    parser.optionxform = str
    parser.read_string(text)
    return parser


def wait(what, test):
    """What another process does can't be waited for otherwise."""
    end = time.monotonic() + DEADLINE
    while time.monotonic() < end:
        if found := test():
            return found
        time.sleep(0.2)
    raise AssertionError(f"{what} did not come")


def exported():
    return Path(flatpak("info", "--show-location", APP).strip()) / "export" / "share"


def is_running():
    return APP in run("flatpak", "ps", "--columns=application").stdout


@contextlib.contextmanager
def started(*words, options=("--unshare=network",)):
    """The window's program, until the end of the block."""
    program = subprocess.Popen(["flatpak", "run", *options, APP, *words])
    try:
        yield program
    finally:
        stop(program)


def stop(program=None):
    run("flatpak", "kill", APP)
    if program is not None:
        program.terminate()
        program.wait()
    wait("the program's end", lambda: not is_running())


def window():
    """The window's place, once it has one of its own size."""
    tree = run("xwininfo", "-root", "-tree").stdout
    found = re.search(rf'(0x[0-9a-f]+) "{TITLE}": .* (\d+)x(\d+)\+', tree)
    return found if found and int(found.group(2)) >= 300 else None


def call_bus(name, path, method, *words):
    return run("gdbus", "call", "--session", "--timeout", DEADLINE, "--dest", name,
               "--object-path", path, "--method", method, *words)


def need_portal(name):
    """A test that wants the desktop's portals can't be made without them."""
    done = call_bus("org.freedesktop.portal.Desktop", "/org/freedesktop/portal/desktop",
                    "org.freedesktop.DBus.Properties.Get", f"org.freedesktop.portal.{name}",
                    "version")
    if done.returncode != 0:
        raise Skip(f"there is no portal for {name} here")


def need_documents():
    """Files are handed over in a file system of its own."""
    bus = "org.freedesktop.portal.Documents"
    done = call_bus(bus, "/org/freedesktop/portal/documents", f"{bus}.GetMountPoint")
    if done.returncode != 0:
        raise Skip("there is no portal for documents here, or no FUSE for it")


def permissions(_folder):
    """serial ports, network, and a screen; no files, no bus names, nothing else"""
    given = lines_of(flatpak("info", "--show-permissions", APP))
    got = {(section, key): set(filter(None, value.split(";")))
           for section in given.sections() for key, value in given[section].items()}
    check(got == {
        ("Context", "shared"): {"network", "ipc"},
        ("Context", "sockets"): {"wayland", "fallback-x11", "x11"},
        ("Context", "devices"): {"all"},
    } or got == {
        ("Context", "shared"): {"network", "ipc"},
        ("Context", "sockets"): {"wayland", "fallback-x11"},
        ("Context", "devices"): {"all"},
    }, got)


def exports(_folder):
    """what a desktop gets: menu entry, bus name, icons, description, file type"""
    share = exported()
    got = {str(p.relative_to(share)) for p in share.rglob("*") if not p.is_dir()}
    got -= {f"metainfo/{name}" for name in METAINFO}
    check(got == {
        f"applications/{APP}.desktop",
        f"dbus-1/services/{APP}.service",
        f"icons/hicolor/scalable/apps/{APP}.svg",
        f"icons/hicolor/symbolic/apps/{APP}-symbolic.svg",
        f"mime/packages/{APP}.xml",
    }, sorted(got))


def desktop_file(_folder):
    """the menu entry is valid, starts the sandbox and takes files along"""
    path = exported() / "applications" / f"{APP}.desktop"
    done = run("desktop-file-validate", path)
    check(done.returncode == 0, done.stdout, done.stderr)
    entry = lines_of(path.read_text())["Desktop Entry"]
    words = shlex.split(entry["Exec"])
    check(words[1] == "run" and APP in words and "--command=echokit-flasher" in words, words)
    check("--file-forwarding" in words and words[-3:] == ["@@u", "%u", "@@"], words)
    check(entry["MimeType"] == "application/x-echokit-bundle;", entry["MimeType"])


def metainfo(_folder):
    """the description for software centres is valid, and composed into the app"""
    found = [path for name in METAINFO if (path := exported() / "metainfo" / name).exists()]
    check(len(found) == 1, found)
    done = run("appstreamcli", "validate", "--no-net", "--explain", *found)
    check(done.returncode == 0, done.stdout, done.stderr)
    files = Path(flatpak("info", "--show-location", APP).strip()) / "files" / "share"
    check(list(files.glob("app-info/xmls/*.xml.gz")) + list(files.glob("swcatalog/xml/*.xml.gz")),
          "no catalogue data")


def file_type(folder):
    """a bundle's file is known by its name, and opened with the app"""
    for name in ("flash_bundle.tar.gz", "box.echokit"):
        (folder / name).write_bytes(gzip.compress(b"any"))
        kind = run("gio", "info", "-a", "standard::content-type", folder / name).stdout
        check("application/x-echokit-bundle" in kind, name, kind)
    opener = run("gio", "mime", "application/x-echokit-bundle").stdout
    check(f"{APP}.desktop" in opener, opener)


def leftovers(_folder):
    """the app's folder holds no headers, no manuals, no udev rule, nothing of the build"""
    files = Path(flatpak("info", "--show-location", APP).strip()) / "files"
    got = [str(p.relative_to(files)) for p in files.rglob("*") if not p.is_dir()]
    bad = [name for name in got if re.search(
        r"^include/|pkgconfig|/cmake/|/man/|\.(a|la|c|h|o|rules|pc)$|_flatpak_build|\.debug$", name)]
    check(not bad, bad)
    check({"bin/echokit-flasher", "bin/ekflash"} == {n for n in got if n.startswith("bin/")}, got)


def tool_starts(_folder):
    """ekflash is in it too, and speaks the user's language"""
    check(re.match(r"ekflash \d+\.\d+", inside("ekflash", "--version").stdout))
    words = inside("ekflash", "--help",
                   options=["--env=LANGUAGE=de", "--env=LC_ALL=C.UTF-8"]).stdout
    check("Firmware auf einem Gerät installieren" in words, words)


def tool_lists_ports(_folder):
    """ekflash ports lists the devices, as JSON for scripts"""
    ports = json.loads(inside("ekflash", "ports", "--json").stdout)
    check(isinstance(ports, list), ports)
    nodes = {port["path"] for port in ports}
    check(all(Path(node).exists() for node in nodes), nodes)


def sees_devices(_folder):
    """sysfs and /dev are the computer's own, where devices are looked for"""
    for folder in ("/sys/class/tty", "/sys/bus/usb/devices", "/dev"):
        there = os.path.isdir(folder)
        got = inside("sh", "-c", f"test -d {folder} && ls -A {folder}", code=0 if there else 1)
        # Terminals and memory come and go; the sandbox has a /dev/shm of its own.
        check(not there or set(got.stdout.split()) == set(os.listdir(folder)), folder, got.stdout)


def talks_over_a_tty(folder):
    """a terminal that came after the sandbox is talked to, with the stub"""
    simulator = subprocess.Popen(
        ["flatpak", "run", f"--filesystem={folder}", "--command=ekflash", APP, "simulate",
         f"--pty={folder / 'link'}"], stdout=subprocess.DEVNULL)
    try:
        node = wait("the terminal", lambda: (folder / "link").is_symlink() and
                    os.readlink(folder / "link"))
        answer = json.loads(inside("ekflash", "probe", "--device", node, "--json").stdout)
        check(answer["chip_type"].startswith("ESP32-S3"), answer)
    finally:
        stop(simulator)


def shows_an_update(_folder):
    """the demo updates a simulated EchoKit to the end"""
    said = inside("ekflash", "demo", options=["--unshare=network"]).stdout
    check("0.2.0" in said, said)


def installs_firmware(_folder):
    """real firmware goes onto a simulated EchoKit, with the official stub"""
    if not FIRMWARE.exists():
        raise Skip("the real firmware is not here")
    done = inside("ekflash", "flash", "--device", "sim:", "--board", "diy", FIRMWARE, "--json",
                  options=[f"--filesystem={FIRMWARE.parent}:ro", "--unshare=network"])
    result = json.loads(done.stdout)
    check(result["success"] and result["verified"] and result["outcome"] == "started", result)
    check(result["version"] == "v0.3.1" and result["simulated"] and result["stub"], result)


def keeps_files_out(_folder):
    """a file that nobody has handed over can't be read, and the error says so"""
    secret = HOME / "secret.bin"
    secret.write_bytes(b"x" * 4096)
    done = inside("ekflash", "image", "info", secret, "--json", code=1)
    check("not_found" in done.stdout or "no such" in (done.stdout + done.stderr).lower(),
          done.stdout, done.stderr)
    inside("sh", "-c", f"! test -e {shlex.quote(str(secret))}")


def keeps_settings(_folder):
    """settings are kept from one start to the next, in the app's own folder"""
    if run("flatpak", "run", "--command=gsettings", APP, "--version").returncode != 0:
        raise Skip("this runtime has no gsettings")
    listed = inside("gsettings", "list-keys", APP).stdout.split()
    check({"window-width", "boards", "lists"} <= set(listed), listed)
    inside("gsettings", "set", APP, "window-width", "777")
    check(inside("gsettings", "get", APP, "window-width").stdout.strip() == "777")
    check((HOME / ".var/app" / APP / "config/glib-2.0/settings/keyfile").is_file())
    inside("gsettings", "reset", APP, "window-width")


def opens_a_window(_folder):
    """the window comes, drawn, out of a sandbox"""
    with started():
        number = wait("a window", window).group(1)
        rows = [row.split() for row in
                flatpak("ps", "--columns=child-pid,application").splitlines()]
        # one that has just ended may be listed still
        places = [Path("/proc") / row[0] for row in rows if len(row) == 2 and row[1] == APP]
        check(any((place / "root" / ".flatpak-info").exists() and
                  os.readlink(place / "ns" / "mnt") != os.readlink("/proc/self/ns/mnt")
                  for place in places), "not in a sandbox", rows)

        def is_drawn():
            run("import", "-window", number, WORK / "window.png")
            colours = run("identify", "-format", "%k", WORK / "window.png").stdout
            return colours.isdigit() and int(colours) > 50

        wait("a picture", is_drawn)


def is_started_by_the_bus(_folder):
    """who asks the bus for the app gets its window"""
    try:
        done = call_bus(APP, "/" + APP.replace(".", "/"),
                        "org.freedesktop.Application.Activate", "{}")
        check(done.returncode == 0, done.stderr)
        wait("a window", window)
        check(is_running(), "not in a sandbox")
    finally:
        stop()


@contextlib.contextmanager
def web(asked):
    """A web server on this machine, with one firmware list."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append(self.path)
            known = self.path == "/list.toml"
            self.send_response(200 if known else 404)
            self.end_headers()
            if known:
                self.wfile.write((LIST % self.server.server_port).encode())

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        server.server_close()


def opens_a_link(_folder):
    """echokit-flasher LINK fetches the list that an ESP Launchpad link names"""
    asked = []
    with web(asked) as port:
        link = f"https://example.org/esp-launchpad/?flashConfigURL=http://127.0.0.1:{port}/list.toml"
        with started(link, options=["--env=GIO_USE_PROXY_RESOLVER=dummy"]):
            wait("a window", window)
            wait("the list's request", lambda: "/list.toml" in asked)


def chooses_a_file(_folder):
    """the file chooser is the desktop's, outside of the sandbox"""
    need_portal("FileChooser")
    with started():
        wait("a window", window)
        run("xdotool", "search", "--sync", "--name", TITLE, "windowfocus", "--sync")

        def chooser():
            run("xdotool", "key", "ctrl+o")
            time.sleep(1)
            tree = run("xwininfo", "-root", "-tree").stdout
            return re.search(r'"Choose a Firmware File": \("xdg-desktop-portal', tree)

        wait("the portal's file chooser", chooser)


def gets_a_file(folder):
    """a file that is handed over can be read, and that file alone"""
    need_documents()
    (folder / "other").write_bytes(b"other")
    (folder / "ours").write_bytes(b"ours")
    # The documents are below /run/user in any sandbox, also where the session's folder is elsewhere.
    script = 'cat "/run/user/$(id -u)/doc/${1#*/doc/}"; ls "$(dirname "$1")/other" "$2"'
    done = run("flatpak", "run", "--file-forwarding", "--command=sh", APP, "-c", script, "sh",
               "@@", folder / "ours", "@@", folder / "other")
    check(done.stdout == "ours", done.stdout, done.stderr)


def installs_in_the_window(folder):
    """a whole update in the window, as a screen reader has it"""
    program = folder / "echokit-flasher"
    program.write_text(f'#!/bin/sh\nexec flatpak run --unshare=network {APP} "$@"\n')
    program.chmod(0o755)
    walk = Path(__file__).resolve().parent / "walk-update.py"
    # Into a file: the program outlives the walk, and would hold the end of a pipe.
    with open(BUS_LOG, "w") as log, open(folder / "said", "w") as said:
        monitor = subprocess.Popen(["dbus-monitor", "--session", "type=method_call"], stdout=log)
        try:
            # the system's Python has what a screen reader needs
            done = subprocess.run(["/usr/bin/python3", walk, program], stdin=subprocess.DEVNULL,
                                  stdout=said, stderr=said, timeout=300)
            told = (folder / "said").read_text()
            check(done.returncode == 0 and len(re.findall("^ok ", told, re.MULTILINE)) == 4, told)
        finally:
            stop()
            monitor.terminate()
            monitor.wait()


def asks_through_portals(_folder):
    """meanwhile the computer was asked to stay awake; that and notifications go through portals"""
    need_portal("Inhibit")
    if not BUS_LOG.exists():
        raise Skip("nothing was updated")
    said = BUS_LOG.read_text()
    check("interface=org.freedesktop.portal.Inhibit; member=Inhibit" in said)
    # A window that is in front needs none, and takes older ones away.
    check(re.search(r"interface=org\.freedesktop\.portal\.Notification; member=(Add|Remove)", said))


TESTS = {
    "use": [permissions, exports, desktop_file, metainfo, file_type, leftovers, tool_starts,
            tool_lists_ports, sees_devices, talks_over_a_tty, shows_an_update, installs_firmware,
            keeps_files_out, keeps_settings, opens_a_window, is_started_by_the_bus, opens_a_link,
            chooses_a_file, gets_a_file],
    # On a bus of its own: a screen reader waits for programs that are gone.
    "update": [installs_in_the_window, asks_through_portals],
}

if __name__ == "__main__":
    BUS_LOG.unlink(missing_ok=True)
    sys.exit(main({test.__doc__: test for test in TESTS[sys.argv[2]]}, []))
