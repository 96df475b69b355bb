"""One report a file: `Facts` in, a frame out."""
