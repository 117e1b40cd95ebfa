"""pop3lab and its peers measured side by side, in one run, by the same load generator."""
