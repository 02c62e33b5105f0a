"""How robust a conclusion is: weights drawn at random, ranks under them, and what drives the outcome."""
