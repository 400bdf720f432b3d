# Older `.ini` files name this Formatter.
from courseshop.deprecated import forward

__getattr__ = forward("courseshop.request_id", ["courseshop.framework.request_id"])
