# Runs a command in a bare root, in namespaces of its own: what it mounts and starts is gone when it ends.
#
# Arguments: the root, the toolchain, the user, and the command.
set -eu
root=$1
toolchain=$2
user=$3
command=$4

mount -t proc proc "$root/proc"
mount -t tmpfs -o mode=1777 tmpfs "$root/dev/shm"
mount --bind "$toolchain" "$root/opt/rust"
mount -o remount,bind,ro "$root/opt/rust"

# Nothing of this machine's environment is left. This shell stays, to reap what the command leaves over.
chroot --userspec="$user:$user" "$root" /usr/bin/env -i \
    HOME="$(awk -F: -v user="$user" '$1 == user { print $6 }' "$root/etc/passwd")" \
    PATH=/opt/rust/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
    CARGO_HOME=/cargo \
    /bin/sh -c "cd /repository && $command"
