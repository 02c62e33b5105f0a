"""Tables of others: reading, checking, asking for and writing them."""
