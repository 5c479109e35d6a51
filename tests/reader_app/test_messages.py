"""Messages reach who listens, with all their parts."""

from __future__ import annotations

import pytest
from pytestqt.qtbot import QtBot

from reader_app.messages import Message, Messages


def test_messages_arrive(qtbot: QtBot) -> None:
    messages = Messages()
    heard: list[Message] = []
    messages.posted.connect(heard.append)
    messages.ok("Report written.", "Show", print)
    messages.error("Disk full.", "No space left on device")
    messages.info("Hello.")
    messages.warning("Kept out 3 ROIs.")
    assert [message.kind for message in heard] == ["ok", "error", "info", "warning"]
    assert heard[0].action_text == "Show"
    assert heard[0].action is print
    assert heard[1].details == "No space left on device"


def test_unknown_kind_is_refused(qtbot: QtBot) -> None:
    with pytest.raises(ValueError, match="loud"):
        Messages().post("loud", "Hello.")
