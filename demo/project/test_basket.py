import unittest

from basket import total


class BasketTest(unittest.TestCase):
    def test_adds_up(self):
        self.assertEqual(total([30, 50]), 80)

    def test_takes_the_discount_off(self):
        self.assertEqual(total([30, 50], discount_percent=25), 60)


if __name__ == "__main__":
    unittest.main()
