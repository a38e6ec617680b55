"""The rules of the game: beds, plots and the fraction that a sign asks for. No drawing, no Sugar."""

import random

MOST_LEVELS = 8


class Garden:
    """One bed and its sign.

    `numerator` and `denominator` are on the sign; `columns` times `rows` plots are in the bed, and their number is a
    multiple of the denominator, so that there always is an answer.
    """

    def __init__(self, numerator, denominator, columns, rows, planted=()):
        self.numerator = numerator
        self.denominator = denominator
        self.columns = columns
        self.rows = rows
        self.planted = set(planted)

    @property
    def plots(self):
        return self.columns * self.rows

    @property
    def is_right(self):
        return len(self.planted) * self.denominator == self.numerator * self.plots

    def toggle(self, plot):
        """Plant a plot, or clear it."""
        if not 0 <= plot < self.plots:
            raise ValueError(f"There is no plot {plot} in a bed of {self.plots}")
        self.planted ^= {plot}

    def to_dict(self):
        return {
            "numerator": self.numerator,
            "denominator": self.denominator,
            "columns": self.columns,
            "rows": self.rows,
            "planted": sorted(self.planted),
        }

    @classmethod
    def from_dict(cls, saved):
        return cls(saved["numerator"], saved["denominator"], saved["columns"], saved["rows"], saved["planted"])


def new_garden(level, chance=random):
    """Make a bed: the higher the level (from 1), the finer the fraction and the more plots stand for one part of it."""
    denominator = chance.randint(2, min(2 + level, 12))
    numerator = chance.randint(1, denominator - 1)
    rows = chance.randint(1, 1 + level // 3)
    return Garden(numerator, denominator, columns=denominator, rows=rows)
