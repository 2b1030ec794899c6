"""What files hold, read within limits and without running anything of it."""
