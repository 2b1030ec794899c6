"""Everything that needs torch: opening models, running them, recording them. No Qt."""
