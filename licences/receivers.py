"""What licences do when something else changes."""
