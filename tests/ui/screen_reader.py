# SPDX-License-Identifier: GPL-3.0-or-later
"""The program as a person with a screen reader has it: what can be read on it, what can be done to it
by name, where the focus is, and the keys of the keyboard. Nothing here knows how it is made."""

import functools
import os
import subprocess
import time

import gi

gi.require_version("Atspi", "2.0")
from gi.repository import Atspi, GLib  # noqa: E402

Role, State = Atspi.Role, Atspi.StateType
DEADLINE = 60
LOOK_AGAIN = 0.05
STEP_TIME = 0.5
MAX_STEPS = 30
APP = "echokit-flasher"
KEYS = {"Tab": 0xFF09, "Return": 0xFF0D, "Escape": 0xFF1B, "space": 0x20, "F10": 0xFFC7,
        "Down": 0xFF54, "Up": 0xFF52, "Left": 0xFF51, "Right": 0xFF53}
MODIFIERS = {"Shift": 1 << 0, "Control": 1 << 2, "Alt": 1 << 3}
ACTIONS = ("click", "Click", "toggle", "activate")
# What somebody can use or is told, and so has to have a name.
NAMED_ROLES = {Role.PUSH_BUTTON, Role.TOGGLE_BUTTON, Role.CHECK_BOX,
               Role.RADIO_BUTTON, Role.ENTRY, Role.TEXT, Role.PROGRESS_BAR,
               Role.LIST, Role.LIST_ITEM, Role.COMBO_BOX, Role.MENU_ITEM}
# What only holds the rest together, or adorns it.
FRAME_ROLES = {Role.FILLER, Role.PANEL, Role.SCROLL_BAR, Role.FRAME, Role.MENU, Role.IMAGE}
LEAF_ROLES = {Role.LABEL, Role.SCROLL_BAR, Role.IMAGE, Role.PROGRESS_BAR, Role.COMBO_BOX}
# A GTK of 4.8 calls what has no name by its class.
CLASS_PREFIXES = ("Gtk", "Adw", "Ek")


class NotFound(AssertionError):
    """What a person waited for did not come."""


def children(node):
    for index in range(node.get_child_count()):
        child = node.get_child_at_index(index)
        if child is not None:
            yield child


def walk(node):
    """All there is, parents first; what goes away meanwhile is left out, and what has nothing in it
    is not asked."""
    try:
        yield node
        below = [] if node.get_role() in LEAF_ROLES else list(children(node))
    except GLib.Error:
        return
    for child in below:
        yield from walk(child)


def patient(ask):
    """What goes away while somebody looks at it is looked at again."""
    @functools.wraps(ask)
    def asked(self, *args):
        end = time.monotonic() + DEADLINE
        while True:
            try:
                return ask(self, *args)
            except GLib.Error:
                if time.monotonic() > end or self.process.poll() is not None:
                    raise
    return asked


class Screen:
    """A running program."""

    def __init__(self, command, env, before=None):
        self.log = open(os.path.join(env["HOME"], "app.log"), "ab+")
        self.process = subprocess.Popen(command, env=env, stderr=self.log, preexec_fn=before)
        self.app = None

    # ---- reading ----

    def find_app(self):
        if self.app is None:
            for app in children(Atspi.get_desktop(0)):
                if app.get_name() == APP and app.get_process_id() == self.process.pid:
                    app.set_cache_mask(Atspi.Cache.NONE)
                    self.app = app
        return self.app

    def nodes(self):
        app = self.find_app()
        return walk(app) if app is not None else ()

    @patient
    def texts(self):
        return [node.get_name() for node in self.nodes() if node.get_name()]

    def wait(self, what, test):
        """Asks until there is an answer: another process can't be waited for otherwise."""
        end = time.monotonic() + DEADLINE
        while time.monotonic() < end:
            assert self.process.poll() is None, f"while waiting for {what}, the program ended"
            found = test()
            if found:
                return found
            time.sleep(LOOK_AGAIN)
        raise NotFound(f"{what} did not come; there is: {self.texts()}")

    @patient
    def find(self, name, *roles):
        for node in self.nodes():
            if node.get_name() == name and (not roles or node.get_role() in roles):
                return node
        return None

    @patient
    def count(self, text):
        return sum(node.get_name() == text and node.get_role() == Role.LABEL
                   for node in self.nodes())

    @patient
    def find_part(self, part):
        for node in self.nodes():
            if part in (node.get_name() or ""):
                return node.get_name()
        return None

    def read(self, text):
        """Waits until the whole text stands somewhere."""
        return self.wait(f"“{text}”", lambda: self.find(text))

    def read_part(self, part):
        """Waits until a text with this in it stands somewhere, and gives all of it."""
        return self.wait(f"“…{part}…”", lambda: self.find_part(part))

    @patient
    def value(self, name="Progress"):
        """Of a bar, from 0 to 1; None where there is none."""
        bar = self.find(name, Role.PROGRESS_BAR)
        return Atspi.Value.get_current_value(bar) if bar is not None else None

    @patient
    def is_in(self, state, name, *roles):
        node = self.find(name, *roles)
        return node is not None and node.get_state_set().contains(state)

    @patient
    def unnamed(self):
        return [(node.get_role_name(), node.get_name()) for node in self.nodes()
                if node.get_role() not in FRAME_ROLES and
                ((node.get_role() in NAMED_ROLES and not node.get_name()) or
                 (node.get_name() or "").startswith(CLASS_PREFIXES))]

    def check_names(self):
        """Whatever can be used, or is there to be told, has a name of its own."""
        try:
            self.wait("a name for everything", lambda: not self.unnamed())
        except NotFound as error:
            raise AssertionError(f"without a name: {self.unnamed()}") from error

    # ---- doing ----

    @patient
    def find_action(self, name, roles):
        """Of the node that can be used just now; chosen by what it is called."""
        for node in self.nodes():
            if node.get_name() != name or (roles and node.get_role() not in roles) or \
               not node.get_state_set().contains(State.SENSITIVE):
                continue
            for index in range(node.get_n_actions()):
                if Atspi.Action.get_action_name(node, index) in ACTIONS:
                    return node, index
        return None

    def act(self, name, *roles):
        """Does what pressing it does, once it can be pressed."""
        node, index = self.wait(f"{name}, to press it,", lambda: self.find_action(name, roles))
        assert node.do_action(index)

    def press(self, name):
        self.act(name, Role.PUSH_BUTTON)

    def row(self, name):
        """Rows of a list have no action in GTK 4.8: they are for the keyboard."""
        self.tab_to(name)
        self.key("Return")

    def choose(self, name):
        """One of two side by side: Tab leads to the group, the arrows through it."""
        self.tab_until(lambda node: node.get_role() == Role.RADIO_BUTTON, name)
        for arrow in ("Right", "Left"):
            if self.focused_name() != name:
                self.step(arrow)
        if not self.is_in(State.CHECKED, name, Role.RADIO_BUTTON):
            self.key("space")
        self.wait(f"{name} chosen", lambda: self.is_in(State.CHECKED, name, Role.RADIO_BUTTON))

    def enter(self, name, text):
        self.tab_to(name)
        self.type(text)

    def open_file(self, path):
        """In the dialog for files; typing a path there opens a line for it."""
        self.wait("the dialog for files",
                  lambda: self.find("_Open Open", Role.PUSH_BUTTON) or self.find("Open"))
        self.type(path)
        self.key("Return")

    def menu(self, item):
        self.act("Main Menu")
        self.act(item, Role.MENU_ITEM)

    def key(self, keys):
        """One key, or one with modifiers, such as Alt+Left."""
        *modifiers, key = keys.split("+")
        mask = sum(MODIFIERS[modifier] for modifier in modifiers)
        if mask:
            Atspi.generate_keyboard_event(mask, None, Atspi.KeySynthType.LOCKMODIFIERS)
        Atspi.generate_keyboard_event(KEYS.get(key) or ord(key), None, Atspi.KeySynthType.SYM)
        if mask:
            Atspi.generate_keyboard_event(mask, None, Atspi.KeySynthType.UNLOCKMODIFIERS)

    def type(self, text):
        Atspi.generate_keyboard_event(0, text, Atspi.KeySynthType.STRING)

    @staticmethod
    def mouse(what, x, y):
        """abs: the pointer moves there; b1p, b1r: its first button is pressed, and let go."""
        Atspi.generate_mouse_event(x, y, what)

    @patient
    def focused(self):
        for node in self.nodes():
            if node.get_state_set().contains(State.FOCUSED):
                return node
        return None

    @patient
    def focused_name(self):
        node = self.focused()
        return node.get_name() if node is not None else None

    def wait_for_focus(self, name):
        """The focus is, or comes, where this is read."""
        self.wait(f"the focus on {name}", lambda: self.focused_name() == name)

    def step(self, keys):
        """A key that moves the focus, and the moment that takes."""
        before = self.focused()
        self.key(keys)
        end = time.monotonic() + STEP_TIME
        while time.monotonic() < end and self.focused() == before:
            time.sleep(LOOK_AGAIN / 5)

    @patient
    def focus_passes(self, test):
        node = self.focused()
        return node is not None and test(node)

    def tab_until(self, test, what):
        """Goes on with the Tab key until the focus is at what was looked for."""
        seen = []
        for _ in range(MAX_STEPS):
            if self.focus_passes(test):
                return
            seen.append(self.focused_name())
            self.step("Tab")
        raise NotFound(f"the Tab key does not lead to {what}, but to {seen}")

    def tab_to(self, name):
        self.tab_until(lambda node: node.get_name() == name, name)

    # ---- the end ----

    def close(self):
        """Ends it as a person does not: what went wrong in it is said by how it had ended."""
        if self.process.poll() is None:
            self.process.terminate()
        code = self.process.wait()
        self.log.close()
        assert code in (0, -15), f"the program ended with {code}"
