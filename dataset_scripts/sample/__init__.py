"""The loading script of sample."""
