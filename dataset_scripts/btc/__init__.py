"""The loading script of the Broad Twitter Corpus."""
