def price_of(view):
    given = vars(view)["request"].data
    return str(given["weight"])
