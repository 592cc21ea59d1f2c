"""What only the page of the socio-economic targets draws."""
