"""The loading script of bionlp2004."""
