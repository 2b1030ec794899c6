"""From arrays, tables, text and audio to what a model takes."""
