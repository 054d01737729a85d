#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The minisign program against ours: it verifies what we sign, and we verify what it signs."""

import json
import os
import shutil
import subprocess
import sys

from tap import Skip, check, main

EKFLASH = os.environ["EK_EKFLASH"]
PASSWORD = "a pässword"


def run(*words, ok=True, text=None):
    result = subprocess.run([str(word) for word in words], input=text, capture_output=True,
                            text=True, check=False, timeout=60)
    check((result.returncode == 0) == ok, words, result.stdout, result.stderr)
    return result


def minisign(*words, **options):
    if not shutil.which("minisign"):
        raise Skip("minisign is not installed")
    return run("minisign", *words, **options)


def bundle(*words, **options):
    return run(EKFLASH, "bundle", *words, **options)


def make_folder(folder):
    """An unpacked bundle of the firmware that a simulated device comes with."""
    flash = folder / "flash.bin"
    run(EKFLASH, "probe", "--device", f"sim:?flash={flash}")
    packed = folder / "bundle.tar.gz"
    bundle("create", flash, "-o", packed)
    unpacked = folder / "unpacked"
    unpacked.mkdir()
    shutil.unpack_archive(packed, unpacked, "gztar")
    return unpacked


def state(folder, key):
    said = bundle("inspect", "--json", "--trust-key", key, folder).stdout
    return json.loads(said)["signature"]


def it_verifies_ours(folder):
    unpacked = make_folder(folder)
    secret, public = folder / "our.key", folder / "our.pub"
    bundle("keygen", "-k", secret, "--public-key", public, "--no-password")
    bundle("sign", unpacked, "-k", secret, "-c", "release ä")
    said = minisign("-V", "-p", public, "-m", unpacked / "manifest.json").stdout
    check("release ä" in said, said)
    with open(unpacked / "manifest.json", "a", encoding="utf-8") as file:
        file.write(" ")
    minisign("-V", "-p", public, "-m", unpacked / "manifest.json", ok=False)


def it_signs_with_our_key(folder):
    unpacked = make_folder(folder)
    secret, public = folder / "our.key", folder / "our.pub"
    bundle("keygen", "-k", secret, "--public-key", public, "--no-password")
    minisign("-S", "-W", "-s", secret, "-m", unpacked / "manifest.json")
    check(state(unpacked, public)["state"] == "trusted")


def it_reads_our_password(folder):
    """Takes 1 GiB for a moment, as minisign's own keys do."""
    if os.environ.get("EK_TEST_QUICK"):
        raise Skip("too much memory for a build with sanitizers")
    unpacked = make_folder(folder)
    secret, public = folder / "our.key", folder / "our.pub"
    bundle("keygen", "-k", secret, "--public-key", public, "--password-stdin",
           text=PASSWORD + "\n")
    minisign("-S", "-s", secret, "-m", unpacked / "manifest.json", text=PASSWORD + "\n")
    check(state(unpacked, public)["state"] == "trusted")
    bundle("sign", unpacked, "-k", secret, "--password-stdin", text="wrong\n", ok=False)
    bundle("sign", unpacked, "-k", secret, "--password-stdin", text=PASSWORD + "\n")
    check(state(unpacked, public)["state"] == "trusted")


def we_verify_its(folder, *mode):
    unpacked = make_folder(folder)
    secret, public = folder / "its.key", folder / "its.pub"
    minisign("-G", "-W", "-p", public, "-s", secret)
    minisign("-S", *mode, "-W", "-s", secret, "-t", "by minisign", "-m",
             unpacked / "manifest.json")
    signature = state(unpacked, public)
    check(signature["state"] == "trusted" and signature["comment"] == "by minisign", signature)
    check(signature["key_id"] in public.read_text(), signature, public.read_text())
    with open(unpacked / "manifest.json", "a", encoding="utf-8") as file:
        file.write(" ")
    failed = bundle("verify", "--trust-key", public, unpacked, ok=False)
    check("signature-wrong" in failed.stderr, failed.stderr)


def we_sign_with_its_key(folder):
    unpacked = make_folder(folder)
    secret, public = folder / "its.key", folder / "its.pub"
    minisign("-G", "-W", "-p", public, "-s", secret)
    bundle("sign", unpacked, "-k", secret)
    minisign("-V", "-p", public, "-m", unpacked / "manifest.json")


TESTS = {
    "/peers/minisign/it-verifies-ours": it_verifies_ours,
    "/peers/minisign/it-signs-with-our-key": it_signs_with_our_key,
    "/peers/minisign/it-reads-our-password": it_reads_our_password,
    "/peers/minisign/we-verify-its": we_verify_its,
    "/peers/minisign/we-verify-its-legacy": lambda folder: we_verify_its(folder, "-l"),
    "/peers/minisign/we-sign-with-its-key": we_sign_with_its_key,
}

if __name__ == "__main__":
    os.environ["XDG_CONFIG_HOME"] = "/nonexistent"
    sys.exit(main(TESTS))
