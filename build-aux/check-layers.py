#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Holds the tree against its own rules and prints TAP: layers, licences, translations, language.

usage: check-layers.py [ROOT]
"""

import re
import sys
from pathlib import Path

# What each layer may include besides itself: doc/architecture.md, "The layers".
LAYERS = {
    "base": set(),
    "firmware": {"base"},
    "store": {"base", "firmware"},
    "simulator": {"base", "firmware"},
    "port": {"base", "simulator"},
    "loader": {"base", "port"},
    "monitor": {"base", "port"},
    "jobs": {"base", "firmware", "port", "loader", "monitor"},
    "cli": {"base", "firmware", "store", "simulator", "port", "loader", "monitor", "jobs"},
    "app": {"base", "firmware", "store", "port", "loader", "monitor", "jobs"},
}
TOOLKIT_LAYERS = {"app"}
CXX_FILES = {"src/firmware/ek-toml.cpp"}

SOURCE_SUFFIXES = {".c", ".h", ".cpp"}
LICENSED_SUFFIXES = SOURCE_SUFFIXES | {".py", ".sh", ".ui", ".blp"}
CXX_SUFFIXES = {".cc", ".cpp", ".cxx", ".hh", ".hpp"}
LICENCE = "SPDX-License-Identifier: GPL-3.0-or-later"

INCLUDE = re.compile(r'^\s*#\s*include\s+([<"])([^>"]+)[>"]', re.MULTILINE)
TRANSLATED = re.compile(r'\b(?:N_|C_|_|NC_|ngettext|g_dngettext|Q_)\s*\(\s*"')
COMMENT = re.compile(r"/\*.*?\*/|//[^\n]*", re.DOTALL)
TOOLKIT = re.compile(r"^(gtk|gdk|gsk|adwaita|libadwaita|pango|cairo)\b")


def files_below(root, *folders):
    for folder in folders:
        for path in sorted((root / folder).rglob("*")):
            if path.is_file() and "__pycache__" not in path.parts:
                yield path


def includes(path):
    return [(kind == '"', name) for kind, name in INCLUDE.findall(path.read_text())]


def layer_of(root, path):
    return path.relative_to(root / "src").parts[0]


def headers_by_name(root):
    return {p.name: layer_of(root, p) for p in files_below(root, "src") if p.suffix == ".h"}


def check_paths(root):
    """no include goes through a path"""
    for path in files_below(root, "src", "tests"):
        if path.suffix in SOURCE_SUFFIXES:
            for ours, name in includes(path):
                if ours and "/" in name:
                    yield path, f'includes "{name}"'


def check_layers(root):
    """each layer includes only itself and those below"""
    owner = headers_by_name(root)
    for path in files_below(root, "src"):
        if path.suffix not in SOURCE_SUFFIXES:
            continue
        layer = layer_of(root, path)
        if layer not in LAYERS:
            yield path, f"is in the layer {layer}, which nobody knows"
            continue
        for _, name in includes(path):
            below = owner.get(name)
            if below not in {None, layer} | LAYERS[layer]:
                yield path, f"includes {name} of {below}"


def check_folders(root):
    """every layer of the table is a static library with an include path of its own"""
    known = {p.name for p in (root / "src").iterdir() if p.is_dir()}
    for layer in sorted(known - set(LAYERS)):
        yield root / "src" / layer, "is in no row of the table"


def check_toolkit(root):
    """the window's toolkit stays in the window"""
    for path in files_below(root, "src"):
        if path.suffix in SOURCE_SUFFIXES and layer_of(root, path) not in TOOLKIT_LAYERS:
            for _, name in includes(path):
                if TOOLKIT.match(name):
                    yield path, f"includes {name}"


def check_cxx(root):
    """no C++ but the TOML reader"""
    for path in files_below(root, "src", "tests"):
        if path.suffix in CXX_SUFFIXES and str(path.relative_to(root)) not in CXX_FILES:
            yield path, "is C++"


def check_licences(root):
    """every source file names its licence at the top"""
    files = list(files_below(root, "src", "tests", "build-aux", "ui", "data", "flatpak"))
    scripts = list(files_below(root, "scripts", ".ci"))
    for path in [p for p in files if p.suffix in LICENSED_SUFFIXES] + scripts:
        if LICENCE not in "\n".join(path.read_text().splitlines()[:3]):
            yield path, "has no SPDX line"


def check_potfiles(root):
    """po/POTFILES.in lists exactly the files with texts to translate"""
    potfiles = root / "po" / "POTFILES.in"
    lines = potfiles.read_text().splitlines()
    listed = {line for line in lines if line and not line.startswith("#")}
    marked = set()
    for path in files_below(root, "src", "ui", "data"):
        name = str(path.relative_to(root))
        if path.suffix in SOURCE_SUFFIXES and TRANSLATED.search(COMMENT.sub("", path.read_text())):
            marked.add(name)
        elif path.suffix == ".ui" and 'translatable="' in path.read_text():
            marked.add(name)
    for name in sorted(marked - listed):
        yield root / name, "is not in po/POTFILES.in"
    # Desktop files and metainfo are listed too; of those only the existence can be checked.
    for name in sorted(listed - marked):
        if not (root / name).exists():
            yield potfiles, f"lists {name}, which is not there"
        elif Path(name).suffix in SOURCE_SUFFIXES | {".ui"}:
            yield potfiles, f"lists {name}, which has no text to translate"


CHECKS = [
    check_paths,
    check_layers,
    check_folders,
    check_toolkit,
    check_cxx,
    check_licences,
    check_potfiles,
]


def main():
    root = Path(sys.argv[1] if len(sys.argv) > 1 else Path(__file__).parent.parent).resolve()
    failed = False

    print(f"1..{len(CHECKS)}")
    for number, check in enumerate(CHECKS, 1):
        problems = [f"{p.relative_to(root)} {text}" for p, text in check(root)]
        failed = failed or bool(problems)
        print(f"{'not ok' if problems else 'ok'} {number} - {check.__doc__}")
        for problem in problems:
            print(f"# {problem}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
