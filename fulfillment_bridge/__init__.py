"""Carries orders, tracking and stock between merchants' Salesforce orgs and warehouses."""

__version__ = "0.1.0"
