"""The loading script of mit_movie_trivia."""
