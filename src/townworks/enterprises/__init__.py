"""Registry records become clean, located, classified enterprises."""
