"""What clients do against the RFCs, found in any session from its events alone."""
