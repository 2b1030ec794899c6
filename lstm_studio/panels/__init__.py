"""One panel per file, listed in PANELS; panels do not know each other."""

from typing import Final

from lstm_studio.panelkit.panel import Panel
from lstm_studio.panels.console import ConsolePanel
from lstm_studio.panels.difference import DifferencePanel
from lstm_studio.panels.gates import GatesPanel
from lstm_studio.panels.heatmaps import HeatMapsPanel
from lstm_studio.panels.input_strip import InputStripPanel
from lstm_studio.panels.inspector import InspectorPanel
from lstm_studio.panels.layers import LayersPanel
from lstm_studio.panels.live import LivePanel
from lstm_studio.panels.output import OutputPanel
from lstm_studio.panels.phase import PhasePanel
from lstm_studio.panels.pins import PinsPanel
from lstm_studio.panels.returned import ReturnedPanel
from lstm_studio.panels.saturation import SaturationPanel
from lstm_studio.panels.text import TextPanel
from lstm_studio.panels.trajectories import TrajectoriesPanel

PANELS: Final[tuple[type[Panel], ...]] = (
    InputStripPanel,
    HeatMapsPanel,
    TrajectoriesPanel,
    GatesPanel,
    OutputPanel,
    TextPanel,
    LayersPanel,
    PinsPanel,
    InspectorPanel,
    LivePanel,
    SaturationPanel,
    PhasePanel,
    ReturnedPanel,
    DifferencePanel,
    ConsolePanel,
)
