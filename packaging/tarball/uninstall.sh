#!/bin/sh
# Takes out exactly what install.sh has written: each file of its list that is still as it was written,
# and each folder that it made and that is empty. What was changed since stays, and is named.
set -eu
LC_ALL=C
export LC_ALL

usage() {
    cat <<'EOF'
usage: uninstall.sh [--prefix DIR | --user] [--purge] [--yes] [--dry-run] [--root DIR]

  --prefix DIR  where it was installed; otherwise where this script is, or /usr/local
  --user        it was installed below ~/.local
  --purge       delete who is enrolled and the root daemon's journal as well
  --yes, -y     do not ask
  --dry-run     only show what would be done
  --root DIR    it was written below DIR for another system; stop and undo nothing
EOF
}

stop() {
    echo "error: $1" >&2
    if [ -n "${2:-}" ]; then
        printf '\nhint: %s\n' "$2" >&2
    fi
    exit "${3:-1}"
}

prefix=
root=
purge=no
yes=no
dry=no
while [ $# -gt 0 ]; do
    case "$1" in
    --prefix)
        prefix="${2:?--prefix takes a folder}"
        shift
        ;;
    --user) prefix="${HOME:?HOME is not set}/.local" ;;
    --purge) purge=yes ;;
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
root="${root%/}"
if [ -z "$prefix" ]; then
    here="$(cd "$(dirname "$0")" && pwd)"
    case "$here" in
    "$root"/*/libexec/vigil)
        prefix="${here#"$root"}"
        prefix="${prefix%/libexec/vigil}"
        ;;
    *) prefix=/usr/local ;;
    esac
fi
prefix="${prefix%/}"
manifest="$prefix/libexec/vigil/manifest"
[ -f "$root$manifest" ] || stop "nothing is installed below $root$prefix" 'name the folder with --prefix, or --user'

has_daemon=no
if sed -n 's/^file [0-9a-f]* //p' "$root$manifest" | grep -xF "$prefix/libexec/vigil/vigild" >/dev/null; then
    has_daemon=yes
fi
if [ "$dry" = no ] && [ -z "$root" ] && [ "$has_daemon" = yes ] && [ "$(id -u)" != 0 ]; then
    stop "only root may take out what is below $prefix" "sudo $0" 4
fi

# Without one, its installation was broken off.
version="$(sed -n 's/^version //p' "$root$manifest")"
echo "Taking Vigil${version:+ $version} out of $root$prefix:"
echo
if [ -z "$root" ]; then
    echo '  run vigil uninstall, as each user who is enrolled: clients go past Vigil again, records stay'
    if [ "$has_daemon" = yes ]; then
        echo '  stop the root daemon, and have it put back what it changed: vigild --undo all'
    fi
fi
sed -n 's/^file [0-9a-f]* /  delete /p' "$root$manifest" | sort -u
sed -n 's/^dir /  delete if it is empty: /p' "$root$manifest"
if [ "$purge" = yes ] && [ "$has_daemon" = yes ]; then
    echo '  delete /etc/vigil and /var/lib/vigil'
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

# Where a user never had anything of Vigil's, nothing is begun.
undo_own='
for part in .local/share .local/state .config; do
    if [ -e "$HOME/$part/vigil" ]; then
        exec "$1" uninstall --yes
    fi
done
exit 100
'

# As a user, without a terminal, with nothing of root's environment.
undo_for() {
    entry="$(getent passwd "$1")" || return 0
    user="$(printf '%s' "$entry" | cut -d: -f1)"
    group="$(printf '%s' "$entry" | cut -d: -f4)"
    home="$(printf '%s' "$entry" | cut -d: -f6)"
    ended=0
    timeout -k 10 120 setsid -w setpriv --reuid "$1" --regid "$group" --init-groups env -i \
        HOME="$home" USER="$user" LOGNAME="$user" PATH=/usr/local/bin:/usr/bin:/bin \
        XDG_RUNTIME_DIR="/run/user/$1" sh -c "$undo_own" sh "$prefix/bin/vigil" </dev/null >/dev/null 2>&1 ||
        ended=$?
    case "$ended" in
    0) echo "nothing leads $user's clients to Vigil any more; records are kept" ;;
    100) echo "$user has nothing of Vigil's in the usual places" ;;
    *)
        anyway || stop "what $user has set up could not be undone, so nothing is deleted" \
            "as $user, run: vigil uninstall; to take Vigil out nevertheless: sudo VIGIL_REMOVE_ANYWAY=1 $0"
        echo "left: what $user has set up, as you wish"
        ;;
    esac
}

anyway() {
    [ "${VIGIL_REMOVE_ANYWAY:-}" = 1 ]
}

if [ -z "$root" ] && [ "$has_daemon" = no ]; then
    "$prefix/bin/vigil" uninstall --yes || stop 'what is set up could not be undone, so nothing is deleted'
elif [ -z "$root" ]; then
    if [ -r /etc/vigil/enrolled ]; then
        # A line's number, as the daemon reads it: without what is behind a `#`.
        for number in $(sed -n 's/#.*//; s/^[[:space:]]*\([1-9][0-9]*\)\([[:space:]].*\)\{0,1\}$/\1/p' /etc/vigil/enrolled); do
            undo_for "$number"
        done
    fi
    if [ -d /run/systemd/system ]; then
        systemctl disable --now vigild.socket || true
        systemctl stop vigild.service || true
    fi
    "$prefix/libexec/vigil/vigild" --undo all || anyway ||
        stop 'what the root daemon changed could not be put back, so nothing is deleted' \
            "a vigild that was started by hand has to end first; or insist: sudo VIGIL_REMOVE_ANYWAY=1 $0"
fi

# The list goes last: what is broken off can be begun again.
list="$(cat "$root$manifest")"
printf '%s\n' "$list" | sed -n 's/^file [0-9a-f]* //p' | sort -u | while read -r path; do
    case "$path" in
    */../*) within=no ;;
    "$prefix"/* | /etc/systemd/system/vigild.*) within=yes ;;
    *) within=no ;;
    esac
    if [ "$within" = no ]; then
        echo "left: $path is not below $prefix"
        continue
    fi
    rm -f "$root$path.vigil-new" || echo "left: $path.vigil-new"
    [ -e "$root$path" ] || [ -L "$root$path" ] || continue
    if [ ! -f "$root$path" ] || [ -L "$root$path" ]; then
        echo "left: $path is no file any more"
        continue
    fi
    # One that was broken off in the middle of an upgrade has two sums: either is ours.
    now="$(sha256sum <"$root$path")"
    if printf '%s\n' "$list" | grep -xF "file ${now%% *} $path" >/dev/null; then
        rm -f "$root$path"
    else
        echo "left: $path was changed since"
    fi
done
rm -f "$root$manifest.new" "$root$manifest"
# The deepest first.
printf '%s\n' "$list" | sed -n 's/^dir //p' | LC_ALL=C sort -r | while read -r path; do
    rmdir "$root$path" 2>/dev/null || [ ! -d "$root$path" ] || echo "left: $path is not empty"
done
if [ -z "$root" ] && [ "$has_daemon" = yes ]; then
    if [ -d /run/systemd/system ]; then
        systemctl daemon-reload || true
    fi
    if [ "$purge" = yes ]; then
        rm -rf /etc/vigil /var/lib/vigil /run/vigil
    else
        echo 'left: /etc/vigil (who is enrolled) and /var/lib/vigil (the journal); --purge deletes them'
    fi
fi
echo 'Vigil is taken out.'
