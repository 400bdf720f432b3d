from courseshop.deprecated import forward

__getattr__ = forward("courseshop.errors", ["courseshop.domain.errors"])
