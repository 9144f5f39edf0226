"""State: what every sink has acknowledged, what it remembers, and who works on which days.

document.py   the ledger document: lines, notes, leases (pure)
leases.py     which days are free (pure)
store.py      the interface of a state store, and how a URL becomes one
session.py    one run's hold on the state: lease, commit, remember, save with merging
file.py       file:///path
gcs*.py       gs://bucket/prefix; s3*.py: s3://bucket/prefix; objects.py: what both share
kubernetes/   kubernetes://configmap/NAME
none.py       none
"""
