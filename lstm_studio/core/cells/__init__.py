"""One file of formulas per kind of cell: how each stream derives from x and h."""
