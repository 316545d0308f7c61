"""The fault laboratory: seeded histories of orgs, warehouses and dying workers, and a checker."""
