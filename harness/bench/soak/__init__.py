"""What the soak does for hours: a file here with a ``PART`` is a part."""
