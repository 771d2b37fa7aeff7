"""A site's own pair on a lab of its own: broken in the ways that a pair is built for, and judged from outside."""
