"""Models of other libraries, with their weights as PyTorch's layers have them."""
