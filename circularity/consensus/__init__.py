"""From what stakeholders answered to weights, and how much they agree."""
