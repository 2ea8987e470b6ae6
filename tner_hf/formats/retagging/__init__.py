"""A file with other tags or spans in some sentences, every other byte as it is: `open_original`."""
