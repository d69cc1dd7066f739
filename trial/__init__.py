"""Runs one cluster randomised feasibility trial, from its protocol to its reports."""

__version__ = "0.1.0"
