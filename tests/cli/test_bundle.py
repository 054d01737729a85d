#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""ekflash bundle: made, shown, checked, signed, installed; and what is wrong is refused."""

import io
import json
import os
import sys
import tarfile
import zipfile

from harness import APP, FLASH_SIZE, MERGED, Folder, main, need, read, run, sha, test

os.environ["XDG_CONFIG_HOME"] = "/nonexistent"


def make(folder, *options, name="bundle.tar.gz"):
    need(MERGED)
    path = os.path.join(folder.folder.name, name)
    run("bundle", "create", MERGED, "-o", path, *options, code=0)
    return path


def make_key(folder, name="maker"):
    secret = os.path.join(folder.folder.name, name + ".key")
    public = os.path.join(folder.folder.name, name + ".pub")
    run("bundle", "keygen", "-k", secret, "--public-key", public, "--no-password", code=0)
    return secret, public


def members(path):
    with tarfile.open(path) as archive:
        return {m.name: archive.extractfile(m).read() for m in archive.getmembers()}


def pack(path, files):
    with tarfile.open(path, "w:gz") as archive:
        for name, data in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return path


def inspect(path, *options):
    return json.loads(run("bundle", "inspect", "--json", path, *options, code=0).stdout)


@test
def writes_the_same_bytes_twice():
    with Folder() as folder:
        first = make(folder)
        second = make(folder, name="again.tar.gz")
        assert sha(first) == sha(second)


@test
def holds_what_the_merged_image_holds():
    with Folder() as folder:
        files = members(make(folder, "--name", "EchoKit", "--version", "1.2"))
        manifest = json.loads(files["manifest.json"])
        image = read(MERGED)
        assert manifest["name"] == "EchoKit" and manifest["version"] == "1.2", manifest
        assert [s["offset"] for s in manifest["segments"]] == ["0x0", "0x8000", "0x210000"]
        for segment in manifest["segments"]:
            start = int(segment["offset"], 16)
            data = files[segment["file"]]
            assert len(data) == segment["size"]
            assert image[start : start + len(data)] == data
        assert files["files/factory.bin"] == read(APP)


@test
def bears_the_time_that_it_is_told():
    with Folder() as folder:
        path = os.path.join(folder.folder.name, "b.tar.gz")
        env = dict(os.environ, SOURCE_DATE_EPOCH="1777990620")
        need(MERGED)
        run("bundle", "create", MERGED, "-o", path, code=0, env=env)
        manifest = json.loads(members(path)["manifest.json"])
        assert manifest["created"] == "2026-05-05T14:17:00Z", manifest


@test
def installs_the_same_as_the_image():
    with Folder() as one, Folder() as other:
        bundle = make(one)
        report = json.loads(run("flash", "-d", one.device, bundle, "--json", code=0).stdout)
        assert report["signature"] == {"state": "none"}, report
        assert report["verified"] and report["started"] and report["keeps_settings"], report
        run("flash", "-d", other.device, MERGED, code=0)
        assert os.path.getsize(one.flash) == FLASH_SIZE
        assert sha(one.flash) == sha(other.flash)


@test
def installs_what_is_unpacked_or_a_zip():
    with Folder() as folder:
        files = members(make(folder))
        unpacked = os.path.join(folder.folder.name, "unpacked")
        packed = os.path.join(folder.folder.name, "bundle.zip")
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, data in files.items():
                archive.writestr("some folder/" + name, data)
                os.makedirs(os.path.dirname(os.path.join(unpacked, name)), exist_ok=True)
                with open(os.path.join(unpacked, name), "wb") as file:
                    file.write(data)
        for what in (unpacked, packed, os.path.join(unpacked, "manifest.json")):
            result = run("flash", "-n", "-d", folder.device, what, code=0)
            assert "0x210000" in result.stdout and "not signed" in result.stdout, result.stdout
        report = json.loads(run("flash", "-n", "-d", folder.device, unpacked, "--json").stdout)
        assert report["firmware_size"] == 20592 + 3072 + 2774240, report


@test
def tells_who_signed():
    with Folder() as folder:
        secret, public = make_key(folder)
        bundle = make(folder, "-k", secret, "-c", "release 7")
        assert inspect(bundle)["signature"]["state"] == "unknown-key"
        signature = inspect(bundle, "--trust-key", public)["signature"]
        assert signature["state"] == "trusted" and signature["signer"] == "maker", signature
        assert signature["comment"] == "release 7", signature
        said = run("bundle", "verify", bundle, "--trust-key", public, code=0).stdout
        assert "signed by maker (release 7)" in said, said
        said = run("flash", "-n", "-d", folder.device, bundle, "--trust-key", public, code=0).stdout
        assert "signed by maker (release 7)" in said, said


@test
def trusts_the_keys_in_the_settings_folder():
    with Folder() as folder:
        secret, public = make_key(folder)
        bundle = make(folder, "-k", secret)
        keys = os.path.join(folder.folder.name, "config", "echokit-flasher", "trusted-keys")
        os.makedirs(keys)
        os.rename(public, os.path.join(keys, "Anna.pub"))
        env = dict(os.environ, XDG_CONFIG_HOME=os.path.join(folder.folder.name, "config"))
        said = run("bundle", "verify", bundle, code=0, env=env).stdout
        assert "signed by Anna" in said, said


@test
def asks_for_a_signature_where_it_is_told():
    with Folder() as folder:
        secret, public = make_key(folder)
        unsigned = make(folder)
        signed = make(folder, "-k", secret, name="signed.tar.gz")
        flash = ["flash", "--json", "-d", folder.device, "--require-signature"]
        for what in (unsigned, signed, MERGED):
            report = json.loads(run(*flash, what, code=1).stdout)
            assert report["code"] == "signature-missing", report
        assert not os.path.exists(folder.flash)  # the device was not opened
        report = json.loads(run(*flash, signed, "--trust-key", public, code=0).stdout)
        assert report["signature"]["state"] == "trusted", report


@test
def refuses_a_changed_byte_before_the_device():
    with Folder() as folder:
        secret, public = make_key(folder)
        files = members(make(folder, "-k", secret))
        path = os.path.join(folder.folder.name, "changed.tar.gz")
        for name, data in files.items():
            place = data.index(b"EchoKit firmware") if name.endswith("sig") else len(data) // 2
            changed = data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :]
            pack(path, {**files, name: changed})
            report = json.loads(
                run("flash", "-d", folder.device, "--json", "--trust-key", public, path,
                    code=1).stdout
            )
            code = "firmware-damaged" if name.startswith("files/") else "signature-wrong"
            assert report["code"] == code, (name, report)
        assert not os.path.exists(folder.flash)


@test
def refuses_what_an_archive_must_not_hold():
    with Folder() as folder:
        files = members(make(folder))
        path = os.path.join(folder.folder.name, "bad.tar.gz")
        for extra in ("../up", "/etc/passwd", "files/unlisted.bin"):
            pack(path, {**files, extra: b"x"})
            report = json.loads(run("bundle", "verify", "--json", path, code=1).stdout)
            assert report["code"] == "archive-unsafe", (extra, report)


@test
def signs_in_place_and_elsewhere():
    with Folder() as folder:
        secret, public = make_key(folder)
        bundle = make(folder)
        other = os.path.join(folder.folder.name, "other.tar.gz")
        before = sha(bundle)
        run("bundle", "sign", bundle, "-k", secret, "-o", other, code=0)
        assert sha(bundle) == before
        run("bundle", "sign", bundle, "-k", secret, code=0)
        assert sha(bundle) == sha(other)
        assert inspect(bundle, "--trust-key", public)["signature"]["state"] == "trusted"


@test
def refuses_wrong_calls():
    with Folder() as folder:
        need(MERGED)
        secret, public = make_key(folder)
        path = os.path.join(folder.folder.name, "x.tar.gz")
        run("bundle", code=2)
        run("bundle", "burn", MERGED, code=2)
        run("bundle", "create", MERGED, code=2)
        run("bundle", "sign", MERGED, code=2)
        run("bundle", "create", "-o", path, code=1)
        run("bundle", "create", MERGED, "-o", path, "--board", "toaster", code=1)
        run("bundle", "create", APP, "-o", path, code=1)  # where would it go?
        run("bundle", "sign", MERGED, "-k", secret, code=1)
        run("bundle", "keygen", "-k", secret, "--public-key", public, "--no-password", code=1)
        run("bundle", "create", MERGED, "-o", path, "-k", public, code=1)
        run("bundle", "create", MERGED, "-o", "/nonexistent/x.tar.gz", code=1)
        assert not os.path.exists(path)


@test
def keeps_secret_keys_to_their_owner():
    with Folder() as folder:
        secret, _ = make_key(folder)
        assert os.stat(secret).st_mode & 0o777 == 0o600


sys.exit(main("bundle"))
