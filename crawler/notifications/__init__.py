"""Telling people and programs how a job ended: by webhook, mail or command.

Telling never changes how the job ended: what could not be told is logged and noted in the job's record. No secret is in
a configuration, a record or a log; they come from the environment or from files, by name.
"""
