"""The sections that reports are composed of, each written once."""
