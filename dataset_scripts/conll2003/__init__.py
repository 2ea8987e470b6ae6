"""The loading script of conll2003."""
