"""What the C side must survive: code of others that runs in its midst, forks, interpreters."""
