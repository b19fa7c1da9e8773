"""The product: provider client, queues, polling, images, references, prices. Knows nothing of Discord or SQL."""
