#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Holds src and tests against .clang-format and prints TAP.

set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

# Versions differ in details; Debian 12's decides.
version=14
clang_format=$(command -v "clang-format-$version" || command -v clang-format || true)

echo 1..1
if [[ -z $clang_format || $("$clang_format" --version) != *"version $version."* ]]; then
  echo "ok 1 - the code is formatted # SKIP needs clang-format $version"
  exit
fi

if output=$(find src tests -name '*.[ch]' -print0 | sort -z |
              xargs -0 "$clang_format" --style=file --dry-run --Werror 2>&1); then
  echo 'ok 1 - the code is formatted'
else
  echo 'not ok 1 - the code is formatted'
  grep 'error:' <<<"$output" | sed 's/^/# /'
  echo '# clang-format -i --style=file FILE puts it right'
  exit 1
fi
