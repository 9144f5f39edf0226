"""Dashboards and alerts over the metrics of this sink, written for each backend from one list.

`questions` says what is asked, `conditions` what somebody wants to be woken for, both without the
words of any backend. Names and units come from the sink's own tables.
"""
