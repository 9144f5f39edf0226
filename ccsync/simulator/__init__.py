"""A simulated Claude Code Analytics API: a real HTTP server on loopback that keeps the contract."""

from __future__ import annotations

from ccsync.simulator import effects
from ccsync.simulator.assertions import FederationRule
from ccsync.simulator.contract import ME_PATH, REPORT_PATH, SIMULATED_KEY, SIMULATED_TOKEN
from ccsync.simulator.exchange import Answer, Request
from ccsync.simulator.faults import Fault, Faults, Match
from ccsync.simulator.federation import TOKEN_PATH, TokenExchange
from ccsync.simulator.issuer import Issuer
from ccsync.simulator.organization import Organization
from ccsync.simulator.shapes import Row, Shape, api_actor, model_usage, usage_row, user_actor
from ccsync.simulator.simulator import Simulator
from ccsync.simulator.usage import Change, RestatableUsage, ScriptedOrganization, Usage

__all__ = [
    "ME_PATH",
    "REPORT_PATH",
    "SIMULATED_KEY",
    "SIMULATED_TOKEN",
    "TOKEN_PATH",
    "Answer",
    "Change",
    "Fault",
    "Faults",
    "FederationRule",
    "Issuer",
    "Match",
    "Organization",
    "Request",
    "RestatableUsage",
    "Row",
    "ScriptedOrganization",
    "Shape",
    "Simulator",
    "TokenExchange",
    "Usage",
    "api_actor",
    "effects",
    "model_usage",
    "usage_row",
    "user_actor",
]
