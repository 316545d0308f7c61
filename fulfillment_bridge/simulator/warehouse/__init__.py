"""A simulated warehouse that works with folders of files, and keeps a ledger of its own."""
