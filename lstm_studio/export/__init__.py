"""Pictures and arrays that leave the studio, each with its origin."""
