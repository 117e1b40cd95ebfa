"""Standing peculiarities of servers, a module for each thing that they bend."""
