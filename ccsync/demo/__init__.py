"""`ccsync demo`: the promise, kept before the reader's eyes, with no account.

place      the directory that the demo may fill, and nothing else
run        the real command, `ccsync sync`, as a child process; also one that is killed half-way
plain      an independent reading of the API, to compare with
proof      what a reader of the file sees against what the API says, record for record
settings   of the runs
shown      what a reader of the files sees
story      the steps, each told as it happens
ending     what usage says, and what was left where
"""
