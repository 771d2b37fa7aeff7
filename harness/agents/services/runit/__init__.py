"""runit in a node: the services that it supervises."""
