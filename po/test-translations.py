#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Holds every translation against the texts of the program: sound, complete, and for owners.

usage: test-translations.py ROOT
"""

import ast
import re
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(sys.argv[1])
KEYWORDS = ["_", "N_", "C_:1c,2", "NC_:1c,2", "ngettext:1,2", "g_dngettext:2,3"]

# What owners read in the window: not behind “Details”, and not in a report for whoever makes the app.
FOR_OWNERS = ["ui/*", "src/app/*", "src/base/ek-advice.c"]
TECHNICAL = {"ui/ek-details-page.ui", "src/app/ek-details-page.c"}
# The names of products.
NAMES = ["EchoKit Flasher", "Espressif's stub flasher", "Stub-Flasher von Espressif",
         "Espressif 的 stub flasher"]
TRADE_WORDS = {
    "en": r"\b(re)?flash(es|ed|ing|er)?\b|\bboot ?loader|\bpartition|\bports?\b|\btty",
    "de": r"flash|boot-?loader|partition|\bports?\b|\btty|schnittstelle",
    "zh_CN": r"flash|闪存|刷机|烧录|引导(加载)?程序|分区|端口|串口|\btty",
}


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


def entries(po):
    """Yields the places, the text and the translations of each entry."""
    for block in run("msgcat", "--no-wrap", "--add-location=file", str(po)).split("\n\n"):
        places, texts = set(), []
        for line in block.splitlines():
            keyword = re.match(r"(msg\w+)(\[\d\])? ", line)
            if line.startswith("#: "):
                places.update(line[3:].split())
            if keyword:
                texts.append([keyword[1], ""])
            if not line.startswith("#"):
                texts[-1][1] += ast.literal_eval(line[keyword.end() if keyword else 0:])
        ids = [text for key, text in texts if key in ("msgid", "msgid_plural")]
        strings = [text for key, text in texts if key == "msgstr"]
        if places and ids[0]:
            yield places, ids, strings


def without_names(text):
    text = text.replace("_", "")
    for name in NAMES:
        text = text.replace(name, "")
    return text


def check_owners_words(language, template, folder):
    """Words of the trade have no business where owners read."""
    po = folder / f"{language}.po" if language != "en" else template
    chosen = folder / "owners.po"
    run("msggrep", *(f"--location={place}" for place in FOR_OWNERS), f"--output-file={chosen}",
        str(po))
    found = n = 0
    for places, ids, strings in entries(chosen):
        n += 1
        for text in ids if language == "en" else strings:
            if places - TECHNICAL and re.search(TRADE_WORDS[language], without_names(text), re.I):
                print(f"# {', '.join(sorted(places))}: {text}")
                found += 1
    assert n > 300, f"only {n} texts were looked at"
    assert not found, f"{found} texts with words of the trade"


def main():
    lines = (ROOT / "po" / "LINGUAS").read_text().splitlines()
    languages = [line for line in lines if line and not line.startswith("#")]
    checks = [(f"{language} is sound and complete", check, language) for language in languages]
    checks += [(f"{language} has owners' words only", check_owners_words, language)
               for language in ["en", *languages]]
    failed = False

    print(f"1..{len(checks)}")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        template = extract(folder)
        for number, (title, func, language) in enumerate(checks, 1):
            try:
                func(language, template, folder)
                print(f"ok {number} - {title}")
            except AssertionError as error:
                failed = True
                print(f"not ok {number} - {title}")
                print("".join(f"# {line}\n" for line in str(error).splitlines()), end="")
    return 1 if failed else 0


sys.exit(main())
