#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""A file manager as small as can be: a window to drag a file out of. Prints the number of its X window,
and a line when it is touched and when the dragging has begun.

usage: drag-source.py FILE
"""

import sys

import gi

gi.require_version("Gdk", "4.0")
gi.require_version("Gtk", "4.0")
gi.require_version("GdkX11", "4.0")
from gi.repository import Gdk, GdkX11, Gio, GLib, GObject, Gtk  # noqa: E402


def main():
    Gtk.init()
    value = GObject.Value(Gdk.FileList)
    files = Gdk.FileList.new_from_list([Gio.File.new_for_path(sys.argv[1])])
    value.set_boxed(files)
    source = Gtk.DragSource(content=Gdk.ContentProvider.new_for_value(value),
                            actions=Gdk.DragAction.COPY)
    window = Gtk.Window(title="Files", default_width=200, default_height=200, decorated=False)
    window.set_child(Gtk.Label(label="a file"))
    window.add_controller(source)
    click = Gtk.GestureClick()
    click.connect("pressed", lambda *_: print("pressed", flush=True))
    source.connect("drag-begin", lambda *_: print("begun", flush=True))
    window.add_controller(click)
    window.present()
    print(GdkX11.X11Surface.get_xid(window.get_surface()), flush=True)
    GLib.MainLoop().run()


if __name__ == "__main__":
    main()
