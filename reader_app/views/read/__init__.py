"""The workspace of blinded reading: the coordinator's page and the reader's screen."""
