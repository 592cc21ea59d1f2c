"""Pages that exist only while the program is measured."""
