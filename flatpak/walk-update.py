#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""A whole update in the sandbox, as a person with a screen reader has it. Prints TAP.

usage: walk-update.py COMMAND…
"""

import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests" / "ui"))
from screen_reader import APP, Atspi, Screen, children  # noqa: E402


class SandboxedScreen(Screen):
    """The program has another process number than the one that started the sandbox."""

    def find_app(self):
        if self.app is None:
            for app in children(Atspi.get_desktop(0)):
                if app.get_name() == APP:
                    app.set_cache_mask(Atspi.Cache.NONE)
                    self.app = app
        return self.app


def starts(screen):
    """the program starts and says what to do"""
    screen.read("Plug in your EchoKit")
    screen.check_names()


def picks(screen):
    """a simulated device is picked and looked at"""
    screen.press("Try With a Simulated EchoKit")
    screen.read_part("runs 0.1.0")
    screen.check_names()


def installs(screen):
    """which EchoKit it is is asked, and the update runs"""
    screen.press("Update")
    screen.read("This one is simulated: choose either.")
    screen.press("Continue")
    screen.read("Updating your EchoKit")


def watches(screen):
    """the end is told, and leads back"""
    screen.read("The simulated EchoKit is up to date")
    screen.press("Done")
    screen.read_part("runs 0.2.0")


STEPS = [starts, picks, installs, watches]


def main():
    screen = SandboxedScreen(sys.argv[1:], os.environ)
    failed = False

    print(f"1..{len(STEPS)}")
    for number, step in enumerate(STEPS, 1):
        try:
            if not failed:
                step(screen)
        except AssertionError as error:
            failed = True
            print(f"# {error}")
        print(f"{'not ok' if failed else 'ok'} {number} - {step.__doc__}", flush=True)
    screen.process.terminate()
    screen.process.wait()
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
