"""The loading script of KIND."""
