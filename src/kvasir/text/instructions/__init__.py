"""What in a text reads like an order to a model."""
