from courseshop.plugin import run_migrations

run_migrations()
