"""Known servers: bundles of rules."""
