"""How exact the instrument itself is: measured against the wire, not against its own word."""
