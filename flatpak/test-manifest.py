#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Holds the Flatpak's manifest against its promises, without a Flatpak, and prints TAP.

usage: test-manifest.py ROOT STUB
"""

import hashlib
import re
import sys
from pathlib import Path

try:
    import yaml
except ImportError:
    print("1..0 # SKIP needs PyYAML")
    sys.exit(0)

ROOT, STUB = Path(sys.argv[1]), Path(sys.argv[2])
MANIFEST = yaml.safe_load((ROOT / "flatpak" / "dev.echokit.Flasher.yml").read_text())
DOC = (ROOT / "doc" / "flatpak.md").read_text()
MODULES = {module["name"]: module for module in MANIFEST["modules"]}
APP = MODULES["echokit-flasher"]
PERMISSIONS = {"--device=all", "--share=network", "--share=ipc", "--socket=wayland",
               "--socket=fallback-x11"}
PINNED = {
    "archive": {"url": r"https://\S+", "sha256": r"[0-9a-f]{64}"},
    "file": {"url": r"https://\S+", "sha256": r"[0-9a-f]{64}"},
    "git": {"url": r"https://\S+", "commit": r"[0-9a-f]{40}"},
}


class Skip(Exception):
    pass


def is_for_the_app_on_gnome():
    wanted = {"id": "dev.echokit.Flasher", "runtime": "org.gnome.Platform", "sdk": "org.gnome.Sdk",
              "command": "echokit-flasher"}
    assert wanted.items() <= MANIFEST.items(), MANIFEST
    version = MANIFEST["runtime-version"]
    # a number that isn't a text would be 50 for "50.0", and 5.1 for "5.10"
    assert isinstance(version, str) and version.isdigit(), version


def asks_for_these_permissions_alone():
    got = MANIFEST["finish-args"]
    assert len(got) == len(set(got)) and set(got) == PERMISSIONS, got
    for module in [MANIFEST, *MODULES.values()]:
        assert "build-args" not in module.get("build-options", {}), "a build asks for more"


def pins_every_source():
    for name, module in MODULES.items():
        for source in module["sources"]:
            if module is APP and source["type"] == "dir":
                assert source["path"] == "..", source
                continue
            for key, pattern in PINNED[source["type"]].items():
                assert re.fullmatch(pattern, source.get(key, "")), (name, source)
            assert not {"branch", "path"} & source.keys(), (name, source)
    assert sum(source["type"] == "dir" for source in APP["sources"]) == 1


def doc_tells_of_every_module():
    for name in MODULES:
        assert f"`{name}`" in DOC, f"doc/flatpak.md says nothing of {name}"
    told = {int(number) for text in (DOC, (ROOT / "README.md").read_text())
            for number in re.findall(r"org\.gnome\.(?:Sdk|Platform)//(\d+)", text)}
    assert told == {int(MANIFEST["runtime-version"])}, told


def modules_are_what_the_build_looks_for():
    build = (ROOT / "meson.build").read_text()
    wanted = {f"{name} {version}" for name, version in
              re.findall(r"dependency\('([^']+)', version: '(>= [^']+)'", build)}
    for name, module in MODULES.items():
        if module is not APP:
            assert module["x-pkg-config"] in wanted, (name, module["x-pkg-config"])


def options_are_those_of_the_build():
    known = set(re.findall(r"option\('([^']+)'", (ROOT / "meson_options.txt").read_text()))
    for option in APP["config-opts"]:
        name, value = re.fullmatch(r"-D(\w+)=(\S+)", option).groups()
        assert name in known | {"werror"}, option
    assert "-Dudev_dir=no" in APP["config-opts"]


def stub_is_what_is_tested():
    files = {Path(s["url"]).name: s for s in APP["sources"] if s["type"] == "file"}
    setup = (ROOT / "scripts" / "setup").read_text()
    chips = re.search(r"stub_chips=\(([^)]*)\)", setup).group(1).split()
    assert set(files) == {f"{c}.json" for c in chips} | {"LICENSE-APACHE", "LICENSE-MIT"}
    folder = {source["dest"] for source in files.values()}
    assert folder == {"stub"} and "-Dstub_dir=stub" in APP["config-opts"], folder

    pinned = (ROOT / "build-aux" / "requirements.txt").read_text()
    version = re.search(r"^esptool==(\S+)", pinned, re.MULTILINE).group(1)
    for name, source in files.items():
        assert f"/v{version}/" in source["url"], source["url"]
        if not (STUB / name).exists():
            raise Skip("the stub is not here")
        got = hashlib.sha256((STUB / name).read_bytes()).hexdigest()
        assert got == source["sha256"], f"{name} of the pinned esptool has {got}"


def main():
    tests = [is_for_the_app_on_gnome, asks_for_these_permissions_alone, pins_every_source,
             doc_tells_of_every_module, modules_are_what_the_build_looks_for,
             options_are_those_of_the_build, stub_is_what_is_tested]
    failed = False
    print(f"1..{len(tests)}")
    for number, test in enumerate(tests, 1):
        name = f"/flatpak/manifest/{test.__name__.replace('_', '-')}"
        try:
            test()
            print(f"ok {number} {name}")
        except Skip as reason:
            print(f"ok {number} {name} # SKIP {reason}")
        except (AssertionError, AttributeError, KeyError) as error:
            failed = True
            print(f"not ok {number} {name}\n# {error!r}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
