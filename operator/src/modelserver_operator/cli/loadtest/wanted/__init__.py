"""What is wanted of a load test: its options, the requests that they mean, the server and the way to it."""
