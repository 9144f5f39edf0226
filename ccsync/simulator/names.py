"""Invented names: of people, and of the pipelines that work with an API key."""

from __future__ import annotations

# fmt: off
GIVEN = (
    "ada", "alba", "amara", "anouk", "arjun", "bela", "bruno", "cleo", "dario", "dina", "edda",
    "elif", "emeka", "farid", "fumi", "gita", "goran", "hana", "hugo", "ilse", "imani", "ines",
    "ivo", "jonas", "juno", "kaito", "karim", "lena", "liam", "lotte", "malik", "maren", "mira",
    "nadia", "nils", "noor", "olga", "oskar", "pavel", "pia", "priya", "quinn", "ravi", "remi",
    "rosa", "sami", "selma", "sora", "tala", "teo", "tova", "uma", "vera", "viktor", "wren",
    "xenia", "yara", "yusuf", "zoe", "zuri",
)
FAMILY = (
    "abara", "acker", "almeida", "banerji", "birch", "brandt", "castell", "cho", "dahl", "duarte",
    "ekwall", "elmi", "farrow", "fiore", "gauthier", "grell", "hollis", "haddad", "ibarra",
    "iyer", "jansen", "jurek", "kimura", "kovac", "lindqvist", "lobo", "marsh", "mbeki", "nakata",
    "novak", "okoro", "ortega", "petrov", "pohl", "quill", "rao", "rossi", "sandoval", "sato",
    "tanaka", "thorn", "umar", "uribe", "vance", "varga", "weiss", "wolde", "xu", "yilmaz",
    "zeller",
)
# fmt: on

PIPELINES = (
    "nightly-triage",
    "ci-review",
    "release-notes",
    "docs-site",
    "dependency-updates",
    "migration",
    "evals",
)
"""The first one runs every night, whatever the day: no organization with people is ever silent."""
