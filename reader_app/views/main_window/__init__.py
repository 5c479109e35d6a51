"""The window: rail, top bar, pages, job bar, notices."""

from reader_app.views.main_window.window import MainWindow, PageEntry

__all__ = ["MainWindow", "PageEntry"]
