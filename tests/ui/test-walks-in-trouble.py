#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Walks through the program as a person with a screen reader, when something is in the way. Prints TAP;
what it needs stands in desk.py."""

import sys

from desk import OFFLINE, Skip, obey_permissions, run
from screen_reader import Role, State

LIST = """esp_toml_version = 1.0
firmware_images_url = "http://127.0.0.1:{port}/"
supported_apps = ["Garden", "Attic"]
[Garden]
description = "for trying"
chipsets = ["ESP32-S3"]
image.esp32-s3 = "garden.bin"
[Attic]
chipsets = ["ESP32-S3"]
"""
WEB_PAGE = "<html><body>404 Not Found</body></html>"


def begin_install(desk, screen):
    """From a file that was opened to the writing."""
    screen.read("Install echokit_demo 0.2.0")
    screen.press("Install")
    screen.choose("EchoKit Box")
    screen.press("Continue")
    screen.wait_for_focus("Installing on your EchoKit")


def say_it_is_a_box(screen):
    screen.press("Choose Which EchoKit…")
    screen.choose("EchoKit Box")
    screen.press("Continue")
    screen.wait_for_focus("EchoKit Box")


def walk_cable_out(desk):
    """the cable comes out at 60 % and goes in again: the update goes on by itself and is finished"""
    desk.take("1-1")
    desk.plug("1-1")
    screen = desk.start(desk.firmware("new.bin"))
    screen.read("runs 0.1.0 · connected")
    begin_install(desk, screen)
    screen.read("Write: now")
    desk.slow_down("1-1")
    screen.wait("60 %", lambda: (screen.value() or 0) >= 0.6)
    desk.unplug("1-1")
    screen.read("The cable is out. Plug it in again: the app goes on by itself.")
    screen.check_names()
    desk.plug("1-1")
    desk.speed_up("1-1")
    screen.wait_for_focus("Your EchoKit is ready")
    screen.read_part("It started with 0.2.0")
    screen.press("Done")
    screen.read("runs 0.2.0 · connected")


def walk_cancel(desk):
    """stopping asks, tells the truth about the device, and the update can be finished"""
    desk.take("1-1")
    desk.plug("1-1")
    screen = desk.start(desk.firmware("new.bin"))
    screen.read("runs 0.1.0 · connected")
    begin_install(desk, screen)
    screen.read("Write: now")
    desk.slow_down("1-1")
    screen.press("Cancel")
    screen.wait_for_focus("Keep Going")
    screen.read("Your EchoKit will not start until the installation is finished. You can finish it "
                "any time with this app.")
    screen.check_names()
    screen.key("Escape")
    screen.wait_for_focus("Installing on your EchoKit")
    screen.press("Cancel")
    screen.press("Stop")
    screen.wait_for_focus("Stopped before it was finished")
    screen.read("Your EchoKit will not start until this is finished. Nothing is lost: it can be "
                "finished any time.")
    screen.check_names()
    desk.speed_up("1-1")
    screen.key("Return")
    screen.wait_for_focus("Installing on your EchoKit")
    screen.wait("the writing", lambda: (screen.value() or 0) >= 0.3)
    desk.slow_down("1-1")
    screen.read("Start: now")
    screen.press("Cancel")
    screen.wait_for_focus("Your EchoKit is ready")
    screen.read("Installed and checked. Look at its screen for the QR code or the clock.")
    screen.press("Done")
    screen.read("runs 0.2.0 · connected")


def walk_no_permission(desk):
    """an account without permission is told what to do, and the program goes on once that is done"""
    desk.take("1-1")
    desk.plug("1-1")
    desk.forbid("1-1")
    screen = desk.start(before=obey_permissions)
    screen.read("needs permission")
    screen.press("Show What to Do")
    screen.wait_for_focus("This computer doesn't let the app use the device yet")
    screen.read("Type this into a terminal:")
    screen.read_part("sudo")
    screen.read("Waiting. The app goes on by itself as soon as it can.")
    screen.check_names()
    desk.allow("1-1")
    screen.wait_for_focus("EchoKit")
    screen.read("runs 0.1.0 · connected")


def walk_offline_first_start(desk):
    """the first start without any network: what can't be had is said, and a file can be installed"""
    if not OFFLINE:
        raise Skip("this system lets nobody take the network away")
    screen = desk.start()
    screen.wait_for_focus("Plug in your EchoKit")
    desk.take("1-1")
    desk.plug("1-1")
    screen.read("runs 0.1.0 · connected")
    say_it_is_a_box(screen)
    screen.press("Install")
    screen.wait_for_focus("No internet connection")
    screen.read("Firmware that was downloaded before can be installed without the internet.")
    screen.read("Waiting for the internet. The app goes on by itself.")
    screen.check_names()
    screen.key("Escape")
    screen.wait_for_focus("EchoKit Box")
    screen.row("Install EchoKit Box")
    screen.read("No internet connection")
    screen.check_names()
    screen.row("Install a file…")
    screen.open_file(desk.firmware("new.bin"))
    screen.read("Install echokit_demo 0.2.0")
    screen.press("Install")
    screen.wait_for_focus("Your EchoKit is ready")
    screen.press("Done")
    screen.read("runs 0.2.0 · connected")


def walk_online_again(desk):
    """the server does not answer; as soon as it does, the installation goes on by itself"""
    port = desk.serve()
    desk.stop_serving()
    desk.firmware("garden.bin")
    desk.take("1-1", options="esp32s3?blank")
    desk.plug("1-1")
    screen = desk.start()
    say_it_is_a_box(screen)
    screen.row("Install EchoKit Box")
    screen.enter("Add a list: address or file", desk.write("list.toml", LIST.format(port=port)))
    screen.key("Return")
    screen.row("Garden")
    screen.read("Install Garden")
    screen.press("Install")
    screen.wait_for_focus("No internet connection")
    desk.serve(port)
    screen.wait_for_focus("Your EchoKit is ready")


def walk_broken_list(desk):
    """what is no list is said to be none; of a list with a broken entry the others can be installed"""
    port = desk.serve()
    desk.firmware("garden.bin")
    desk.write("list.toml", LIST.format(port=port))
    desk.take("1-1", options="esp32s3?blank")
    desk.plug("1-1")
    screen = desk.start()
    say_it_is_a_box(screen)
    screen.row("Install EchoKit Box")
    screen.enter("Add a list: address or file", desk.write("broken.toml", "this is no list ["))
    screen.press("Add")
    screen.read("The firmware list can't be read\nIt is damaged, or it is not a firmware list.")
    screen.wait_for_focus("Add a list: address or file")
    assert screen.is_in(State.INVALID, "Add a list: address or file", Role.TEXT) or \
        screen.is_in(State.INVALID_ENTRY, "Add a list: address or file", Role.TEXT)
    screen.check_names()

    screen.key("Control+a")
    screen.type(f"http://127.0.0.1:{port}/list.toml")
    screen.key("Return")
    screen.read("This entry is broken: it has no image")
    assert not screen.is_in(State.SENSITIVE, "Attic", Role.LIST_ITEM)
    screen.check_names()
    screen.row("Garden")
    screen.read("Install Garden 0.2.0")


def walk_short_password(desk):
    """a Wi-Fi password that no Wi-Fi has is refused beside its field, and the right one is taken"""
    desk.take("1-1", 4, "esp32s3?blank")
    desk.plug("1-1")
    screen = desk.start(desk.firmware("new.bin"))
    screen.read("no firmware on it yet · connected")
    screen.read("Install echokit_demo 0.2.0")
    screen.act("Set Wi-Fi now", Role.CHECK_BOX)
    screen.read("Server address")
    screen.check_names()
    screen.enter("Name of the Wi-Fi", "Garden")
    screen.enter("Password", "short")
    screen.press("Install")
    screen.read("Too short: a Wi-Fi's password has at least 8 characters.")
    screen.wait_for_focus("Password")
    screen.key("Control+a")
    screen.type("long enough")
    begin_install(desk, screen)
    screen.wait_for_focus("Your EchoKit is ready")


def walk_broken_file(desk):
    """files that are no firmware are explained, whether they are opened or dropped on the window"""
    screen = desk.start()
    screen.wait_for_focus("Plug in your EchoKit")
    desk.open_again(desk.write("firmware.bin", WEB_PAGE))
    screen.wait_for_focus("This is not EchoKit firmware")
    screen.press("Details")
    screen.read_part("this is a web page")
    screen.check_names()
    screen.key("Return")
    screen.wait_for_focus("Plug in your EchoKit")

    desk.firmware("whole.bin")
    desk.drop(desk.write("cut.bin", desk.read("whole.bin")[:-1000]), "Drop the firmware file here")
    screen.wait_for_focus("The firmware is damaged")
    screen.read("Download the firmware again, from the place it came from.")
    screen.key("Escape")
    screen.wait_for_focus("Plug in your EchoKit")


if __name__ == "__main__":
    sys.exit(run(globals()))
