"""The tables by SQLAlchemy's ORM, for Flask and FastAPI: as its documentation declares them."""
