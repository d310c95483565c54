"""Which derivatives are not zero, and how few products give them."""
