"""The picture type that models and annotators take."""

import numpy as np
import numpy.typing as npt

Image = npt.NDArray[np.uint8]
"""A picture, uint8, shape (height, width, 3), channels in BGR order."""
