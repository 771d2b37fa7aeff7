"""GLBP on the lab's gateways: who answers ARP for a gateway's virtual address, and with which forwarder's MAC address.

Cisco has not published the protocol. What it does here is taken from Cisco's configuration guide, from Wireshark's
dissector, and from a debug log of two routers that fail over and back (`tests/unit/glbp/routers.py`).
"""
