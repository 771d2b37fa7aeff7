"""Changes of one setting of a site's own files, tried on copies of them: which one keeps a failure from happening."""
