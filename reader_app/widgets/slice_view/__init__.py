"""The slice viewer: picture, margins, drawing. It knows no study."""

from reader_app.widgets.slice_view.drawing import Drawing
from reader_app.widgets.slice_view.gesture import Finished, Mode
from reader_app.widgets.slice_view.picture import Aids, Corners, MarginLine, Picture, Tag
from reader_app.widgets.slice_view.slice_bar import Mark, SliceBar
from reader_app.widgets.slice_view.view import SliceView

__all__ = [
    "Aids",
    "Corners",
    "Drawing",
    "Finished",
    "MarginLine",
    "Mark",
    "Mode",
    "Picture",
    "SliceBar",
    "SliceView",
    "Tag",
]
