from courseshop.deprecated import forward

__getattr__ = forward(
    "courseshop.traversal",
    ["courseshop.framework.resource", "courseshop.framework.traversal"],
    {"Spot": "PlaceKind"},
)
