#!/bin/sh
# Gathers what `harness lint` needs to know of this node into one archive: run as root, on each node of the pair.
#
# It reads; it changes nothing but the archive that it writes (first argument, by default ./NODE.tar.gz). Left out are
# private keys and certificates. Replaced are passwords: of auth_pass a mark of 16 bits stays, of its first 8 characters
# alone, as keepalived compares them, so that two nodes can be compared. Look into the archive before you pass it on.
set -u
LC_ALL=C
export LC_ALL
umask 077
most=1000000   # bytes of a file

node=$(uname -n | cut -d . -f 1 | tr -c 'A-Za-z0-9_.\n-' '-')
archive=${1:-$PWD/$node.tar.gz}
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM HUP
root=$work/$node
facts=$root/collected
mkdir -p "$facts" || exit 1

left_out() {
    echo "left out: $1: $2" >&2
    echo "$1: $2" >>"$facts/left-out"
}

mark() {   # of a password: 16 bits of a hash of what keepalived compares
    printf 'harness %.8s' "$1" | sha256sum | cut -c 1-4
}

# Passwords of HAProxy and of scripts; each auth_pass becomes a line `auth_pass` for the shell to mark.
redacted() {
    sed -E \
        -e '/^[[:space:]]*Environment=/s/"([A-Za-z0-9_]*(SECRET|TOKEN|PASS|PWD|KEY|AUTH)[A-Za-z0-9_]*=)[^"]*"/"\1REDACTED"/Ig' \
        -e '/^[[:space:]]*Environment=/s/([[:space:]=])([A-Za-z0-9_]*(SECRET|TOKEN|PASS|PWD|KEY|AUTH)[A-Za-z0-9_]*=)[^[:space:]"]+/\1\2REDACTED/Ig' \
        -e 's/^([[:space:]]*stats[[:space:]]+auth[[:space:]]+[^:[:space:]]*:).*/\1REDACTED/' \
        -e 's/^([[:space:]]*user[[:space:]]+[^[:space:]]+[[:space:]]+)(insecure-)?password[[:space:]]+[^[:space:]]+/\1insecure-password REDACTED/' \
        -e 's/^([[:space:]]*(pre)?setenv[[:space:]]+[^[:space:]]+[[:space:]]+).*/\1REDACTED/' \
        -e 's/(Authorization"?,?:?[[:space:]]*)("[^"]*"|(Basic|Bearer)[\\]?[[:space:]]+[^[:space:]"]+|[^[:space:]]+)/\1REDACTED/g' \
        -e 's/(AUTH[\\]?[[:space:]]+)[^[:space:]"\\]+/\1REDACTED/g' \
        -e 's/(([[:space:]]-u|--user)[[:space:]=]*"?[^:[:space:]"]+:)[^[:space:]"]+/\1REDACTED/g' \
        -e 's#(://[^:/@[:space:]]+:)[^@/[:space:]]+@#\1REDACTED@#g' \
        -e 's/(([Pp][Aa][Ss][Ss]([Ww][Oo]?[Rr]?[Dd])?|_PWD|_pwd|[Ss][Ee][Cc][Rr][Ee][Tt][A-Za-z0-9_]*|[Tt][Oo][Kk][Ee][Nn]|_AUTH|[Pp][Aa][Ss][Ss][Pp][Hh][Rr][Aa][Ss][Ee])["'"'"']?=)("[^"]*"|'"'[^']*'"'|[^[:space:];&|]+)/\1REDACTED/g' \
        -e 's#(([A-Za-z0-9]_[Kk][Ee][Yy]|[Aa][Pp][Ii][Kk][Ee][Yy])["'"'"']?=)("[^"$/][^"]*"|'"'[^'\$/][^']*'"'|[^][:space:];&|$/"'"'"'][^[:space:];&|]*)#\1REDACTED#g' \
        -e '/mysql|mariadb|sshpass/s/([[:space:]]-p)("[^"]+"|'"'[^']+'"'|[^[:space:]"'"'"'0-9][^[:space:]]*)/\1REDACTED/g' \
        "$1" | while IFS= read -r line || [ -n "$line" ]; do
        case $line in
            *auth_pass*[!\ ]*) marked "$line" ;;
            *) printf '%s\n' "$line" ;;
        esac
    done
}

marked() {
    before=${1%%auth_pass*}
    rest=${1#*auth_pass}
    rest=$(printf '%s' "$rest" | sed -E 's/^[[:space:]]+//')
    case $rest in
        \"*) secret=${rest#\"}; secret=${secret%%\"*}; after=${rest#\"*\"} ;;
        *) secret=${rest%%[[:space:]\}]*}; after=${rest#"$secret"} ;;
    esac
    if [ -n "$secret" ]; then
        printf '%sauth_pass mk-%s%s\n' "$before" "$(mark "$secret")" "$after"
    else
        printf '%sauth_pass\n' "$before"
    fi
}

take() {
    [ -f "$1" ] && [ ! -e "$root$1" ] || return 0
    case $1 in
        *.pem | *.key | *.crt | *.cer | *.p12 | *.pfx | *.jks | *.db | *~ | *.swp)
            left_out "$1" "no configuration"
            return 0
            ;;
    esac
    if [ "$(wc -c <"$1")" -gt $most ]; then
        left_out "$1" "more than $most bytes"
    elif grep -q 'PRIVATE KEY' "$1"; then
        left_out "$1" "a private key"
    else
        mkdir -p "$root$(dirname "$1")" && redacted "$1" >"$root$1"
        # to the byte where nothing was replaced: an error page may have no newline at its end
        [ "$(cat "$1")" = "$(cat "$root$1")" ] && cat "$1" >"$root$1"
        stat -L -c '%a %U %G %n' "$1" >>"$facts/modes"
    fi
}

take_listed() {
    while IFS= read -r path; do
        take "$path"
    done
}

# Absolute paths in lines that name a program or a file.
named() {
    find /etc/keepalived /etc/haproxy -type f -size -2000k 2>/dev/null | while IFS= read -r file; do
        grep -hE '^[^#!]*(script|notify|misc_path|errorfile|lua-load|map|-f |crt-list |[[:space:]](lf-)?file )' "$file" | grep -oE '/[A-Za-z0-9_.@+/-]+'
    done | grep -vE '^/(usr/)?s?bin/|^/usr/lib|^/(dev|proc|sys|run|var/run|tmp)/|^/etc/(passwd|shadow|group)' | sort -u
}

# Files that keepalived.conf includes from elsewhere; their names may have * in them.
included() {
    find /etc/keepalived -type f -size -2000k 2>/dev/null | while IFS= read -r file; do
        grep -hE '^[[:space:]]*(@[^[:space:]]+[[:space:]]+)?include' "$file" | grep -oE '/[][A-Za-z0-9_.@+/*?-]+'
    done | sort -u | while IFS= read -r pattern; do
        for path in $pattern; do
            printf '%s\n' "$path"
        done
    done
}

find -L /etc/keepalived /etc/haproxy /etc/sysctl.d -type f 2>/dev/null | sort | head -n 1000 | take_listed
take /etc/sysctl.conf
take /etc/nftables.conf
take /etc/iptables/rules.v4
take /etc/sysconfig/nftables.conf
take /etc/sysconfig/iptables
take /etc/default/haproxy
take /etc/default/keepalived
take /etc/sysconfig/keepalived
for unit in haproxy.service keepalived.service; do
    find -L "/etc/systemd/system/$unit" "/etc/systemd/system/$unit.d" -type f 2>/dev/null | take_listed
done
for settings in /etc/netplan/*.yaml /etc/network/interfaces /etc/network/interfaces.d/* \
    /etc/sysconfig/network-scripts/ifcfg-* /etc/systemd/network/*.network; do
    if grep -qiE 'psk|password|secret|private|wireguard|wireless.key|wep|(^|[^-])key' "$settings" 2>/dev/null; then
        left_out "$settings" "a password may be in it"
    else
        take "$settings"
    fi
done
included | take_listed
named | take_listed

ip -o address show >"$facts/addresses" 2>/dev/null || ip address show >"$facts/addresses" 2>&1
for key in net/ipv4/ip_nonlocal_bind net/ipv6/ip_nonlocal_bind net/ipv4/ip_forward net/core/somaxconn fs/file-max \
    fs/nr_open net/ipv4/conf/all/arp_ignore net/ipv4/conf/all/arp_announce net/ipv4/conf/all/rp_filter; do
    [ -r "/proc/sys/$key" ] && echo "$key = $(cat "/proc/sys/$key")" >>"$facts/sysctls"
done
for name in haproxy keepalived; do
    for status in /proc/[0-9]*/comm; do
        [ "$(cat "$status" 2>/dev/null)" = "$name" ] || continue
        echo "$name $(grep '^Max open files' "${status%/comm}/limits" 2>/dev/null)" >>"$facts/nofile"
    done
done
{
    keepalived --version 2>&1 | head -n 1
    haproxy -v 2>&1 | head -n 1
    uname -sr
    grep '^PRETTY_NAME=' /etc/os-release
} >"$facts/versions" 2>/dev/null

tar -C "$work" -czf "$archive" "$node" || exit 1
echo "$archive: $(tar -tzf "$archive" | grep -vc '/$') files of $node. Next: harness init DIR --from $archive --from …"
