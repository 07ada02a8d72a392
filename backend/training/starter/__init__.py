"""The starter generator: its architecture and the stages of its training."""
