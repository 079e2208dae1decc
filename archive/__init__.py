"""What we keep: the nouns, the WARCs, the catalogue, the supply. Imports neither Scrapy nor the crawler."""
