"""Files of words with tags, whatever their form: one small module a form, and what they share."""
