"""What is seen: pages that read state and connect signals, without logic."""
