#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes a manifest for this machine's SDK: without the modules that the SDK has, with this tree.

usage: derive-manifest.py [--all-modules] FLATPAK_FOLDER FOLDER STUB

Writes FOLDER/manifest.json, and puts those sources into FOLDER/sources that are here already: the
stub's files, out of the folder STUB, where they are the very ones that the manifest wants.
"""

import argparse
import hashlib
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import yaml

MANIFEST = "dev.echokit.Flasher.yml"


def say(text):
    print(text, file=sys.stderr)


def sdk_version(sdk, condition):
    """The version of what a module would bring, if the SDK has one that is new enough."""
    run = ["flatpak", "run", "--command=pkg-config", sdk]
    if subprocess.run([*run, "--exists", condition], capture_output=True).returncode != 0:
        return None
    package = condition.split()[0]
    answer = subprocess.run([*run, "--modversion", package], capture_output=True, text=True)
    return answer.stdout.strip()


def is_needed(module, sdk):
    condition = module.get("x-pkg-config")
    version = sdk_version(sdk, condition) if condition else None
    if version:
        say(f"The SDK has {condition.split()[0]} {version}: {module['name']} is left out")
    return not version


def keep_source(source, stub, sources):
    """Where flatpak-builder looks before it downloads."""
    here = stub / os.path.basename(source["url"])
    if not here.is_file() or hashlib.sha256(here.read_bytes()).hexdigest() != source["sha256"]:
        say(f"{here.name} is not here as the manifest wants it: it has to be downloaded")
        return
    place = sources / "downloads" / source["sha256"]
    place.mkdir(parents=True)
    shutil.copy(here, place)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--all-modules", action="store_true")
    parser.add_argument("flatpak", type=Path)
    parser.add_argument("folder", type=Path)
    parser.add_argument("stub", type=Path)
    options = parser.parse_args()

    manifest = yaml.safe_load((options.flatpak / MANIFEST).read_text())
    sdk = "{sdk}//{runtime-version}".format(**manifest)
    if not options.all_modules:
        manifest["modules"] = [m for m in manifest["modules"] if is_needed(m, sdk)]

    shutil.rmtree(options.folder / "sources", ignore_errors=True)
    root = options.flatpak.resolve().parent
    for source in (s for module in manifest["modules"] for s in module["sources"]):
        if source["type"] == "dir":
            source["path"] = str(root)
            # builds have the names that BUILD_DIR gave them
            builds = [str(p.parent.relative_to(root)) for p in root.glob("*/build.ninja")]
            source["skip"] = sorted({*source["skip"], *builds})
        elif source["type"] == "file":
            keep_source(source, options.stub, options.folder / "sources")
    (options.folder / "manifest.json").write_text(json.dumps(manifest, indent=2) + "\n")


if __name__ == "__main__":
    main()
