"""What reports share: events and their sums, ratios, LTV, the verdict, checks of quality."""
