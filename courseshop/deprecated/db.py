from courseshop.deprecated import forward

__getattr__ = forward(
    "courseshop.db",
    [
        *("courseshop.database.base", "courseshop.database.types", "courseshop.database.stale"),
        *("courseshop.database.stamps", "courseshop.domain.clock"),
        *("courseshop.database.request_session", "courseshop.database.transactions"),
    ],
    {
        "Overtaken": "StaleEdit",
        "still": "ensure_present",
        "afterwards": "run_after_response",
        "at_the_end": "run_at_end",
    },
)
