"""Commands that choose a model or an engine, and measure what they are worth."""
