"""How each stream of each kind of layer follows from ``x``, ``h`` and the weights.

A new kind of cell is one file here and one line in `CELLS`.
"""

from collections.abc import Mapping
from typing import Final

from lstm_studio.core.cells.cell import Cell
from lstm_studio.core.cells.gru import GRU
from lstm_studio.core.cells.lstm import LSTM
from lstm_studio.core.cells.rnn import RNN
from lstm_studio.core.layers import Kind

CELLS: Final[Mapping[Kind, Cell]] = {
    "lstm": LSTM(),
    "gru": GRU(),
    "rnn_tanh": RNN(relu=False),
    "rnn_relu": RNN(relu=True),
}
