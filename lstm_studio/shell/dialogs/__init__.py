"""One dialog per file; none of them waits: each says what was chosen by a signal."""
