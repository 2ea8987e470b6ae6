"""The loading script of BC2GM."""
