"""config.yaml: what may stand in it, and every fault in it at once."""

from fulfillment_bridge.settings.loading import ENVIRONMENT_VARIABLE, find_config, load_settings
from fulfillment_bridge.settings.model import (
    BudgetSettings,
    CartSettings,
    ConnectionSettings,
    JobSettings,
    LogSettings,
    MerchantSettings,
    Settings,
    WarehouseSettings,
)

__all__ = [
    "ENVIRONMENT_VARIABLE",
    "BudgetSettings",
    "CartSettings",
    "ConnectionSettings",
    "JobSettings",
    "LogSettings",
    "MerchantSettings",
    "Settings",
    "WarehouseSettings",
    "find_config",
    "load_settings",
]
