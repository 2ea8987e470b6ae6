"""The loading script of wikiann."""
