"""Helm 3 and Helm 4, and the values that the chart is tried with."""

from __future__ import annotations

import pytest

from tests.chart.rendering import Rendering
from tests.support.helm import HELMS, Helm


def _rendering(name: str, factory: pytest.TempPathFactory) -> Rendering:
    return Rendering(Helm(name, factory.mktemp(name)), factory)


@pytest.fixture(scope="session", params=HELMS)
def either(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Rendering:
    """Give one helm after the other."""
    return _rendering(request.param, tmp_path_factory)


@pytest.fixture(
    scope="session", params=["helm4", pytest.param("helm3", marks=pytest.mark.thorough)]
)
def newer_first(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Rendering:
    """Give the newer helm, and the older one where there is time: for many cases of one kind."""
    return _rendering(request.param, tmp_path_factory)


@pytest.fixture(scope="session")
def chart(tmp_path_factory: pytest.TempPathFactory) -> Rendering:
    """Give the newer helm, where one is enough."""
    return _rendering("helm4", tmp_path_factory)


@pytest.fixture(scope="session")
def older(tmp_path_factory: pytest.TempPathFactory) -> Rendering:
    """Give the older helm."""
    return _rendering("helm3", tmp_path_factory)
