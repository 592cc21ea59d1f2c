"""What only the page of public services draws."""
