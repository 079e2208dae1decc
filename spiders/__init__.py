"""What we know of the site: its pages and how to walk them. Thin Scrapy spiders over pure readers."""
