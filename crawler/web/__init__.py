"""The web interface of a collection: pages to look around in, and APIs over what is kept. Needs the extra `web`.

It only reads: it takes no lock of the collection, and a run may be at work on it meanwhile. Scrapy is not imported.
"""
