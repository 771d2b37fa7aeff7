"""What the bench measures: a file here with a ``PART`` is a part."""
