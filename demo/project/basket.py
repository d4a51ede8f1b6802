"""What a basket of goods costs."""


def total(prices, discount_percent=0):
    """The sum of the prices, less a discount in per cent."""
    amount = sum(prices)
    return amount - discount_percent
