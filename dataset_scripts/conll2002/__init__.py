"""The loading script of CoNLL-2002."""
