"""The engine that checks links: it fetches, has answers read in workers, and lets crawler.verdict judge."""
