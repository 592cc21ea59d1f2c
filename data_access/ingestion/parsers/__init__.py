"""One parser per kind of file; each turns bytes into a frame of text or says why it cannot."""
