"""What only the page of education draws."""
