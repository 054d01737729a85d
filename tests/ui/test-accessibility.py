#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Walks through the installed-like program as a screen reader sees it, and prints TAP.

usage: test-accessibility.py ECHOKIT_FLASHER
"""

import subprocess
import sys
import time

import gi

gi.require_version("Atspi", "2.0")
from gi.repository import Atspi, GLib  # noqa: E402

DEADLINE = 60
APP = "echokit-flasher"
# Buttons that get their words later, on pages that are not shown yet, are called GtkButton until then.
CLASS_NAMES = {"GtkEntry", "GtkText", "GtkSearchEntry", "GtkExpander", "GtkListView", "GtkProgressBar",
               "GtkSwitch", "GtkCheckButton", "GtkDropDown", "EkStepLine"}


def children(node):
    for index in range(node.get_child_count()):
        child = node.get_child_at_index(index)
        if child is not None:
            yield child


def walk(node):
    """All there is, parents first. GTK 4.8 does not say which page of a stack is shown: what is
    waited for has to be a text that is not there before."""
    yield node
    try:
        below = list(children(node))
    except GLib.Error:
        return
    for child in below:
        yield from walk(child)


def find_app():
    desktop = Atspi.get_desktop(0)
    for app in children(desktop):
        if app.get_name() == APP:
            return app
    return None


def wait(what, test):
    """Asks until there is an answer: what another process does can't be waited for otherwise."""
    end = time.monotonic() + DEADLINE
    while time.monotonic() < end:
        try:
            found = test()
        except GLib.Error:
            found = None
        if found:
            return found
        time.sleep(0.1)
    app = find_app()
    names = [n.get_name() for n in walk(app) if n.get_name()] if app is not None else "nothing"
    raise AssertionError(f"{what} did not come; there is: {names}")


def reads(node, name):
    """GTK 4.8 names a button by its label with the mnemonic's line, and by its content once more."""
    text = (node.get_name() or "").replace("_", "")
    return text in (name, f"{name} {name}")


def find(name, *roles):
    app = find_app()
    for node in walk(app) if app is not None else ():
        if reads(node, name) and (not roles or node.get_role() in roles):
            return node
    return None


def act(name, *roles):
    """Does what pressing it does; the action is chosen by its name."""
    node = wait(name, lambda: find(name, *roles))
    actions = [Atspi.Action.get_action_name(node, i) for i in range(node.get_n_actions())]
    for wanted in ("click", "Click", "toggle", "activate"):
        if wanted in actions:
            assert node.do_action(actions.index(wanted))
            return
    raise AssertionError(f"{name} has only the actions {actions}")


def check_names():
    """Nothing that can be used or read is called by its class."""
    wrong = [node.get_name() for node in walk(find_app()) if node.get_name() in CLASS_NAMES]
    assert not wrong, f"called by their class: {wrong}"


def starts():
    """the program starts and says what to do"""
    wait("the window", lambda: find("Plug in your EchoKit"))
    check_names()


def picks():
    """a simulated device is picked and looked at"""
    act("Try With a Simulated EchoKit")
    wait("the device", lambda: find("Simulated EchoKit"))
    wait("what runs on it", lambda: find("runs 0.1.0 · not a real device"))
    check_names()


def installs():
    """which EchoKit it is is asked, and the update runs"""
    act("Update", Atspi.Role.PUSH_BUTTON)
    wait("the question", lambda: find("This one is simulated: choose either."))
    check_names()
    act("Continue")
    wait("the progress", lambda: find("Updating your EchoKit"))
    check_names()


def watches():
    """the end is told, and leads back"""
    wait("the end", lambda: find("The simulated EchoKit is up to date"))
    check_names()
    act("Done")
    wait("home", lambda: find("runs 0.2.0 · not a real device"))


STEPS = [starts, picks, installs, watches]


def main():
    program = subprocess.Popen([sys.argv[1]])
    failed = False

    print(f"1..{len(STEPS)}")
    try:
        for number, step in enumerate(STEPS, 1):
            if failed:
                print(f"not ok {number} - {step.__doc__}")
                continue
            try:
                step()
                print(f"ok {number} - {step.__doc__}", flush=True)
            except (AssertionError, GLib.Error) as error:
                failed = True
                print(f"not ok {number} - {step.__doc__}\n# {error}", flush=True)
    finally:
        program.terminate()
        program.wait()
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
