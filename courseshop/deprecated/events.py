from courseshop.deprecated import forward

__getattr__ = forward("courseshop.events", ["courseshop.domain.events"])
