from courseshop.deprecated import forward

__getattr__ = forward(
    "courseshop.traversal",
    [f"courseshop.framework.{name}" for name in ("resource", "traversal", "adapters")],
    {"Spot": "PlaceKind"},
)
