#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Installs the build into an empty folder, and looks at what is there; prints TAP.

usage: test-install.py BUILD_FOLDER MESON…
"""

import configparser
import gzip
import json
import os
import shlex
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

APP = "dev.echokit.Flasher"
PROGRAMS = {"echokit-flasher", "ekflash"}
# udev(7)
UDEV_FOLDERS = {"/etc/udev/rules.d", "/run/udev/rules.d", "/usr/local/lib/udev/rules.d",
                "/usr/lib/udev/rules.d", "/lib/udev/rules.d"}
STANDARD_PREFIXES = {Path("/usr"), Path("/usr/local")}
BUILD, MESON = Path(sys.argv[1]), sys.argv[2:]


class Skip(Exception):
    """Raised by a test that cannot run here."""


def option(name):
    for each in json.loads((BUILD / "meson-info" / "intro-buildoptions.json").read_text()):
        if each["name"] == name:
            return each["value"]
    raise AssertionError(f"there is no option {name}")


def folder_of(name):
    """Where an option such as datadir points; absolute."""
    return Path(option("prefix")) / option(name)


def install(root):
    done = subprocess.run([*MESON, "install", "-C", BUILD, "--no-rebuild", "--destdir", root],
                          stdin=subprocess.DEVNULL, capture_output=True, text=True,
                          env={**os.environ, "DESTDIR": ""})
    assert done.returncode == 0, done.stdout + done.stderr


def installed(root):
    """All files, as they will be named: without the root."""
    return {Path("/") / path.relative_to(root) for path in Path(root).rglob("*") if path.is_file()}


def lines_of(root, path):
    parser = configparser.ConfigParser(interpolation=None, strict=False)
    parser.optionxform = str
    parser.read(root / path.relative_to("/"))
    return parser


def programs_are_there(root):
    """the two programs are installed, and nothing beside them"""
    folder = folder_of("bindir")
    programs = {path for path in installed(root) if path.parent == folder}
    assert programs == {folder / name for name in PROGRAMS}, programs
    for path in programs:
        assert os.access(root / path.relative_to("/"), os.X_OK), path


def desktop_finds_its_files(root):
    """a desktop finds the app: menu, bus, settings, icons, file type, description"""
    data = folder_of("datadir")
    wanted = {data / name for name in (
        f"applications/{APP}.desktop",
        f"dbus-1/services/{APP}.service",
        f"glib-2.0/schemas/{APP}.gschema.xml",
        f"icons/hicolor/scalable/apps/{APP}.svg",
        f"icons/hicolor/symbolic/apps/{APP}-symbolic.svg",
        f"metainfo/{APP}.metainfo.xml",
        f"mime/packages/{APP}.xml",
    )}
    others = {folder_of("mandir"), folder_of("localedir")}
    got = {path for path in installed(root)
           if data in path.parents and not others & set(path.parents)}
    assert got == wanted, got ^ wanted


def programs_are_started_by_their_names(root):
    """what the menu and the bus start is what is installed"""
    data = folder_of("datadir")
    entry = lines_of(root, data / f"applications/{APP}.desktop")["Desktop Entry"]
    service = lines_of(root, data / f"dbus-1/services/{APP}.service")["D-BUS Service"]
    assert shlex.split(entry["Exec"])[0] in PROGRAMS, entry["Exec"]
    assert entry["Icon"] == service["Name"] == APP
    # the bus knows no PATH
    assert Path(shlex.split(service["Exec"])[0]) in installed(root), service["Exec"]


def rule_is_where_udev_looks(root):
    """the udev rule is where udev looks"""
    rules = {path for path in installed(root) if path.suffix == ".rules"}
    folder = option("udev_dir") or str(Path(option("prefix")) / "lib/udev/rules.d")
    if folder == "no":
        assert not rules, rules
        return
    assert rules == {Path(folder) / "70-echokit-flasher.rules"}, rules
    if Path(option("prefix")) in STANDARD_PREFIXES:
        assert folder in UDEV_FOLDERS, folder


def bundle_is_known_by_its_name(root):
    """a file manager knows a flash bundle by its name, and leaves other archives alone"""
    if not shutil.which("update-mime-database") or not shutil.which("gio"):
        raise Skip("needs update-mime-database and gio")
    types = root / (folder_of("datadir") / "mime").relative_to("/")
    bundle = "application/x-echokit-bundle"
    with tempfile.TemporaryDirectory(prefix="ek-install-") as other:
        shutil.copytree(types, Path(other) / "mime")
        subprocess.run(["update-mime-database", Path(other) / "mime"], check=True,
                       capture_output=True)
        for name, kind in (("flash_bundle.tar.gz", bundle), ("box-flash_bundle.tar.gz", bundle),
                           ("box.echokit", bundle), ("other.tar.gz", "application/x-compressed-tar")):
            file = Path(other) / name
            file.write_bytes(gzip.compress(b"any"))
            answer = subprocess.run(
                ["gio", "info", "-a", "standard::content-type", file], text=True, check=True,
                capture_output=True, env={**os.environ, "XDG_DATA_DIRS": f"{other}:/usr/share"})
            assert answer.stdout.split()[-1] == kind, (name, answer.stdout)


def pages_and_languages_are_there(root):
    """each command has its manual page, each translation its file"""
    files = installed(root)
    pages = {path.name for path in files if folder_of("mandir") / "man1" == path.parent}
    source = Path(__file__).parent / "man"
    assert pages == {path.stem for path in source.glob("*.1.in")}, pages
    languages = (Path(__file__).parent.parent / "po" / "LINGUAS").read_text().split()
    wanted = {folder_of("localedir") / name / "LC_MESSAGES" / "echokit-flasher.mo"
              for name in languages}
    assert {path for path in files if path.suffix == ".mo"} == wanted


def nothing_else_is_installed(root):
    """nothing but that is installed: no library, no header, no test"""
    places = [folder_of("bindir"), folder_of("datadir"), folder_of("mandir"), folder_of("localedir")]
    strays = {path for path in installed(root)
              if path.suffix != ".rules" and not any(p in path.parents for p in places)}
    assert not strays, strays


TESTS = [programs_are_there, desktop_finds_its_files, programs_are_started_by_their_names,
         rule_is_where_udev_looks, bundle_is_known_by_its_name, pages_and_languages_are_there,
         nothing_else_is_installed]


def main():
    failed = False
    print(f"1..{len(TESTS)}")
    with tempfile.TemporaryDirectory(prefix="ek-install-") as folder:
        install(folder)
        for number, test in enumerate(TESTS, 1):
            try:
                test(Path(folder))
                print(f"ok {number} - {test.__doc__}")
            except Skip as reason:
                print(f"ok {number} - {test.__doc__} # SKIP {reason}")
            except AssertionError as error:
                failed = True
                print(f"not ok {number} - {test.__doc__}\n# {error}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
