"""How exact the instrument itself is: measured by captured frames, not by its own reports."""
