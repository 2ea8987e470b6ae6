"""The loading script of fin."""
