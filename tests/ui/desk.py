# SPDX-License-Identifier: GPL-3.0-or-later
"""What somebody has before them who walks through the program: an account that is new, a computer with
sockets, devices in a drawer, files, perhaps a server. And what prints the walks as TAP.

usage of a program of walks: PROGRAM ECHOKIT_FLASHER SIMULATED_COMPUTER EKFLASH
"""

import ctypes
import fcntl
import functools
import hashlib
import http.server
import itertools
import os
import shutil
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time
import traceback

# For the program under test: what the library for screen readers warns of here is not its fault.
G_DEBUG = os.environ.pop("G_DEBUG", "")

from gi.repository import Gio, GLib  # noqa: E402
from screen_reader import Screen  # noqa: E402

PROGRAM, COMPUTER, EKFLASH = sys.argv[1:4]
OFFLINE = "EK_OFFLINE" in os.environ
DRAG_SOURCE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "drag-source.py")
# Where the program's window is not.
FREE_PLACE = (750, 500)
PRELOAD = "libumockdev-preload.so.0"
PR_CAPBSET_DROP = 24
SIOCSIFFLAGS, IFF_UP, IFF_RUNNING = 0x8914, 0x1, 0x40
CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH = 1, 2
# Nobody listens there: no walk asks the web, also where the network could not be taken away.
NO_PROXY_THERE = "http://127.0.0.1:9"

APP_OFFSET = 0x210000
# Of ESP-IDF's image: the description behind the header of the file and that of the first segment.
VERSION_OFFSET = APP_OFFSET + 0x20 + 16
ELF_HASH_OFFSET = APP_OFFSET + 0x20 + 144
HASH_SIZE = 32
# The first bytes of the hash of the ELF of a build that EchoKit has published
# (src/firmware/ek-known-build.c).
DIY_BUILD = bytes.fromhex("4cd45df2424076d2")


class Skip(Exception):
    """What a walk needs can't be had here."""


class Computer:
    """Sockets to plug devices into."""

    def __init__(self, env):
        self.process = subprocess.Popen([COMPUTER], env={**env, "LD_PRELOAD": PRELOAD}, text=True,
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.root = self.process.stdout.readline().strip()
        assert self.root, "there is no simulated computer"

    def do(self, *words):
        print(*words, file=self.process.stdin, flush=True)
        answer = self.process.stdout.readline().strip()
        assert answer == "ok", f"{' '.join(words)}: {answer}"

    def close(self):
        self.process.stdin.close()
        self.process.wait()
        self.process.stdout.close()


class Notifications:
    """What the desktop shows to whoever looks elsewhere: GLib warns where there is no such service."""

    XML = """<node><interface name='org.freedesktop.Notifications'>
      <method name='GetCapabilities'><arg type='as' direction='out'/></method>
      <method name='GetServerInformation'><arg type='s' direction='out'/>
        <arg type='s' direction='out'/><arg type='s' direction='out'/>
        <arg type='s' direction='out'/></method>
      <method name='CloseNotification'><arg type='u' direction='in'/></method>
      <method name='Notify'><arg type='s' direction='in'/><arg type='u' direction='in'/>
        <arg type='s' direction='in'/><arg type='s' direction='in'/><arg type='s' direction='in'/>
        <arg type='as' direction='in'/><arg type='a{sv}' direction='in'/>
        <arg type='i' direction='in'/><arg type='u' direction='out'/></method>
    </interface></node>"""
    ANSWERS = {"GetCapabilities": ("(as)", (["body"],)),
               "GetServerInformation": ("(ssss)", ("test", "test", "1", "1.2")),
               "Notify": ("(u)", (1,))}

    def __init__(self):
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        context = GLib.MainContext()
        context.push_thread_default()
        bus = Gio.DBusConnection.new_for_address_sync(
            os.environ["DBUS_SESSION_BUS_ADDRESS"],
            Gio.DBusConnectionFlags.AUTHENTICATION_CLIENT |
            Gio.DBusConnectionFlags.MESSAGE_BUS_CONNECTION)
        interface = Gio.DBusNodeInfo.new_for_xml(self.XML).interfaces[0]
        bus.register_object("/org/freedesktop/Notifications", interface, self.on_call, None, None)
        Gio.bus_own_name_on_connection(bus, interface.name, Gio.BusNameOwnerFlags.NONE, None, None)
        GLib.MainLoop(context).run()

    def on_call(self, bus, sender, path, interface, method, parameters, invocation):
        answer = self.ANSWERS.get(method)
        invocation.return_value(GLib.Variant(*answer) if answer else None)


class WindowManager:
    """Gives the keyboard to the window on top when nobody has it: a display of its own has no other."""

    def __init__(self):
        self.x11 = ctypes.CDLL("libX11.so.6")
        self.x11.XOpenDisplay.restype = ctypes.c_void_p
        self.x11.XDefaultRootWindow.restype = ctypes.c_ulong
        self.display = ctypes.c_void_p(self.x11.XOpenDisplay(None))
        self.root = ctypes.c_ulong(self.x11.XDefaultRootWindow(self.display))
        # a window may go away between two questions
        self.on_error = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p)(
            lambda display, event: 0)
        self.x11.XSetErrorHandler(self.on_error)
        threading.Thread(target=self.watch, daemon=True).start()

    def watch(self):
        while True:
            if self.nobody_has_it():
                for window in self.windows_on_top_first():
                    self.x11.XSetInputFocus(self.display, ctypes.c_ulong(window), 2, 0)
                    break
                self.x11.XSync(self.display, 0)
            time.sleep(0.05)

    def put_aside(self, window, place):
        """Moves it there, once it is there at all."""
        while not self.is_shown(window):
            time.sleep(0.02)
        self.x11.XMoveWindow(self.display, ctypes.c_ulong(window), *place)
        self.x11.XSync(self.display, 0)

    def nobody_has_it(self):
        window, revert = ctypes.c_ulong(), ctypes.c_int()
        self.x11.XGetInputFocus(self.display, ctypes.byref(window), ctypes.byref(revert))
        return window.value in (0, 1, self.root.value)

    def windows_on_top_first(self):
        root, parent = ctypes.c_ulong(), ctypes.c_ulong()
        list_, count = ctypes.POINTER(ctypes.c_ulong)(), ctypes.c_uint()
        self.x11.XQueryTree(self.display, self.root, ctypes.byref(root), ctypes.byref(parent),
                            ctypes.byref(list_), ctypes.byref(count))
        windows = list_[:count.value]
        if count.value:
            self.x11.XFree(list_)
        return [window for window in reversed(windows) if self.is_shown(window)]

    def is_shown(self, window):
        attributes = XWindowAttributes()
        ok = self.x11.XGetWindowAttributes(self.display, ctypes.c_ulong(window),
                                           ctypes.byref(attributes))
        return ok and attributes.map_state == 2 and attributes.width > 1 and \
            not attributes.override_redirect


class XWindowAttributes(ctypes.Structure):
    """Source: Xlib.h"""
    _fields_ = [(name, ctypes.c_int) for name in ("x", "y", "width", "height", "border_width",
                                                  "depth")] + [
        ("visual", ctypes.c_void_p), ("root", ctypes.c_ulong), ("class_", ctypes.c_int),
        ("bit_gravity", ctypes.c_int), ("win_gravity", ctypes.c_int),
        ("backing_store", ctypes.c_int), ("backing_planes", ctypes.c_ulong),
        ("backing_pixel", ctypes.c_ulong), ("save_under", ctypes.c_int),
        ("colormap", ctypes.c_ulong), ("map_installed", ctypes.c_int),
        ("map_state", ctypes.c_int), ("all_event_masks", ctypes.c_long),
        ("your_event_mask", ctypes.c_long), ("do_not_propagate_mask", ctypes.c_long),
        ("override_redirect", ctypes.c_int), ("screen", ctypes.c_void_p)]


class Desk:
    """Of one walk."""

    def __init__(self, window_manager):
        self.window_manager = window_manager
        self.folder = tempfile.mkdtemp(prefix="ek-walk-")
        self.env = {**os.environ, "G_DEBUG": G_DEBUG, "HOME": self.folder, "XDG_CACHE_HOME": self.path("cache"),
                    "XDG_CONFIG_HOME": self.path("config"), "XDG_DATA_HOME": self.path("data"),
                    "XDG_STATE_HOME": self.path("state"), "GSETTINGS_BACKEND": "keyfile"}
        if not OFFLINE:
            self.env |= {"http_proxy": NO_PROXY_THERE, "https_proxy": NO_PROXY_THERE,
                         "no_proxy": "127.0.0.1"}
        self.computer = Computer(self.env)
        self.screen = None
        self.server = None

    def path(self, *names):
        return os.path.join(self.folder, *names)

    # ---- the program ----

    def start(self, *arguments, before=None):
        """Opens the program, as its icon or a double click on a file does."""
        env = {**self.env, "LD_PRELOAD": PRELOAD, "UMOCKDEV_DIR": self.computer.root}
        self.screen = Screen([PROGRAM, *arguments], env, before)
        return self.screen

    def end(self):
        """Ends it from outside."""
        screen, self.screen = self.screen, None
        screen.close()

    def wait_for_the_end(self):
        """A person has closed it."""
        screen, self.screen = self.screen, None
        screen.process.wait(timeout=10)
        screen.close()

    def open_again(self, *arguments):
        """Another start, which hands over to the one that runs."""
        subprocess.run([PROGRAM, *arguments], env=self.env, check=True, timeout=20)

    # ---- devices ----

    def take(self, name, pace=1, options="esp32s3"):
        """A device out of the drawer, for the socket NAME; its time runs at PACE."""
        self.computer.do("device", name, str(pace), options)

    def plug(self, name):
        self.computer.do("plug", name)

    def unplug(self, name):
        self.computer.do("unplug", name)

    def slow_down(self, name):
        """Its time runs so slowly that there is time for questions, and not so that it seems dead."""
        self.computer.do("pace", name, "0.2")

    def speed_up(self, name):
        """As fast as a real one again."""
        self.computer.do("pace", name, "1")

    def forbid(self, name):
        self.computer.do("rights", name, "0")

    def allow(self, name):
        self.computer.do("rights", name, "600")

    def compare(self, name, file):
        """Fails unless FILE is what the device's memory holds."""
        self.computer.do("save", name, self.path("memory"))
        assert self.read("memory") == self.read(file), f"{file} is not what the device holds"

    # ---- files ----

    def write(self, name, content):
        path = self.path(name)
        with open(path, "wb") as file:
            file.write(content if isinstance(content, bytes) else content.encode())
        return path

    def read(self, name):
        with open(self.path(name), "rb") as file:
            return file.read()

    def firmware(self, name, version="0.2.0", build=None, label=None):
        """Firmware as it lies on a device's memory; BUILD makes it one that EchoKit has published."""
        path = self.path(name)
        self.computer.do("firmware", version, path)
        if build is not None:
            self.write(name, as_build(self.read(name), build, label or version))
        return path

    def bundle(self, name, image, board):
        """A file for one kind of EchoKit."""
        path = self.path(name)
        subprocess.run([EKFLASH, "bundle", "create", image, "--board", board, "-o", path],
                       env=self.env, check=True, stdout=subprocess.DEVNULL)
        return path

    def drop(self, path, when):
        """Drags a file out of another window onto the program's, which says WHEN it may be let go."""
        source = subprocess.Popen([sys.executable, DRAG_SOURCE, path], env={**self.env, "G_DEBUG": ""},
                                  stdout=subprocess.PIPE, text=True)
        try:
            window = int(source.stdout.readline())
            self.window_manager.put_aside(window, FREE_PLACE)
            for what, x, y, answer in (("abs", 100, 100, None), ("b1p", 100, 100, "pressed"),
                                       ("abs", 80, 80, None), ("abs", 60, 60, "begun")):
                self.screen.mouse(what, FREE_PLACE[0] + x, FREE_PLACE[1] + y)
                if answer is not None:
                    assert source.stdout.readline().strip() == answer
            places = itertools.cycle(((300, 400), (280, 380)))

            def hovers():
                self.screen.mouse("abs", *next(places))
                return self.screen.find(when)
            self.screen.wait(f"“{when}”", hovers)
            self.screen.mouse("b1r", *next(places))
            self.screen.wait("the file to be taken", lambda: self.screen.find(when) is None)
        finally:
            source.terminate()
            source.wait()
            source.stdout.close()

    def serve(self, port=0):
        """The files of this desk, on a server of its own. Gives its port."""
        handler = functools.partial(QuietHandler, directory=self.folder)
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", port), handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return self.server.server_port

    def stop_serving(self):
        server, self.server = self.server, None
        server.shutdown()
        server.server_close()

    def clear(self):
        try:
            if self.screen is not None:
                self.end()
        finally:
            if self.server is not None:
                self.stop_serving()
            self.computer.close()

    def remove(self):
        shutil.rmtree(self.folder, ignore_errors=True)


class QuietHandler(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *words):
        pass


def as_build(image, build, label):
    """Changes version and hash in the description. The checksum is an exclusive or over everything: the
    hash's last byte makes it come out as before."""
    changed = bytearray(image)
    changed[VERSION_OFFSET:VERSION_OFFSET + 32] = label.encode().ljust(32, b"\0")
    changed[ELF_HASH_OFFSET:ELF_HASH_OFFSET + len(build)] = build
    difference = 0
    for before, after in zip(image, changed):
        difference ^= before ^ after
    changed[ELF_HASH_OFFSET + HASH_SIZE - 1] ^= difference
    changed[-HASH_SIZE:] = hashlib.sha256(changed[APP_OFFSET:-HASH_SIZE]).digest()
    return bytes(changed)


def switch_loopback_on():
    """A network of its own comes without even that."""
    with socket.socket() as any_socket:
        request = struct.pack("16sh14x", b"lo", IFF_UP | IFF_RUNNING)
        fcntl.ioctl(any_socket, SIOCSIFFLAGS, request)


def obey_permissions():
    """The superuser may open everything, unless they give that up; whoever is not, has no such right."""
    libc = ctypes.CDLL(None)
    for capability in (CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH):
        libc.prctl(PR_CAPBSET_DROP, capability, 0, 0, 0)


def explain(desk, error):
    lines = [line for line in traceback.format_exception(error)]
    try:
        lines.append(desk.read("app.log").decode(errors="replace"))
    except OSError:
        pass
    for line in "".join(lines).splitlines():
        print(f"# {line}", flush=True)


def run(module):
    """All functions of a program that are called walk_…, or those that are named behind the programs."""
    walks = [value for name, value in module.items() if name.startswith("walk_")]
    chosen = [walk for walk in walks
              if not sys.argv[4:] or walk.__name__.removeprefix("walk_") in sys.argv[4:]]
    if OFFLINE:
        switch_loopback_on()
    Notifications()
    window_manager = WindowManager()
    failed = False

    print(f"1..{len(chosen)}", flush=True)
    for number, walk in enumerate(chosen, 1):
        begin = time.monotonic()
        desk = Desk(window_manager)
        try:
            try:
                walk(desk)
            finally:
                desk.clear()
            print(f"ok {number} - {walk.__doc__}", flush=True)
        except Skip as reason:
            print(f"ok {number} - {walk.__doc__} # SKIP {reason}", flush=True)
        except (AssertionError, GLib.Error, OSError, subprocess.SubprocessError) as error:
            failed = True
            print(f"not ok {number} - {walk.__doc__}", flush=True)
            explain(desk, error)
        desk.remove()
        print(f"# {walk.__name__}: {time.monotonic() - begin:.1f} s", flush=True)
    return 1 if failed else 0
