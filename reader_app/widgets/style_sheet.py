"""The style sheet of Qt's own widgets; our widgets (buttons, badges, plots) paint themselves."""

from __future__ import annotations

from pathlib import Path
from string import Template
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from reader_app.widgets.theme import Palette

_SHEET = Template("""
QWidget { color: $text; }
QMainWindow, QDialog { background: $page; }
QDialog { background: $raised; }
QToolTip { background: $raised; color: $text; border: 1px solid $button_edge; padding: 5px 8px; }
QLabel { background: transparent; }
QLabel[role="page"], QLabel[role="panel"], QLabel[role="study"], QLabel[role="number"] {
  color: $strong; }
QLabel[role="hint"] { color: $text_3; }
QLabel[role="secondary"] { color: $text_2; }
QLabel[role="error"] { color: $error_text; }
QLabel[role="warning"] { color: $warning; }

QFrame#panel { background: $panel; border: 1px solid $line; border-radius: 8px; }
QWidget#panelHead { background: transparent; border: none; border-bottom: 1px solid $line; }

QLineEdit, QPlainTextEdit, QTextEdit, QComboBox, QAbstractSpinBox {
  background: $page; border: 1px solid $control; border-radius: 6px; padding: 0 10px;
  min-height: 30px; selection-background-color: $accent_pressed; selection-color: $strong; }
QPlainTextEdit, QTextEdit { padding: 6px 8px; }
QLineEdit[dense="true"], QComboBox[dense="true"] { min-height: 26px; }
QAbstractSpinBox[dense="true"] { min-height: 24px; }
QLineEdit:hover, QComboBox:hover, QAbstractSpinBox:hover { border-color: $text_3; }
QLineEdit:disabled, QComboBox:disabled, QAbstractSpinBox:disabled, QPlainTextEdit:disabled {
  color: $disabled; border-color: $line; background: $panel; }
QLineEdit[invalid="true"], QAbstractSpinBox[invalid="true"] { border-color: $error; }
QAbstractSpinBox { padding: 0 22px 0 8px; min-height: 28px;
  qproperty-alignment: 'AlignRight | AlignVCenter'; }
QAbstractSpinBox::up-button, QAbstractSpinBox::down-button {
  subcontrol-origin: border; width: 20px; border: none; background: transparent; }
QAbstractSpinBox::up-button { subcontrol-position: top right; margin: 2px 2px 0 0; }
QAbstractSpinBox::down-button { subcontrol-position: bottom right; margin: 0 2px 2px 0; }
QAbstractSpinBox::up-button:hover, QAbstractSpinBox::down-button:hover {
  background: $line; border-radius: 3px; }
QAbstractSpinBox::up-arrow { image: url($icons/style-chevron-up.svg); width: 11px; height: 11px; }
QAbstractSpinBox::down-arrow {
  image: url($icons/style-chevron-down.svg); width: 11px; height: 11px; }
QAbstractSpinBox::up-arrow:off, QAbstractSpinBox::up-arrow:disabled {
  image: url($icons/style-chevron-up-off.svg); }
QAbstractSpinBox::down-arrow:off, QAbstractSpinBox::down-arrow:disabled {
  image: url($icons/style-chevron-down-off.svg); }
QComboBox { padding-right: 26px; }
QComboBox::drop-down { border: none; width: 26px; subcontrol-origin: border; }
QComboBox::down-arrow { image: url($icons/style-chevron-down.svg); width: 14px; height: 14px; }
QComboBox::down-arrow:disabled { image: url($icons/style-chevron-down-off.svg); }
QComboBox QAbstractItemView {
  background: $raised; border: 1px solid $button_edge; outline: none; padding: 4px;
  selection-background-color: $selected; selection-color: $strong; }
QComboBox QAbstractItemView::item { min-height: 28px; padding: 0 8px; border-radius: 4px; }

QCheckBox, QRadioButton { spacing: 8px; background: transparent; min-height: 22px; }
QCheckBox:disabled, QRadioButton:disabled { color: $disabled; }
QCheckBox::indicator, QRadioButton::indicator {
  width: 14px; height: 14px; border: 1px solid $control; background: $page; }
QCheckBox::indicator { border-radius: 3px; }
QRadioButton::indicator { border-radius: 8px; }
QCheckBox::indicator:hover, QRadioButton::indicator:hover { border-color: $text_3; }
QCheckBox::indicator:checked { background: $accent; border-color: $accent;
  image: url($icons/style-check.svg); }
QRadioButton::indicator:checked { background: $accent; border-color: $accent;
  image: url($icons/style-dot.svg); }
QCheckBox::indicator:disabled, QRadioButton::indicator:disabled {
  border-color: $button_edge; background: $panel; }
QCheckBox::indicator:checked:disabled, QRadioButton::indicator:checked:disabled {
  background: $edge; }

QTabBar { background: transparent; qproperty-drawBase: 0; }
QTabBar::tab { background: transparent; color: $text_3; padding: 0 12px; height: 38px;
  border: none; border-bottom: 2px solid transparent; }
QTabBar::tab:hover { color: $text; }
QTabBar::tab:selected { color: $strong; border-bottom: 2px solid $accent; }
QTabBar#pageTabs::tab { height: 52px; }
QTabWidget::pane { border: none; }

QAbstractItemView { background: transparent; border: none; outline: none;
  alternate-background-color: $panel; selection-background-color: $selected;
  selection-color: $strong; }
QListView::item, QTreeView::item { min-height: 28px; padding: 0 8px; }
QListView::item:hover, QTreeView::item:hover { background: $raised; }
QListView::item:selected, QTreeView::item:selected { background: $selected; color: $strong; }
QHeaderView { background: transparent; border: none; }
QHeaderView::section { background: $panel; color: $text_3; border: none;
  border-bottom: 1px solid $line; padding: 0 12px; }
QHeaderView::section:hover { color: $text; }
QTableCornerButton::section { background: $panel; border: none; }

QScrollArea, QScrollArea > QWidget > QWidget { background: transparent; border: none; }
QScrollBar:vertical { background: transparent; width: 12px; margin: 0; }
QScrollBar:horizontal { background: transparent; height: 12px; margin: 0; }
QScrollBar::handle { background: $button_edge; border-radius: 3px; margin: 3px; }
QScrollBar::handle:vertical { min-height: 32px; }
QScrollBar::handle:horizontal { min-width: 32px; }
QScrollBar::handle:hover { background: $control; }
QScrollBar::add-line, QScrollBar::sub-line { width: 0; height: 0; }
QScrollBar::add-page, QScrollBar::sub-page { background: transparent; }

QMenu { background: $raised; border: 1px solid $button_edge; border-radius: 6px; padding: 4px; }
QMenu::item { padding: 6px 28px 6px 12px; border-radius: 4px; min-height: 18px; }
QMenu::item:selected { background: $selected; color: $strong; }
QMenu::item:disabled { color: $disabled; background: transparent; }
QMenu::separator { height: 1px; background: $button_edge; margin: 4px 8px; }
QMenu::icon { padding-left: 8px; }

QProgressBar { background: $line; border: none; border-radius: 3px; max-height: 6px;
  min-height: 6px; text-align: center; }
QProgressBar::chunk { background: $accent; border-radius: 3px; }
QSlider::groove:horizontal { height: 4px; background: $line; border-radius: 2px; }
QSlider::sub-page:horizontal { background: $accent_pressed; border-radius: 2px; }
QSlider::handle:horizontal { background: $text_2; width: 14px; margin: -5px 0;
  border-radius: 7px; }
QSlider::handle:horizontal:hover { background: $strong; }
QSlider::groove:vertical { width: 4px; background: $line; border-radius: 2px; }
QSlider::handle:vertical { background: $text_2; height: 14px; margin: 0 -5px;
  border-radius: 7px; }
QSplitter::handle { background: transparent; }
QDialogButtonBox > QPushButton { background: $line; color: $text; border: 1px solid $button_edge;
  border-radius: 6px; padding: 0 14px; min-height: 30px; min-width: 64px; }
QDialogButtonBox > QPushButton:hover { background: $button_edge; }
QDialogButtonBox > QPushButton:pressed { background: $panel; }
QDialogButtonBox > QPushButton:disabled { color: $disabled; background: $panel; }
QDialogButtonBox > QPushButton:default { background: $accent; color: $on_accent;
  border-color: $accent; }
QFileDialog { backward-icon: url($icons/style-chevron-left.svg);
  forward-icon: url($icons/style-chevron-right.svg);
  filedialog-parent-directory-icon: url($icons/style-chevron-up.svg); }
QFileDialog QToolButton { background: transparent; border: none; border-radius: 4px; padding: 5px; }
QFileDialog QToolButton:hover, QFileDialog QToolButton:checked { background: $button_edge; }
QGroupBox { border: 1px solid $line; border-radius: 6px; margin-top: 10px; padding-top: 10px; }
QGroupBox::title { subcontrol-origin: margin; left: 10px; color: $text_3; }
""")


def style_sheet(palette: Palette, icons: Path) -> str:
    """The sheet with the palette's colours; `icons` is the folder of the style's own marks."""
    colors = {name: getattr(palette, name) for name in type(palette).__dataclass_fields__}
    return _SHEET.substitute(colors, icons=icons.as_posix())
