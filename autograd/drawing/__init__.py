"""Pictures of recorded graphs: `draw`."""

from autograd.drawing.picture import Drawing, draw

__all__ = ["Drawing", "draw"]
