"""keepalived nodes, switches and ARP caches as rules, driven by the lab's own ops, telling the lab's own events.

`instance` is one vrrp_instance, `layer2` the switches, `caches` the devices that customers' frames pass, `world` all of
them on one clock. `recorder` tells a run as a `History`, so that checks and estimators judge it as they judge the lab.
docs/foresee.md says what is modelled, what is not, and how the model is held to recordings of the lab.
"""
