"""A local Discord and a local provider over real sockets, and a page to use them from."""
