from courseshop.database.migrations import run

run()
