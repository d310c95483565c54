"""Whether a gradient is right: a verdict with its evidence, for any function and any first or second derivative."""
