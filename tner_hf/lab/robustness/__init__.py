"""What changes of the text cost a model: case, typos, OCR, punctuation, names, joined sentences."""
