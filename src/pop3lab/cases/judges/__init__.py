"""What judges find in the evidence: a function for each finding."""
