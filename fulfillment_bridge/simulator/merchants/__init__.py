"""The merchants of the demo: they fill their orgs through the Salesforce API, as people would."""
