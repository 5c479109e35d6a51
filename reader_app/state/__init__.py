"""State of each workspace: QObjects with signals, the only writers of what views show."""
