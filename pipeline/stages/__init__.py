"""Pure stages over Arrow: measure, decide, apply. No IO, clock, randomness or logging."""
