"""What panels share: base class, step axis, cursor, colours, honest downsampling."""
