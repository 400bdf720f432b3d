# An `.ini` that was made before names the Formatter here.
from courseshop.deprecated import forward

__getattr__ = forward("courseshop.request_id", ["courseshop.framework.request_id"])
