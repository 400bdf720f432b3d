from courseshop.deprecated import forward

__getattr__ = forward(
    "courseshop.migrating",
    ["courseshop.plugin", "courseshop.database.migrations"],
    {"run": "run_migrations"},
)
