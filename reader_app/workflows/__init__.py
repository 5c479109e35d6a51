"""Use-cases that join studies and engine: Qt-free generators that yield Progress."""
