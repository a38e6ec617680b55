"""What doubles of code hosts have in common: git over HTTP, faults, a server of their own and how webhooks are posted."""
