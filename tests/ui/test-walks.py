#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Walks through the program as a person with a screen reader, on whose desk everything goes well in the
end. Prints TAP; what it needs stands in desk.py."""

import sys

from desk import DIY_BUILD, run
from screen_reader import Role, State

LIST = """esp_toml_version = 1.0
firmware_images_url = "http://127.0.0.1:{port}/"
supported_apps = ["Garden"]
[Garden]
description = "for trying"
chipsets = ["ESP32-S3"]
image.esp32-s3 = "garden.bin"
"""


def walk_first_install(desk):
    """a new EchoKit is plugged in, said to be a Box, and gets firmware from a list that is added"""
    port = desk.serve()
    desk.firmware("garden.bin")
    desk.write("list.toml", LIST.format(port=port))
    desk.take("1-1", options="esp32s3?blank")

    screen = desk.start()
    screen.wait_for_focus("Plug in your EchoKit")
    screen.check_names()
    desk.plug("1-1")
    screen.read("no firmware on it yet · connected")
    screen.check_names()
    screen.press("Choose Which EchoKit…")
    screen.wait_for_focus("Which EchoKit is this?")
    screen.check_names()
    screen.choose("EchoKit Box")
    screen.press("Continue")

    screen.wait_for_focus("EchoKit Box")
    screen.row("Install EchoKit Box")
    screen.enter("Add a list: address or file", f"http://127.0.0.1:{port}/list.toml")
    screen.press("Add")
    screen.read("Garden")
    screen.check_names()
    screen.row("Garden")
    screen.read("Install Garden 0.2.0")
    screen.press("Install")

    screen.wait_for_focus("Installing on your EchoKit")
    screen.check_names()
    screen.read("Keep the cable in.")
    screen.read("Write: now")
    screen.wait_for_focus("Your EchoKit is ready")
    screen.read_part("Next: scan the QR code on its screen to connect it to your Wi-Fi.")
    screen.check_names()
    screen.press("Done")
    screen.read("runs 0.2.0 · connected")

    # the answer and the list are remembered
    desk.end()
    screen = desk.start()
    screen.read("runs 0.2.0 · connected")
    screen.wait_for_focus("EchoKit Box")
    screen.row("Which EchoKit it is")
    assert screen.is_in(State.CHECKED, "EchoKit Box", Role.RADIO_BUTTON)


def walk_update(desk):
    """a simulated EchoKit is updated from the first start to the end"""
    screen = desk.start()
    screen.press("Try With a Simulated EchoKit")
    screen.wait_for_focus("Simulated EchoKit")
    screen.read("runs 0.1.0 · not a real device")
    screen.read("Update to 0.2.0")
    screen.press("Update")
    screen.wait_for_focus("Which EchoKit is this?")
    screen.read("This one is simulated: choose either.")
    assert screen.is_in(State.CHECKED, "EchoKit Box", Role.RADIO_BUTTON)
    screen.press("Continue")
    screen.wait_for_focus("Updating your EchoKit")
    screen.read("This EchoKit is simulated: no device is touched.")
    screen.wait("the bar to move", lambda: 0 < (screen.value() or 0) < 1)
    screen.wait_for_focus("The simulated EchoKit is up to date")
    screen.read_part("It started with 0.2.0")
    screen.press("Done")
    screen.read("runs 0.2.0 · not a real device")
    screen.read("0.2.0 is installed")
    assert not screen.is_in(State.SENSITIVE, "Up to Date", Role.PUSH_BUTTON)


def walk_with_the_keyboard(desk):
    """the same with the keyboard alone"""
    screen = desk.start()
    screen.wait_for_focus("Plug in your EchoKit")
    screen.tab_to("Try With a Simulated EchoKit")
    screen.key("Return")
    screen.wait_for_focus("Simulated EchoKit")
    screen.read("Update to 0.2.0")
    screen.key("Return")
    screen.wait_for_focus("Which EchoKit is this?")
    screen.key("Escape")
    screen.wait_for_focus("Simulated EchoKit")
    screen.key("Alt+u")
    screen.wait_for_focus("Which EchoKit is this?")
    screen.choose("EchoKit DIY")
    screen.tab_to("Continue")
    screen.key("Return")
    screen.wait_for_focus("Updating your EchoKit")
    screen.wait_for_focus("The simulated EchoKit is up to date")
    screen.key("Return")
    screen.wait_for_focus("Simulated EchoKit DIY")
    screen.key("F10")
    screen.wait_for_focus("Device Log")
    screen.key("Down")
    screen.wait_for_focus("More About the Device")
    screen.key("Return")
    screen.read("About this device")
    screen.key("Alt+Left")
    screen.wait_for_focus("Simulated EchoKit DIY")
    screen.key("Control+q")
    desk.wait_for_the_end()


def walk_device_log(desk):
    """what the device says can be read line by line, after it was restarted"""
    screen = desk.start("--simulate", "esp32s3?pace=4")
    screen.read("runs 0.1.0 · not a real device")
    screen.menu("Device Log")
    screen.wait_for_focus("Search the device log")
    screen.press("Restart the Device")
    screen.read_part("boot: ESP-IDF")
    screen.press("Pause")
    screen.check_names()
    screen.key("Alt+Left")
    screen.wait_for_focus("Simulated EchoKit")


def walk_wrong_board(desk):
    """whoever calls a DIY a Box is asked, goes back, and puts it right"""
    image = desk.firmware("diy.bin", "0.1.0", DIY_BUILD, "v0.3.1")
    file = desk.bundle("for-box.tar.gz", desk.firmware("new.bin"), "box")
    desk.take("1-1", options=f"esp32s3?image={image}")
    desk.plug("1-1")

    screen = desk.start(file)
    screen.wait_for_focus("EchoKit DIY")
    screen.read("runs v0.3.1 · connected")
    screen.row("Which EchoKit it is")
    screen.read("It ran EchoKit DIY v0.3.1 before.")
    screen.choose("EchoKit Box")
    screen.press("Continue")
    screen.wait_for_focus("EchoKit Box")
    screen.press("Update")
    screen.read("Is it really an EchoKit Box?")
    screen.read_part("It ran the firmware of EchoKit DIY before.")
    screen.check_names()
    screen.press("Go Back")
    screen.read("runs v0.3.1 · connected")

    # the file is for a Box: nothing is written to a DIY without a question
    screen.row("Which EchoKit it is")
    screen.choose("EchoKit DIY")
    screen.press("Continue")
    screen.wait_for_focus("EchoKit DIY")
    screen.press("Update")
    screen.wait_for_focus("This firmware is for another EchoKit")
    screen.check_names()
    screen.press("Install It Anyway…")
    screen.read("Is it really an EchoKit DIY?")
    screen.press("Go Back")
    screen.press("Back")
    screen.read("runs v0.3.1 · connected")


def walk_backup_and_restore(desk):
    """a backup is saved, other firmware installed, and the backup brought back"""
    backup = desk.path("backup.bin")
    desk.take("1-1", 30)
    desk.plug("1-1")

    screen = desk.start()
    screen.read("runs 0.1.0 · connected")
    screen.menu("More About the Device")
    screen.read("About this device")
    screen.check_names()
    screen.row("Save a backup…")
    screen.wait_for_focus("Name:")
    screen.key("Control+a")
    screen.type(backup)
    screen.key("Return")
    screen.wait_for_focus("Saving a backup")
    screen.wait_for_focus("The backup is saved")
    screen.read_part("Everything that was on the device is in backup.bin.")
    screen.press("Done")
    screen.wait_for_focus("EchoKit")
    desk.compare("1-1", "backup.bin")

    desk.open_again(desk.firmware("new.bin"))
    screen.read("Install echokit_demo 0.2.0")
    screen.press("Install")
    screen.choose("EchoKit Box")
    screen.press("Continue")
    screen.wait_for_focus("Your EchoKit is ready")
    screen.press("Done")
    screen.read("runs 0.2.0 · connected")

    screen.menu("More About the Device")
    screen.row("Bring a backup back…")
    screen.open_file(backup)
    screen.read("Replace everything on the device?")
    screen.check_names()
    screen.press("Replace")
    screen.wait_for_focus("The backup is back on the device")
    screen.press("Done")
    screen.read("runs 0.1.0 · connected")
    desk.compare("1-1", "backup.bin")


def walk_two_devices(desk):
    """two EchoKits at once: the cable of one comes out, the other is finished, and then that one too"""
    desk.take("1-1", 1, "esp32s3?mac=98:a3:16:00:00:01")
    desk.take("1-2", 1, "esp32s3?mac=98:a3:16:00:00:02")
    desk.plug("1-1")
    desk.plug("1-2")

    screen = desk.start(desk.firmware("new.bin"))
    screen.wait_for_focus("2 devices are plugged in")
    screen.read("EchoKit · 0001")
    screen.read("EchoKit · 0002")
    screen.check_names()
    screen.press("Update 2 Devices")
    screen.wait_for_focus("Updating 2 devices")
    screen.wait("both to be written", lambda: screen.count("Write") == 2)
    desk.slow_down("1-2")
    screen.read("Stop All")
    screen.check_names()
    desk.unplug("1-2")
    screen.wait_for_focus("Updating 1 device")
    screen.read("runs 0.2.0 · connected · up to date")
    desk.plug("1-2")
    desk.speed_up("1-2")
    screen.wait_for_focus("All devices are up to date")
    assert screen.count("runs 0.2.0 · connected · up to date") == 2
    screen.check_names()
    screen.row("EchoKit · 0002")
    screen.wait_for_focus("EchoKit")
    screen.key("Escape")
    screen.wait_for_focus("All devices are up to date")


if __name__ == "__main__":
    sys.exit(run(globals()))
