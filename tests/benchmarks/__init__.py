"""What `make bench` measures. Nothing here is run by pytest."""
