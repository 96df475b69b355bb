"""Beyond one machine: a small agency for real, in network namespaces, and a large one reckoned."""
