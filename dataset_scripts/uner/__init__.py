"""The loading script of Universal NER."""
