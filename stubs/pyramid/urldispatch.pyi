class Route:
    name: str
