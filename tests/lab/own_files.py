"""Files as sites bring them, each with one thing that matters; the rest is a sound pair for this lab."""

from typing import Final

KEEPALIVED: Final = """\
global_defs {
    router_id pair
    vrrp_version 3
    vrrp_notify_fifo /run/keepalived/notify.fifo
}
vrrp_instance external {
    state BACKUP
    interface lan0
    virtual_router_id 51
    priority 150
    @lb-ext-2 priority 100
    advert_int 1
    virtual_ipaddress {
        10.77.0.100/24 dev lan0
    }
}
"""

HAPROXY: Final = """\
global
    log stdout format raw local0
    stats socket /run/haproxy/admin.sock mode 600 level admin
defaults
    mode http
    timeout connect 1s
    timeout client 30s
    timeout server 30s
frontend api
    bind *:80
    http-after-response set-header X-LB-Node %[hostname]
    default_backend servers
backend servers
    option httpchk GET /health
    default-server check inter 500ms fall 2 rise 1
    server api-1 10.78.0.11:8000
    server api-2 10.78.0.12:8000
"""

GUIDE: Final = """\
! as a guide for clusters prints it
global_defs {
    router_id LVS_DEVEL
}
vrrp_script check_server {
    script "/etc/keepalived/check_server.sh"
    interval 3
    weight -2
}
vrrp_instance VI_1 {
    state ${STATE}
    interface ${INTERFACE}
    virtual_router_id ${ROUTER_ID}
    priority ${PRIORITY}
    authentication {
        auth_type PASS
        auth_pass ${PASSWORD}
    }
    virtual_ipaddress {
        ${VIP}
    }
    track_script {
        check_server
    }
}
"""

SCRIPT: Final = """\
vrrp_script check {
    script "%s"
    interval 2
    weight %s
}
"""
TRACKED: Final = "    track_script {\n        check\n    }\n"


def keepalived(old: str = "", new: str = "") -> dict[str, str]:
    """A configuration's folder: keepalived.conf with one thing changed."""
    assert old in KEEPALIVED
    return {"keepalived.conf": KEEPALIVED.replace(old, new)}


def haproxy(old: str = "", new: str = "") -> dict[str, str]:
    assert old in HAPROXY
    return {"haproxy.cfg": HAPROXY.replace(old, new)}


def checking(script: str, weight: str) -> dict[str, str]:
    """keepalived.conf that asks a script."""
    text = SCRIPT % (script, weight) + KEEPALIVED
    return {"keepalived.conf": text.replace("    advert_int 1\n", f"    advert_int 1\n{TRACKED}")}


# What the nodes read in one shared file, and keepalived does.
SHARED: Final = """\
$VRID=51
$MINE=$VRID
global_defs {
    vrrp_version 3
}
vrrp_script check {
    script "/usr/bin/test '{' != 'it\\'s'"     # braces and an apostrophe in quotation marks are the shell's
    interval 2
    weight 0
}
vrrp_instance external {
    state BACKUP
    interface lan0
    virtual_router_id ${MINE}
    priority 100
    @lb-ext-1 priority 240
    @^lb-ext-1 nopreempt
    advert_int 0.2 ! a comment
    virtual_ipaddress { 10.77.0.100/24 dev lan0 }
    track_script { check }
}
"""
