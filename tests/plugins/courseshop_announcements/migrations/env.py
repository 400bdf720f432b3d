from courseshop.migrating import run

run()
