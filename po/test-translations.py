#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Holds every translation against the texts of the program: sound, and complete.

usage: test-translations.py ROOT
"""

import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(sys.argv[1])
KEYWORDS = ["_", "N_", "C_:1c,2", "NC_:1c,2", "ngettext:1,2", "g_dngettext:2,3"]


def run(*words):
    result = subprocess.run(words, capture_output=True, text=True, check=False, cwd=ROOT)
    assert result.returncode == 0, f"{words[0]}: {result.stderr}"
    return result.stdout


def extract(folder):
    template = folder / "texts.pot"
    run("xgettext", "--from-code=UTF-8", "--files-from=po/POTFILES.in", f"--output={template}",
        *(f"--keyword={keyword}" for keyword in KEYWORDS))
    return template


def check(language, template, folder):
    po = ROOT / "po" / f"{language}.po"
    merged = folder / f"{language}.po"
    run("msgfmt", "--check", "--output-file=/dev/null", str(po))
    run("msgmerge", "--quiet", "--no-fuzzy-matching", f"--output-file={merged}", str(po),
        str(template))
    missing = run("msgattrib", "--untranslated", "--no-obsolete", "--no-location", str(merged))
    assert not missing, f"without a translation:\n{missing}"
    fuzzy = run("msgattrib", "--only-fuzzy", "--no-obsolete", "--no-location", str(merged))
    assert not fuzzy, f"uncertain:\n{fuzzy}"


def main():
    lines = (ROOT / "po" / "LINGUAS").read_text().splitlines()
    languages = [line for line in lines if line and not line.startswith("#")]
    failed = False

    print(f"1..{len(languages)}")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        template = extract(folder)
        for number, language in enumerate(languages, 1):
            try:
                check(language, template, folder)
                print(f"ok {number} - {language} is sound and complete")
            except AssertionError as error:
                failed = True
                print(f"not ok {number} - {language} is sound and complete")
                print("".join(f"# {line}\n" for line in str(error).splitlines()), end="")
    return 1 if failed else 0


sys.exit(main())
