"""What a palette cannot say: flat bars, thin separators, frames that can be seen."""

from lstm_studio.core.resources import resource
from lstm_studio.shell.schemes import Scheme


def style_sheet(scheme: Scheme) -> str:
    """Return the style sheet of a theme; Fusion itself draws no edge on dark."""
    theme = resource("theme").as_posix()
    up = f"{theme}/up-{scheme.arrows}.svg"
    down = f"{theme}/down-{scheme.arrows}.svg"
    return (
        _bars(scheme)
        + _fields(scheme, up, down, f"{theme}/check.svg")
        + f"""
    #banner {{ background: {scheme.alarm}; border: 0;
        border-left: 3px solid {scheme.alarm_edge}; }}
    #recovery {{ background: {scheme.raised}; border: 0;
        border-left: 3px solid {scheme.accent}; }}
    #card {{ text-align: left; border: 1px solid {scheme.line}; border-radius: 6px;
        background: {scheme.base}; }}
    #card:hover, #card:focus {{ border-color: {scheme.accent}; }}
    #card:pressed {{ background: {scheme.raised}; }}
    #drop {{ border: 1px dashed {scheme.faint}; border-radius: 6px; }}
    QToolTip {{ border: 1px solid {scheme.line}; padding: 4px;
        background: {scheme.raised}; color: {scheme.text}; }}
    QDialog {{ background: {scheme.window}; }}
    * {{ dialogbuttonbox-buttons-have-icons: 0; }}
    """
    )


def _bars(scheme: Scheme) -> str:
    return f"""
    QMainWindow::separator {{ background: {scheme.window}; width: 4px; height: 4px; }}
    QMainWindow::separator:hover {{ background: {scheme.accent}; }}
    QToolBar {{ border: 0; border-bottom: 1px solid {scheme.line};
        background: {scheme.window}; padding: 4px 8px; spacing: 2px; }}
    QToolBar::separator {{ background: {scheme.line}; width: 1px; margin: 6px 6px; }}
    QToolBar QToolButton {{ border: 0; border-radius: 4px; padding: 4px 6px; }}
    QToolBar QToolButton:hover {{ background: {scheme.button}; }}
    QToolBar QToolButton:pressed, QToolBar QToolButton:checked {{
        background: {scheme.line}; }}
    QToolBar QToolButton:focus {{ border: 1px solid {scheme.accent};
        padding: 3px 5px; }}
    QMenuBar {{ background: {scheme.window}; border: 0; padding: 2px 4px; }}
    QMenuBar::item {{ padding: 4px 8px; border-radius: 4px; }}
    QMenuBar::item:selected {{ background: {scheme.button}; }}
    QStatusBar {{ border: 0; border-top: 1px solid {scheme.line}; }}
    QStatusBar::item {{ border: 0; }}
    QStatusBar QToolButton {{ border: 0; border-radius: 4px; padding: 2px 0; }}
    QStatusBar QToolButton:hover {{ background: {scheme.button}; }}
    QStatusBar QToolButton:focus {{ color: {scheme.accent}; }}
    QProgressBar {{ border: 0; border-radius: 3px; background: {scheme.line}; }}
    QProgressBar::chunk {{ border-radius: 3px; background: {scheme.accent}; }}
    QTabBar::tab {{ border: 0; border-bottom: 2px solid transparent;
        padding: 4px 12px; color: {scheme.faint}; background: transparent; }}
    #studio QTabBar::tab {{ padding: 4px 9px; }}
    QTabBar::tab:selected {{ color: {scheme.text};
        border-bottom-color: {scheme.accent}; }}
    QTabBar::tab:hover {{ color: {scheme.text}; }}
    QTabBar QToolButton {{ border: 0; background: {scheme.window}; }}
    QTabBar QToolButton:hover {{ background: {scheme.button}; }}
    QScrollBar {{ background: transparent; border: 0; margin: 0; }}
    QScrollBar:vertical {{ width: 10px; }}
    QScrollBar:horizontal {{ height: 10px; }}
    QScrollBar::handle {{ background: {scheme.line}; border-radius: 3px;
        margin: 2px; min-width: 24px; min-height: 24px; }}
    QScrollBar::handle:hover {{ background: {scheme.disabled}; }}
    QScrollBar::add-line, QScrollBar::sub-line {{ width: 0; height: 0; }}
    QScrollBar::add-page, QScrollBar::sub-page {{ background: transparent; }}
    QHeaderView::section {{ border: 0; border-bottom: 1px solid {scheme.line};
        padding: 4px 6px; background: {scheme.base}; color: {scheme.faint}; }}
    """


def _fields(scheme: Scheme, up: str, down: str, check: str) -> str:
    spin = 'QAbstractSpinBox[buttonSymbols="UpDownArrows"]'
    bare = 'QAbstractSpinBox[buttonSymbols="NoButtons"]'
    return f"""
    QPushButton {{ border: 1px solid {scheme.line}; border-radius: 4px;
        padding: 4px 12px; background: {scheme.button}; }}
    QDockWidget QPushButton {{ padding: 3px 8px; }}
    QPushButton:hover {{ border-color: {scheme.faint}; }}
    QPushButton:focus, QPushButton:default {{ border-color: {scheme.accent}; }}
    QPushButton:pressed, QPushButton:checked {{ background: {scheme.line}; }}
    QPushButton[switch="true"]:checked:enabled {{ border-color: {scheme.accent};
        color: {scheme.accent}; }}
    QPushButton:disabled {{ color: {scheme.disabled}; }}
    QLineEdit, {spin}, QComboBox {{ border: 1px solid {scheme.line};
        border-radius: 4px; padding: 3px 6px; background: {scheme.base};
        selection-background-color: {scheme.selection};
        selection-color: {scheme.selected_text}; }}
    /* Of both this and the field in it Qt takes the padding for the height. */
    {spin} {{ padding: 2px 6px; }}
    QLineEdit:focus, {spin}:focus, QComboBox:focus {{
        border-color: {scheme.accent}; }}
    QLineEdit:disabled, {spin}:disabled, QComboBox:disabled {{
        color: {scheme.disabled}; background: {scheme.window}; }}
    QDialog QPlainTextEdit, QDialog QTreeWidget, QDialog QListWidget {{
        border: 1px solid {scheme.line}; border-radius: 4px; }}
    QDialog QTreeView, QDialog QListView {{ outline: 0; }}
    QDialog QTreeView::item, QDialog QListView::item {{ padding: 3px; }}
    /* A field has two pixels of its own: its words begin where those of a box do. */
    QDialog QLineEdit {{ padding: 3px 4px; }}
    QDialog QToolButton:checked {{ border: 0; background: transparent; }}
    QComboBox::drop-down {{ border: 0; width: 18px; }}
    QComboBox::down-arrow {{ image: url({down}); width: 10px; height: 10px; }}
    QComboBox QAbstractItemView {{ border: 1px solid {scheme.line};
        background: {scheme.base}; }}
    /* Without the origin Qt leaves the number of these no room. */
    {bare} {{ border: 1px solid {scheme.line}; border-radius: 4px;
        padding: 2px 4px; background: {scheme.base};
        selection-background-color: {scheme.selection};
        selection-color: {scheme.selected_text}; }}
    {bare}:focus {{ border-color: {scheme.accent}; }}
    {bare}::up-button, {bare}::down-button {{
        border: 0; width: 0; subcontrol-origin: border; }}
    {spin}::up-button, {spin}::down-button {{
        border: 0; width: 16px; background: transparent; }}
    {spin}::up-button:hover, {spin}::down-button:hover {{
        background: {scheme.button}; }}
    {spin}::up-arrow {{ image: url({up}); width: 8px; height: 8px; }}
    {spin}::down-arrow {{ image: url({down}); width: 8px; height: 8px; }}
    QCheckBox::indicator, QAbstractItemView::indicator {{ width: 11px; height: 11px;
        border: 1px solid {scheme.faint}; border-radius: 3px;
        background: {scheme.base}; }}
    QCheckBox::indicator:checked, QAbstractItemView::indicator:checked {{
        border-color: {scheme.ticked}; background: {scheme.ticked};
        image: url({check}); }}
    """
