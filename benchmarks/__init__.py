"""glassgrad side by side with its peers, each in a process and an environment of its own."""
