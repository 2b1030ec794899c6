"""What the window shows and wishes: QtCore only, no widgets and no torch."""
