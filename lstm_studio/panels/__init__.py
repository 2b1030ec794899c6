"""One panel per file, listed in PANELS; panels do not know each other."""
