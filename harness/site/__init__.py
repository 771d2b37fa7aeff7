"""A site: the files of a pair as they lie on its machines, and what the programs themselves say of them. Pure."""
