"""Files that users name: read with size limits, written safely in shared folders."""
