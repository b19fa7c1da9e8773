"""SQLite: transactions, migrations, the ledger, accounts, requests and jobs. The only code with SQL."""
