"""The Redis plane of the response cache as a small model, which is searched exhaustively."""
