"""Runs one cluster randomised feasibility trial, from its protocol to its reports."""
