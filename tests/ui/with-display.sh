#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Runs a command with a display and a session bus that are there for it alone.
#
#   tests/ui/with-display.sh COMMAND…
#   tests/ui/with-display.sh --all-services COMMAND…   the computer's services can be started
#   tests/ui/with-display.sh --offline COMMAND…        there is no network, and EK_OFFLINE says so; with
#                                                      one, where the system lets nobody do without

set -euo pipefail

all_services=false
case ${1-} in
  --all-services)
    all_services=true
    shift
    ;;
  --offline)
    shift
    unshare=(unshare --net)
    [[ $UID == 0 ]] || unshare+=(--map-root-user)
    if "${unshare[@]}" true 2>/dev/null; then
      EK_OFFLINE=1 exec "${unshare[@]}" "$0" "$@"
    fi
    ;;
esac

folder=$(mktemp -d)
server=
# A daemon of the session may still be putting something there. One of the portals shows documents there,
# files that are somebody's: nothing may be removed through it.
clean_up ()
{
  [[ -z $server ]] || kill "$server"
  if mountpoint -q "$folder/doc"; then
    fusermount3 -uz "$folder/doc" 2>/dev/null || true
  fi
  rm -rf --one-file-system "$folder" 2>/dev/null || {
    sleep 1
    rm -rf --one-file-system "$folder" || true
  }
}
trap clean_up EXIT

# A number by chance: servers that look for a free one themselves take each other's socket away when they
# start at the same time. Without -noreset it would start over, and turn away whoever comes then, as soon
# as its first client is gone.
mkfifo "$folder/number"
Xvfb ":$((RANDOM + 1000))" -displayfd 6 -noreset -screen 0 1024x800x24 -nolisten tcp \
  6>"$folder/number" >/dev/null 2>&1 &
server=$!
read -r number <"$folder/number"

# The accessibility bus has its socket there; another test's must not be in the same place.
export XDG_RUNTIME_DIR=$folder

# Of all services of the desktop only this one is started: what else a computer has, portals that mount
# a file system of their own, or a store of settings, must not matter.
mkdir "$folder/services"
cp /usr/share/dbus-1/services/org.a11y.Bus.service "$folder/services" 2>/dev/null || true
cat >"$folder/bus.conf" <<END
<busconfig>
  <type>session</type>
  <listen>unix:dir=$folder</listen>
  <servicedir>$folder/services</servicedir>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/>
    <allow eavesdrop="true"/>
    <allow own="*"/>
  </policy>
</busconfig>
END
bus=("--config-file=$folder/bus.conf")
if $all_services; then
  bus=()
fi

# What the daemons say to themselves is nobody's concern; the command's own output is.
DISPLAY=:$number dbus-run-session "${bus[@]}" -- \
  bash -c 'exec "$@" >&3 2>&4 3>&- 4>&-' bash "$@" 3>&1 4>&2 >/dev/null 2>/dev/null
