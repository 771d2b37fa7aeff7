"""The flood generator of a customer: the op on it."""
