"""Bulk API 2.0 of a simulated org: jobs that load or query many records in the background.

job what a job knows · jobs the queue and its thread · tables CSV · cells its values ·
ingest and query the work itself · resource the addresses below /jobs.
"""
