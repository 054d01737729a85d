# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=bash
# Packages of the system that the scripts need: named in lists, installed where they are missing.

# A script that must not install anything sets the first, and tells the second at its end.
install=true
missing=()

# debian, fedora, or nothing for a system whose packages we don't know
system_family ()
{
  [[ -r /etc/os-release ]] || return 0
  # shellcheck source=/dev/null
  (source /etc/os-release; echo " ${ID:-} ${ID_LIKE:-} ") | sed -nE '
    s/.* (debian|ubuntu) .*/debian/p; t
    s/.* (fedora|rhel) .*/fedora/p'
}

wanted_packages () { sed 's/[[:space:]]*#.*//; /^$/d' "$1"; }

missing_debian ()
{
  comm -23 <(wanted_packages "$1" | sort) \
    <(dpkg-query -W -f '${db:Status-Status} ${Package}\n' 2>/dev/null |
      sed -n 's/^installed //p' | sort -u)
}

missing_fedora ()
{
  local package
  while read -r package; do
    rpm -q --quiet --whatprovides "$package" || echo "$package"
  done < <(wanted_packages "$1")
}

as_root ()
{
  if [[ $(id -u) == 0 ]]; then
    "$@"
  elif command -v sudo >/dev/null; then
    sudo "$@"
  else
    die "needs root, and there is no sudo. As root: $*"
  fi
}

apt_install ()
{
  as_root env DEBIAN_FRONTEND=noninteractive \
    apt-get install -y -q --no-install-recommends "$@"
}

install_debian ()
{
  # The lists may be old or absent: they are fetched only if it does not work without.
  if ! compgen -G '/var/lib/apt/lists/*_Packages*' >/dev/null || ! apt_install "$@"; then
    as_root apt-get update -q
    apt_install "$@"
  fi
}

install_fedora () { as_root dnf install -y -q "$@"; }

# setup_packages LISTS: installs what is missing of LISTS-debian.txt or LISTS-fedora.txt, or puts it
# down as missing.
setup_packages ()
{
  local lists=$1 family packages
  family=$(system_family)
  if [[ -z $family ]]; then
    say "setup: packages of this system are not known here; ${lists#"$root/"}-*.txt lists them"
    return
  fi

  mapfile -t packages < <("missing_$family" "$lists-$family.txt")
  if [[ ${#packages[@]} == 0 ]]; then
    return
  fi
  if $install; then
    say "Installing ${packages[*]}"
    "install_$family" "${packages[@]}" >&2
  else
    missing+=("${packages[@]}")
  fi
}

# Names what is missing and ends the script, if anything is.
say_missing ()
{
  [[ ${#missing[@]} -gt 0 ]] || return 0
  say "Missing:"
  printf '  %s\n' "${missing[@]}" >&2
  exit 1
}
