#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Runs a command with a display and a session bus that are there for it alone.
#
#   tests/ui/with-display.sh COMMAND…

set -euo pipefail
# What the daemons say to themselves is nobody's concern; the command's own output is.
exec 3>&1 4>&2
exec xvfb-run -a -s "-screen 0 1024x800x24 -nolisten tcp" \
  dbus-run-session -- bash -c 'exec "$@" >&3 2>&4 3>&- 4>&-' bash "$@" >/dev/null 2>/dev/null
