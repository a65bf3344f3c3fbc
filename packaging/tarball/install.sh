#!/bin/sh
# Installs what is in `files` beside this script, after it has shown what it will do. What it writes is
# in a list (libexec/vigil/manifest), by which uninstall.sh takes exactly this out again.
set -eu
LC_ALL=C
export LC_ALL

version='@VERSION@'
here="$(cd "$(dirname "$0")" && pwd)"
source="$here/files"

usage() {
    cat <<'EOF'
usage: ./install.sh [--prefix DIR | --user] [--yes] [--dry-run] [--root DIR]

  --prefix DIR  install below DIR (/usr/local), with the root daemon; as root
  --user        install below ~/.local, without the root daemon; not as root
  --yes, -y     do not ask
  --dry-run     only show what would be done
  --root DIR    write below DIR what is for another system; start and enrol nothing
EOF
}

stop() {
    echo "error: $1" >&2
    if [ -n "${2:-}" ]; then
        printf '\nhint: %s\n' "$2" >&2
    fi
    exit "${3:-1}"
}

prefix=/usr/local
for_user=no
yes=no
dry=no
root=
while [ $# -gt 0 ]; do
    case "$1" in
    --prefix)
        prefix="${2:?--prefix takes a folder}"
        shift
        ;;
    --user) for_user=yes ;;
    --yes | -y) yes=yes ;;
    --dry-run) dry=yes ;;
    --root)
        root="${2:?--root takes a folder}"
        shift
        ;;
    --help | -h)
        usage
        exit 0
        ;;
    *)
        usage >&2
        exit 2
        ;;
    esac
    shift
done

if [ "$for_user" = yes ]; then
    prefix="${HOME:?HOME is not set}/.local"
fi
case "$prefix" in
/*) prefix="${prefix%/}" ;;
*) stop "--prefix takes an absolute path, not $prefix" '' 2 ;;
esac
case "$prefix/" in
/ | *//* | */./* | */../*) stop "--prefix takes a folder's whole path, not $prefix/" '' 2 ;;
esac
# It goes into the daemon's unit, whose lines have signs of their own.
case "$prefix" in
*[[:cntrl:]]*) stop 'signs that cannot be printed are in the folder to install below' '' 2 ;;
*[!A-Za-z0-9._/+-]*)
    [ "$for_user" = yes ] || stop "--prefix takes letters, digits and ._/+- alone, not $prefix" '' 2
    ;;
esac
root="${root%/}"
if [ -n "$root" ] && [ ! -d "$root/" ]; then
    stop "--root $root is not there, or is no folder" '' 2
fi
if [ "$dry" = no ] && [ -z "$root" ]; then
    if [ "$for_user" = yes ] && [ "$(id -u)" = 0 ]; then
        stop '--user installs for the user who runs it, and that is root' "run it as yourself, or without --user"
    fi
    if [ "$for_user" = no ] && [ "$(id -u)" != 0 ]; then
        stop "only root may write below $prefix" 'sudo ./install.sh, or ./install.sh --user for you alone' 4
    fi
fi

# Units are looked for below these two prefixes; elsewhere only where the machine's owner writes.
case "$prefix" in
/usr | /usr/local) units="$prefix/lib/systemd/system" ;;
*) units=/etc/systemd/system ;;
esac
manifest="$prefix/libexec/vigil/manifest"

if ! "$source/bin/vigil" --version >/dev/null 2>&1; then
    [ -n "$root" ] || stop 'these programs do not run on this machine' \
        "they are for Linux with glibc, for the kind of machine in the archive's name"
fi

work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT

# A list without a version is of an installation that was broken off: what is in it is ours all the same.
former=
: >"$work/list"
if [ -f "$root$manifest" ]; then
    cat "$root$manifest" >"$work/list"
    former="$(sed -n 's/^version //p' "$work/list")"
    newest="$(printf '%s\n%s\n' "$former" "$version" | sort -V | tail -n 1)"
    if [ "$newest" != "$version" ] && [ "${VIGIL_ALLOW_DOWNGRADE:-}" != 1 ]; then
        again='sudo VIGIL_ALLOW_DOWNGRADE=1 ./install.sh'
        [ "$for_user" = no ] || again='VIGIL_ALLOW_DOWNGRADE=1 ./install.sh --user'
        stop "$former is installed, and this is the older $version: it does not read newer records" \
            "to have it nevertheless: $again"
    fi
fi
sed -n 's/^file [0-9a-f]* //p' "$work/list" | sort -u >"$work/before"

# `SOURCE<TAB>PLACE<TAB>MODE` for every file.
tab="$(printf '\t')"
(cd "$source" && find . -type f | LC_ALL=C sort) | while read -r found; do
    name="${found#./}"
    from="$source/$name"
    to="$prefix/$name"
    case "$name" in
    lib/systemd/system/* | libexec/vigil/vigild | share/man/man8/vigild.8.gz)
        [ "$for_user" = no ] || continue
        ;;
    esac
    case "$name" in
    lib/systemd/system/*)
        to="$units/${name##*/}"
        sed "s|^ExecStart=/usr/libexec/|ExecStart=$prefix/libexec/|" "$from" >"$work/${name##*/}"
        from="$work/${name##*/}"
        ;;
    esac
    mode=0644
    case "$name" in
    bin/* | libexec/*) mode=0755 ;;
    esac
    printf '%s\t%s\t%s\n' "$from" "$to" "$mode"
done >"$work/files"
printf '%s\t%s\t%s\n' "$here/uninstall.sh" "$prefix/libexec/vigil/uninstall.sh" 0755 >>"$work/files"

# Names the first folder on the way to a path that not root alone can change. Folders on Debian that the
# group `staff` writes are as good as root's: that group is for them.
others() (
    at="$1"
    while :; do
        if [ -L "$at" ]; then
            found="$(others "$(readlink -f "$at")")"
            [ -z "$found" ] || { echo "$found" && exit; }
        fi
        if [ -e "$at" ]; then
            case "$(stat -L -c '%u %G %A' "$at")" in
            0\ *\ d????-??-? | 0\ root\ d???????-? | 0\ staff\ d???????-?) ;;
            *) echo "$at" && exit ;;
            esac
        fi
        [ "$at" != / ] || exit 0
        at="$(dirname "$at")"
    done
)

# Root's daemon runs from there, and root writes there: nobody else may put a link in its way.
if [ "$for_user" = no ] && [ -z "$root" ]; then
    cut -f2 "$work/files" | while read -r to; do dirname "$to"; done | sort -u >"$work/folders"
    while read -r folder; do
        found="$(others "$folder")"
        [ -z "$found" ] || stop "others than root can change what is in $found, so root installs nothing there" \
            'choose a --prefix that is root'"'"'s with all above it, or ./install.sh --user as yourself'
    done <"$work/folders"
fi

# A file that is there and is not ours stays where it is.
while IFS="$tab" read -r _ to _; do
    if [ -e "$root$to" ] || [ -L "$root$to" ]; then
        if ! grep -qxF "$to" "$work/before" || { [ -d "$root$to" ] && [ ! -L "$root$to" ]; }; then
            stop "$to is there, and is not of an installation by this script" 'move it away, or choose another --prefix'
        fi
    fi
done <"$work/files"

# The user for whom root installs, if there is one, and only the first time.
user=
if [ "$for_user" = no ] && [ -z "$root" ] && [ -z "$former" ]; then
    number="${SUDO_UID:-${PKEXEC_UID:-}}"
    if [ -z "$number" ]; then
        number="$(id -u "$(logname 2>/dev/null || echo root)" 2>/dev/null || echo 0)"
    fi
    case "$number" in
    '' | *[!0-9]* | 0) ;;
    *) user="$(getent passwd "$number" | cut -d: -f1)" ;;
    esac
fi
starts=no
if [ "$for_user" = no ] && [ -z "$root" ] && [ -d /run/systemd/system ]; then
    starts=yes
fi

echo "Vigil $version${former:+ in place of $former}, below $root$prefix:"
echo
while IFS="$tab" read -r _ to mode; do
    echo "  write $to ($mode)"
done <"$work/files"
echo "  write $manifest (0644): what was written"
if [ "$starts" = yes ]; then
    echo '  run systemctl daemon-reload'
    echo '  run systemctl enable --now vigild.socket'
fi
if [ -n "$user" ]; then
    echo "  run vigil enroll $user: $user may ask the root daemon for changes"
fi
echo
if [ "$dry" = yes ]; then
    echo 'Nothing was done.'
    exit 0
fi
if [ "$yes" = no ]; then
    printf 'Go on? [y/N] '
    answer=
    read -r answer || true
    case "$answer" in
    y | Y | yes) ;;
    *) stop 'nothing was done' '' 1 ;;
    esac
fi

umask 022

# A folder with all above it; those that were not there are ours.
make() {
    if [ -d "$root$1" ]; then
        return 0
    fi
    make "$(dirname "$1")"
    mkdir "$root$1"
    printf 'dir %s\n' "$1" >>"$work/dirs"
}

# Beside its place first: a program that runs goes on with the former one. A link is never followed.
put() {
    rm -f "$root$2.$4"
    cp --remove-destination "$1" "$root$2.$4"
    chmod "$3" "$root$2.$4"
    mv -fT "$root$2.$4" "$root$2"
}

# The list is whole before the first file is there, and has what was there before: what is broken off can be
# taken out again, or begun again. The version stands in it only when everything is done.
sed -n '/^dir /p' "$work/list" >"$work/dirs"
while IFS="$tab" read -r _ to _; do
    make "$(dirname "$to")"
done <"$work/files"
while IFS="$tab" read -r from to _; do
    sum="$(sha256sum <"$from")"
    printf 'file %s %s\n' "${sum%% *}" "$to"
done <"$work/files" >"$work/now"
{
    sed -n '/^version /p' "$work/list"
    cat "$work/dirs" "$work/now"
    sed -n '/^file /p' "$work/list" | grep -vxF -f "$work/now" || true
} >"$work/manifest"
put "$work/manifest" "$manifest" 0644 new

# Each file.
while IFS="$tab" read -r from to mode; do
    put "$from" "$to" "$mode" vigil-new
done <"$work/files"

# What the former version had and this one has not, as long as it is what was written.
cut -f2 "$work/files" | sort >"$work/after"
while read -r to; do
    if grep -qxF "$to" "$work/after" || { [ ! -e "$root$to" ] && [ ! -L "$root$to" ]; }; then
        continue
    fi
    sum=
    case "$to" in
    */../*) ;;
    "$prefix"/* | "$units"/*)
        if [ -f "$root$to" ] && [ ! -L "$root$to" ]; then
            sum="$(sha256sum <"$root$to")"
        fi
        ;;
    esac
    if [ -n "$sum" ] && grep -qxF "file ${sum%% *} $to" "$work/list"; then
        rm -f "$root$to"
    else
        echo "left: $to was changed since; this version has no such file"
    fi
done <"$work/before"

if [ "$starts" = yes ]; then
    systemctl daemon-reload
    systemctl try-restart vigild.service || true
    systemctl enable --now vigild.socket ||
        echo 'warning: the root daemon does not start; systemctl status vigild.socket says why' >&2
elif [ "$for_user" = no ] && [ -z "$root" ]; then
    echo 'systemd does not run here, so the root daemon was not started.'
fi
if [ -n "$user" ]; then
    "$prefix/bin/vigil" enroll "$user" ||
        echo "warning: $user could not be enrolled; to try again: sudo vigil enroll $user" >&2
fi

{
    printf 'version %s\n' "$version"
    cat "$work/dirs" "$work/now"
} >"$work/manifest"
put "$work/manifest" "$manifest" 0644 new

echo "Vigil $version is installed."
case ":$PATH:" in
*":$prefix/bin:"*) ;;
*) [ -n "$root" ] || echo "$prefix/bin is not on your PATH: export PATH=\"$prefix/bin:\$PATH\"" ;;
esac
if [ -z "$former" ]; then
    echo 'Nothing is recorded yet; each user begins with: vigil setup'
elif [ "$former" != "$version" ]; then
    echo "Agents that run are still $former; each user takes the new one with: vigil service install"
fi
echo "To take it out again: $prefix/libexec/vigil/uninstall.sh"
