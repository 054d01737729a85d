# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=bash
# What the scripts share: where things are, and how a build is brought up to date.

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
build=${BUILD_DIR:-$root/build}
[[ $build == /* ]] || build=$PWD/$build

say () { printf '%s\n' "$*" >&2; }
die () { say "${0##*/}: $*"; exit 1; }

# Prints the comment at the top of the calling script.
usage () { sed -n '3,/^$/s/^# \{0,1\}//p' "$0"; }

# Runs a command quietly; what it said is shown only if it fails.
quietly ()
{
  local log
  log=$(mktemp)
  if "$@" >"$log" 2>&1; then
    rm -f "$log"
  else
    local status=$?
    cat "$log" >&2
    rm -f "$log"
    return "$status"
  fi
}

# configure DIR [OPTION…]: sets up a build folder that is not there yet.
configure ()
{
  local dir=$1
  shift
  [[ -f $dir/build.ninja ]] && return
  say "Configuring $(basename "$dir")…"
  quietly meson setup "$dir" "$root" "-Dstub_dir=$build/stub" "$@"
}

# compile DIR [TARGET…]
compile ()
{
  local dir=$1
  shift
  if ! ninja -C "$dir" -n "$@" 2>/dev/null | grep -q 'no work to do'; then
    say "Building $(basename "$dir")…"
  fi
  quietly ninja -C "$dir" "$@"
}
