"""What generates files of this repository, and what runs it in other ways than its tests do."""
