#!/bin/sh
# node.sh STATE TOOLS NAME
# First process of a node: arranges what its parts see, then reaps orphans until it is killed.
set -eu
state=$1 tools=$2 name=$3
echo "$name" > /proc/sys/kernel/hostname
mkdir -p "$state/node/run" "$state/node/lib" "$state/node/log" "$state/node/tmp"
chmod 755 "$state/node/lib" "$state/node/log"
chmod 1777 "$state/node/tmp"
# Both directories are bound below the new /run before anything hides the place they are in.
mount -t tmpfs -o mode=755 roro "$state/node/run"
mkdir "$state/node/run/roro" "$state/node/run/roro-tools"
mount --bind "$state" "$state/node/run/roro"
mount --bind "$tools" "$state/node/run/roro-tools"
mount --rbind "$state/node/run" /run
mount --bind /run/roro/node/log /var/log
mount --bind /run/roro/node/tmp /tmp
resolv=$(readlink -f /etc/resolv.conf || echo /etc/resolv.conf)
mkdir -p "$(dirname "$resolv")"
[ -e "$resolv" ] || : > "$resolv"
mount --bind /run/roro/etc/resolv.conf "$resolv"
mount --bind /run/roro/node/lib /var/lib
mount --make-rshared /
echo 1 > /proc/sys/net/ipv4/ip_forward
echo ready > /run/roro/run/node.ready
trap : HUP INT TERM
while :; do sleep 1000000 & wait $! || :; done
