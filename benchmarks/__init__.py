"""What sourcekeep costs, measured beside what else there is. `python -m benchmarks` runs all of it."""
