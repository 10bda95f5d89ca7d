"""Files of the Office for National Statistics: one module per kind of file, each with its `RESOURCES`."""
