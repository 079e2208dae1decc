"""Builds the egg that Scrapyd takes (`scrapyd-deploy`); everything else is built from pyproject.toml."""

from setuptools import find_namespace_packages, setup

setup(packages=find_namespace_packages(include=["archive*", "crawler*", "spiders*"]), package_data={"": ["*"]})
