"""Where the windows of a convolution or a pooling lie along one axis.

A window of k elements, d apart, spans d(k − 1) + 1 places and moves by the stride s. Over n places
with p more on each side there is room for ⌊(n + 2p − d(k − 1) − 1) / s⌋ + 1 windows.
"""

from typing import NamedTuple


class Sliding(NamedTuple):
    """A window along one axis: `size` elements, `dilation` apart, moving by `stride`.

    It starts `before` places ahead of the first element and may reach `after` beyond the last.
    """

    size: int
    stride: int = 1
    before: int = 0
    after: int = 0
    dilation: int = 1

    @property
    def span(self) -> int:
        """How many places the window reaches over.

        >>> Sliding(3, dilation=2).span
        5
        """
        return self.dilation * (self.size - 1) + 1

    def count(self, n: int, ceil_mode: bool = False) -> int:
        """How many windows lie over n elements and the borders; not positive if there is no room.

        With `ceil_mode` one more that reaches over the end, if it begins ahead of the border there.

        >>> Sliding(2, stride=2).count(5), Sliding(2, stride=2).count(5, ceil_mode=True)
        (2, 3)
        """
        room = n + self.before + self.after - self.span
        if not ceil_mode:
            return room // self.stride + 1
        count = -(-room // self.stride) + 1
        return count - ((count - 1) * self.stride >= n + self.before)

    def borders(self, n: int, count: int) -> tuple[int, int]:
        """How many places go before and after n elements for `count` windows to see them.

        >>> Sliding(2, stride=2).borders(5, 3)
        (0, 1)
        """
        return self.before, max(self.after, (count - 1) * self.stride + self.span - n - self.before)

    def places(self, offset: int, count: int) -> slice:
        """Where the element at `offset` of each of `count` windows lies.

        >>> list(range(7))[Sliding(3, stride=2).places(1, 3)]
        [1, 3, 5]
        """
        start = offset * self.dilation
        return slice(start, start + (count - 1) * self.stride + 1, self.stride)
