"""MariaDB in a node: sessions, samples, and the ops on tables, statistics and variables."""
