"""The loading script of BC5CDR."""
