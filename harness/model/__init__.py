"""The vocabulary shared by every floor: frozen data, no behaviour that touches the world."""
