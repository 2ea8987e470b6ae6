"""The loading script of ontonotes5."""
