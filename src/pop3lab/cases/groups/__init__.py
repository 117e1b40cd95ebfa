"""The cases by group: a module for each, and a row for each case."""
