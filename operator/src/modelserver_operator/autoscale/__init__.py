"""What scalers are told: reading pods, and the API server of custom.metrics.k8s.io."""
